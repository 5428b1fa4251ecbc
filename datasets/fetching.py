"""Downloads: resumed where they stopped, checked by sha256, with a progress bar on standard error."""

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

CHUNK = 1 << 20


@dataclass(frozen=True)
class Download:
    """A file to fetch. Without a known sha256, the first download's is recorded and later ones must be the same."""

    url: str
    sha256: str | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return self.url.rpartition("/")[2]


def fetch(download: Download, folder: Path) -> Path:
    """Download a file into a folder and return its path; a file that is there and right is not fetched again.

    Raises DataError when the address cannot be reached or the file is not the expected one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, partial = folder / download.name, folder / f"{download.name}.part"
    record = folder / "sha256.json"
    known = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    wanted = download.sha256 or known.get(download.name)
    if not path.exists():
        _continue(download.url, partial)
        found = _sha256(partial)
        if wanted and found != wanted:
            partial.unlink()
            raise DataError(f"{download.url}: came with sha256 {found}, expected {wanted}; it was removed, fetch again")
        partial.replace(path)
        record.write_text(json.dumps({**known, download.name: found}, indent=1) + "\n", encoding="utf-8")
    elif wanted and _sha256(path) != wanted:
        raise DataError(f"{path}: is damaged (sha256); remove it and fetch again")
    return path


def fetch_and_unpack(downloads: Iterable[Download], folder: Path) -> None:
    """Fetch zip archives and unpack them into `folder`; nothing is written outside of it."""
    for download in downloads:
        path = fetch(download, folder)
        try:
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder)
        except zipfile.BadZipFile as error:
            raise DataError(f"{path}: not a zip archive: {error}; remove it and fetch again") from error


def _continue(url: str, partial: Path) -> None:
    from tqdm import tqdm

    have = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            resumed = answer.status == 206
            total = int(answer.headers.get("Content-Length") or 0) + (have if resumed else 0)
            with (
                open(partial, "ab" if resumed else "wb") as file,
                tqdm(
                    total=total or None, initial=have if resumed else 0, unit="B", unit_scale=True, desc=partial.stem, file=sys.stderr
                ) as bar,
            ):
                while chunk := answer.read(CHUNK):
                    file.write(chunk)
                    bar.update(len(chunk))
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing is left to send: the part is the whole
            return
        raise DataError(f"{url}: the server says {error.code} {error.reason}") from error
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise DataError(f"{url}: cannot be reached ({error}); what came is kept, fetch again to go on") from error
    if total and partial.stat().st_size < total:
        raise DataError(f"{url}: ended after {partial.stat().st_size:,} of {total:,} bytes; fetch again to go on")


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
