"""Image to image: a grey photo in, its colours out; or any image in, another one of its size out."""

from collections.abc import Mapping
from typing import Any

COMMAND = "colorize"


def gives_colours(manifest: Mapping[str, Any]) -> bool:
    """Whether a model gives grey photos colours, rather than turns one kind of image into another."""
    outputs = manifest["networks"].get("generator", {}).get("outputs", [])
    return any(tensor["name"] == "chroma" for tensor in outputs)
