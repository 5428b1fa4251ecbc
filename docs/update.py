"""Write what the documentation takes from the package: the README's table of shipped models and docs/commands.md.

    python docs/update.py            write both
    python docs/update.py --check    exit with 1 if either is out of date
"""

import re
import sys
from pathlib import Path

from mediakit.runtime.card import headline
from mediakit.runtime.model_folder import open_folder, shipped

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- models: written by docs/update.py -->\n", "<!-- end of models -->\n"


def models_table() -> str:
    """The shipped models as a Markdown table: name, size and the metric that each is known by."""
    rows = ["| model | MB | metric |", "|---|---|---|"]
    for name in shipped():
        folder = open_folder(name)
        rows.append(f"| `{name}` | {folder.size / 1e6:.1f} | {headline(folder.manifest)} |")
    return "\n".join(rows) + "\n"


def pages() -> dict[Path, str]:
    """The files as they should be."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = re.sub(f"(?<={re.escape(BEGIN)}).*(?={re.escape(END)})", lambda _: models_table(), readme, flags=re.DOTALL)
    return {ROOT / "README.md": table}


def main() -> None:
    """Write the files, or check them."""
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv[1:]:
        sys.exit("\n".join(f"{path.relative_to(ROOT)} is out of date: run python docs/update.py" for path in stale) or 0)
    for path in stale:
        path.write_text(pages()[path], encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
