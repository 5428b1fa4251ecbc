"""The model card, made from the manifest, so that no number is typed twice."""

import re
from typing import Any

from mediakit.runtime.evaluation import Evaluation, number, written

# The strictest first, and how licences of data sets spell them.
_RESTRICTIONS = {
    "research": r"(?i)research|studios'",
    "NC": r"\bNC\b|(?i:non-?commercial)",
    "unstated": r"none stated|unknown",
    "copyleft": r"\bSA\b|\bL?GPL\b",
}


def evaluations(manifest: dict[str, Any]) -> list[Evaluation]:
    """What was measured of a model, in the order in which it was recorded."""
    return [Evaluation.from_dict(entry) for entry in manifest.get("figures", [])]


def headline(manifest: dict[str, Any], place: bool = True) -> str:
    """The metric that stands for the model, such as `CIDEr 0.58 (flickr8k dev)`; empty if nothing was measured.

    It is the one that the manifest names, or else the first that was measured.
    """
    for evaluation in evaluations(manifest):
        name = manifest.get("headline") or next(iter(evaluation.values), "")
        if name in evaluation.values:
            metric = f"{written(name)} {number(evaluation.values[name])}"
            return f"{metric} ({evaluation.place()})" if place else metric
    return ""


def restriction(manifest: dict[str, Any]) -> str:
    """In a word, the strictest licence of a model's training data: `research`, `NC` (non-commercial), `unstated`, `copyleft`, or its name.

    The manifest's `license` says it in full.
    """
    licenses = [entry.get("license") or "none stated" for entry in manifest.get("data", [])] or ["none stated"]
    for word, pattern in _RESTRICTIONS.items():
        if any(re.search(pattern, one) for one in licenses):
            return word
    return licenses[0].partition(" (")[0]


def render(manifest: dict[str, Any]) -> str:
    """The card in Markdown. Sections for which the manifest has nothing are left out."""
    sections = [f"# {manifest['name']}", manifest.get("summary", "")]
    for title, key in (("Good for", "good_for"), ("Not good for", "not_good_for")):
        if manifest.get(key):
            sections += [f"## {title}", "\n".join(f"- {item}" for item in manifest[key])]
    measured = [str(evaluation) for evaluation in evaluations(manifest)]
    sections += ["## Metrics", *(measured or ["Not measured yet: `mediakit evaluate MODEL --data FOLDER --split SPLIT --record` does."])]
    sections += ["## Training", manifest.get("training", ""), _data(manifest.get("data", []))]
    sections.append(f"Licence of the model: {(manifest.get('license') or 'not stated').rstrip('.')}.")
    sections.append(_size(manifest))
    return "\n\n".join(section for section in sections if section) + "\n"


def _data(sets: list[dict[str, str]]) -> str:
    if not sets:
        return ""
    rows = [f"| {item['name']} | {item['license']} | {item['note']} |" for item in sets]
    return "\n".join(["| data | licence | note |", "|---|---|---|", *rows])


def _size(manifest: dict[str, Any]) -> str:
    networks = ", ".join(f"{entry['file']} {entry['bytes'] / 1e6:.1f} MB" for entry in manifest["networks"].values())
    made = f"Trained with the recipe `{manifest['recipe']}`, exported {manifest['created']}."
    return f"{manifest['parameters']:,} parameters ({networks}). {made}"
