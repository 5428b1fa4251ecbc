"""HTML pages that stand alone: texts with what was found in them."""

import html
import re

# Characters that could control a terminal, and that HTML does not allow, escaped or not; tabs and line ends are harmless.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
PAGE_END = "</body>\n</html>\n"


def page_start(title: str, style: str) -> str:
    """The start of a page, up to its first text, with these CSS rules besides those for headings and errors."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>
body {{
  font: 16px/2.5 -apple-system, BlinkMacSystemFont, "Segoe UI", Helvetica, Arial, sans-serif;
  max-width: 60em; margin: 0 auto; padding: 3rem 2rem; color: #111; background: #fff;
}}
h2 {{ font-size: 1em; line-height: 1.4; color: #666; margin: 2em 0 0.5em; overflow-wrap: anywhere; }}
.error {{ color: #b00020; }}
{style}
</style>
</head>
<body>
"""


def heading(text: str | None) -> str:
    """A heading above a text; nothing without one."""
    return f"<h2>{html.escape(text)}</h2>\n" if text else ""


def error_line(error: str | None) -> str:
    """What went wrong with a text; nothing if nothing did."""
    return f'<p class="error">{html.escape(error)}</p>\n' if error else ""


def escaped(text: str) -> str:
    """A text's characters for a page."""
    return html.escape(printable(text), quote=False)


def printable(text: str) -> str:
    """A text whose control characters are replacement characters."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
