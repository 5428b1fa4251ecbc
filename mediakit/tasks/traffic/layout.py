"""Where to draw the roads of a graph whose positions are not known."""

import numpy as np

ROUNDS = 200
MOST = 600  # roads that repel one another; more are placed by their spectrum alone


def layout(graph: np.ndarray) -> np.ndarray:
    """Positions in the unit square, float64 `[roads, 2]`: a spectral layout (Hall 1970), opened out by forces (Fruchterman and Reingold
    1991). The same graph always has the same layout.

    Args:
        graph: adjacency `[roads, roads]`.
    """
    weights = np.maximum(graph, graph.T).astype(np.float64)
    np.fill_diagonal(weights, 0.0)
    places = _spectral(weights)
    if len(graph) <= MOST:
        places = _pushed_apart(places, weights > 0)
    low, high = places.min(axis=0), places.max(axis=0)
    return (places - low) / np.where(high > low, high - low, 1.0)


def _spectral(weights: np.ndarray) -> np.ndarray:
    """The two slowest waves on the graph; a weak edge between all roads keeps separate parts together."""
    count = len(weights)
    if count < 3:
        return np.stack([np.arange(count), np.zeros(count)], axis=1).astype(np.float64)
    joined = weights + 1e-3 / count
    degrees = joined.sum(axis=1)
    normalized = joined / np.sqrt(degrees[:, None] * degrees)
    _, vectors = np.linalg.eigh(normalized)
    waves = vectors[:, [-2, -3]] / np.sqrt(degrees)[:, None]
    waves *= np.sign(waves[np.abs(waves).argmax(axis=0), [0, 1]])  # eigenvectors have no sign of their own
    ranks = waves.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") / count
    return 0.5 * ranks + 0.5 * waves / np.maximum(np.abs(waves).max(axis=0), 1e-12)


def _pushed_apart(places: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Positions after roads have repelled one another and edges have pulled, ever less."""
    count = len(places)
    spring = 1.0 / np.sqrt(count)
    for heat in np.linspace(0.08, 0.001, ROUNDS):
        away = places[:, None] - places[None]
        distance = np.maximum(np.sqrt((away**2).sum(axis=-1)), 1e-4)
        force = spring**2 / distance**2 - np.where(edges, distance / spring, 0.0)
        move = (away * force[..., None]).sum(axis=1) - 0.5 * (places - places.mean(axis=0))
        length = np.maximum(np.sqrt((move**2).sum(axis=1, keepdims=True)), 1e-9)
        places = places + move / length * np.minimum(length, heat)
    return places
