"""The model card, made from the manifest: no figure is typed twice."""

from typing import Any


def headline(manifest: dict[str, Any]) -> str:
    """The figure that names the model, such as `CIDEr 0.58 (flickr8k dev)`, with the options it was measured with, if any; empty when
    nothing was measured."""
    for entry in manifest.get("figures", []):
        name = manifest.get("headline")
        if name in entry["values"]:
            where = "; ".join(part for part in (f"{entry['data']} {entry['split']}", _options(entry)) if part)
            return f"{name} {_number(entry['values'][name])} ({where})"
    return ""


def render(manifest: dict[str, Any]) -> str:
    """The card in Markdown."""
    lines = [f"# {manifest['name']}", "", manifest.get("summary", ""), ""]
    lines += ["## Good for", "", *(f"- {item}" for item in manifest.get("good_for", [])), ""]
    lines += ["## Not good for", "", *(f"- {item}" for item in manifest.get("not_good_for", [])), ""]
    lines += ["## Figures", "", *_figures(manifest.get("figures", [])), ""]
    lines += ["## Training", "", manifest.get("training", ""), ""]
    lines += ["| data | licence | note |", "|---|---|---|"]
    lines += [f"| {item['name']} | {item['license']} | {item['note']} |" for item in manifest.get("data", [])]
    lines += ["", f"Licence of the model: {manifest.get('license', 'not stated')}.", ""]
    networks = ", ".join(f"{entry['file']} {entry['bytes'] / 1e6:.1f} MB" for entry in manifest["networks"].values())
    lines += [
        f"{manifest['parameters']:,} parameters ({networks}), made {manifest['created']} by recipe `{manifest['recipe']}`.",
        "",
    ]
    return "\n".join(lines)


def _figures(entries: list[dict[str, Any]]) -> list[str]:
    if not entries:
        return ["None measured yet: `mediakit evaluate` writes them."]
    lines = []
    for entry in entries:
        names = list(entry["values"])
        options = _options(entry)
        lines += [
            f"On {entry['data']} {entry['split']}, {entry['examples']:,} examples, {entry['date']}"
            + (f" ({options}):" if options else ":"),
            "",
        ]
        lines += ["| | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
        lines.append("| this model | " + " | ".join(_cell(entry, name) for name in names) + " |")
        for baseline, values in entry.get("baselines", {}).items():
            lines.append(f"| {baseline} | " + " | ".join(_number(values[name]) if name in values else "" for name in names) + " |")
        lines.append("")
    return [*lines, "In brackets: 95 % bootstrap interval."] if any(entry.get("intervals") for entry in entries) else lines[:-1]


def _options(entry: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in entry.get("options", {}).items())


def _cell(entry: dict[str, Any], name: str) -> str:
    interval = entry.get("intervals", {}).get(name)
    number = _number(entry["values"][name])
    return f"**{number}**" + (f" [{_number(interval[0])}, {_number(interval[1])}]" if interval else "")


def _number(value: float) -> str:
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"
