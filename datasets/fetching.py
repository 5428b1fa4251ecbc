"""Downloads that resume, are checked by sha256, and show a progress bar on standard error."""

import hashlib
import json
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mediakit.errors import DataError

CHUNK = 1 << 20  # bytes


@dataclass(frozen=True)
class Download:
    """A file to fetch. Without a known sha256, the first download's is recorded and later downloads must match it."""

    url: str
    sha256: str | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return self.url.rpartition("/")[2]


def fetch(download: Download, folder: Path) -> Path:
    """Download a file into a folder and return its path. An intact file is not fetched again.

    Raises DataError when the address cannot be reached or the file's sha256 is wrong.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, partial = folder / download.name, folder / f"{download.name}.part"
    record = folder / "sha256.json"
    known = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    expected = download.sha256 or known.get(download.name)
    if not path.exists():
        _resume(download.url, partial)
        found = _sha256(partial)
        if expected and found != expected:
            partial.unlink()
            raise DataError(f"{download.url}: the download has sha256 {found}, expected {expected}; it was deleted, fetch it again")
        partial.replace(path)
        record.write_text(json.dumps({**known, download.name: found}, indent=1) + "\n", encoding="utf-8")
    elif expected and _sha256(path) != expected:
        raise DataError(f"{path}: damaged, its sha256 is wrong; delete it and fetch it again")
    return path


def fetch_and_unpack(downloads: Iterable[Download], folder: Path) -> None:
    """Fetch zip archives and unpack them into `folder`. Nothing is written outside it."""
    for download in downloads:
        path = fetch(download, folder)
        try:
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder)
        except zipfile.BadZipFile as error:
            raise DataError(f"{path}: not a zip archive: {error}; delete it and fetch it again") from error


def _resume(url: str, partial: Path) -> None:
    """Download to `partial`, continuing from the bytes it already holds if the server allows that."""
    from tqdm import tqdm

    have = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            have = have if answer.status == 206 else 0
            total = int(answer.headers.get("Content-Length") or 0) + have
            with (
                open(partial, "ab" if have else "wb") as file,
                tqdm(total=total or None, initial=have, unit="B", unit_scale=True, desc=partial.stem, file=sys.stderr) as bar,
            ):
                while chunk := answer.read(CHUNK):
                    file.write(chunk)
                    bar.update(len(chunk))
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing left to send: the partial file is complete
            return
        raise DataError(f"{url}: the server answered {error.code} {error.reason}") from error
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise DataError(f"{url}: cannot be reached ({error}); the partial download is kept, fetch again to resume") from error
    if total and partial.stat().st_size < total:
        raise DataError(f"{url}: ended after {partial.stat().st_size:,} of {total:,} bytes; fetch again to resume")


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
