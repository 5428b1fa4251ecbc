"""The files of the page, by their addresses."""

from pathlib import Path

PAGE = Path(__file__).parent / "page"
PAGE_FILES = {"/" if file.name == "index.html" else f"/{file.name}": file for file in sorted(PAGE.iterdir())}
