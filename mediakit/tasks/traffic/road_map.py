"""Maps of a road network, as an image or as a page."""

import html
import json
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from mediakit.media.figures import INK, PAPER
from mediakit.media.fonts import font_for

SIZE, MARGIN = (1200, 900), 60
EDGE = (208, 208, 208)
# Speeds relative to free flow and their colours: red where traffic stands, green where it flows.
COLOURS = (
    (0.2, (128, 0, 38)),
    (0.45, (215, 48, 39)),
    (0.65, (253, 174, 97)),
    (0.8, (254, 224, 139)),
    (0.92, (102, 189, 99)),
    (1.0, (0, 104, 55)),
)
SMALLEST, LARGEST = 5.0, 16.0  # radius of a road by its influence, in pixels


def draw_map(
    places: np.ndarray, graph: np.ndarray, speeds: np.ndarray, influence: np.ndarray | None = None, title: str = ""
) -> Image.Image:
    """Draw each road as a dot at its place, coloured by speed, wide by influence, and edges between neighbours.

    Args:
        places: `[roads, 2]`, eastward and northward.
        graph: adjacency `[roads, roads]`.
        speeds: relative to free flow, `[roads]`.
        influence: of each road, `[roads]`, 0 or above; by default all alike.
        title: above the map.
    """
    points, radii = on_canvas(places), radii_of(influence, len(places))
    scale = 2  # drawn large and reduced, so that edges are smooth
    image = Image.new("RGB", (SIZE[0] * scale, SIZE[1] * scale), PAPER)
    draw = ImageDraw.Draw(image)
    for a, b in edges_of(graph):
        draw.line((*(points[a] * scale), *(points[b] * scale)), EDGE, scale)
    for road in np.argsort(-radii):
        (x, y), r = points[road] * scale, radii[road] * scale
        draw.ellipse((x - r, y - r, x + r, y + r), colour_of(speeds[road]), INK, 1)
    image = image.resize(SIZE, Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(image)
    if title:
        draw.text((MARGIN, 16), title, INK, font_for(title, 20))
    _legend(draw, "of free-flow speed" + ("" if influence is None else "; larger: more influence"))
    return image


def _legend(draw: ImageDraw.ImageDraw, text: str) -> None:
    """What the colours mean, below the map."""
    left, top, width = MARGIN, SIZE[1] - 34, 240
    for x in range(width):
        low, high = COLOURS[0][0], COLOURS[-1][0]
        draw.line((left + x, top, left + x, top + 12), colour_of(low + (high - low) * x / width))
    for share in (0.2, 0.6, 1.0):
        place = left + width * (share - COLOURS[0][0]) / (COLOURS[-1][0] - COLOURS[0][0])
        draw.text((place, top + 15), f"{share:.0%}", INK, font_for("0", 13), anchor="ma")
    draw.text((left + width + 16, top - 2), text, INK, font_for(text, 14))


def page(
    places: np.ndarray,
    graph: np.ndarray,
    speeds: np.ndarray,
    influence: np.ndarray | None,
    names: Sequence[str],
    labels: Sequence[str],
    title: str,
) -> str:
    """The map as an HTML page without other files; a road's label is shown where the pointer is. Arguments as in `draw_map`.

    Args:
        names: of the roads.
        labels: what is said of each.
    """
    points, radii = on_canvas(places), radii_of(influence, len(places))
    lines = "".join(
        f'<line x1="{points[a][0]:.1f}" y1="{points[a][1]:.1f}" x2="{points[b][0]:.1f}" y2="{points[b][1]:.1f}"/>'
        for a, b in edges_of(graph)
    )
    dots = "".join(
        f'<circle cx="{points[road][0]:.1f}" cy="{points[road][1]:.1f}" r="{radii[road]:.1f}" fill="rgb{colour_of(speeds[road])}">'
        f"<title>{html.escape(f'{names[road]}: {labels[road]}')}</title></circle>"
        for road in np.argsort(-radii)
    )
    heading = html.escape(title)
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{heading}</title>\n'
        "<style>body{font:16px system-ui,sans-serif;margin:1rem}svg{max-width:100%;height:auto}line{stroke:#d0d0d0}"
        "circle{stroke:#222;stroke-width:.6}circle:hover{stroke-width:3}</style>\n"
        f'<h1 style="font-size:1.2rem">{heading}</h1>\n<svg viewBox="0 0 {SIZE[0]} {SIZE[1]}" role="img" aria-label={json.dumps(heading)}>'
        f"{lines}{dots}</svg>\n<p>Red: slow; green: at free-flow speed. Larger roads have more influence on others.</p></html>\n"
    )


def on_canvas(places: np.ndarray) -> np.ndarray:
    """Places as pixels, in proportion, north up."""
    low, high = places.min(axis=0), places.max(axis=0)
    room = np.array([SIZE[0] - 2 * MARGIN, SIZE[1] - 2 * MARGIN])
    spans = high - low
    scale = min((float(size / span) for size, span in zip(room, spans, strict=True) if span > 0), default=1.0)
    from_middle = (places - (low + high) / 2) * scale
    return np.array(SIZE) / 2 + from_middle * [1, -1]


def radii_of(influence: np.ndarray | None, count: int) -> np.ndarray:
    """The radius of each road, whose area grows with its influence."""
    if influence is None or influence.max() <= 0:
        return np.full(count, (SMALLEST + LARGEST) / 2.5)
    return SMALLEST + (LARGEST - SMALLEST) * np.sqrt(influence / influence.max())


def edges_of(graph: np.ndarray) -> np.ndarray:
    """Pairs of roads that an edge joins, each once, `[edges, 2]`."""
    joined = np.triu((graph > 0) | (graph.T > 0), 1)
    return np.argwhere(joined)


def colour_of(speed: float) -> tuple[int, int, int]:
    """The colour of a speed relative to free flow."""
    shares = [share for share, _ in COLOURS]
    red, green, blue = (round(float(np.interp(speed, shares, [colour[part] for _, colour in COLOURS]))) for part in range(3))
    return red, green, blue
