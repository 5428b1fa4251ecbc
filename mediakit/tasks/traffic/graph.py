"""Road graphs: neighbourhoods of several hops, and what can be reached at free flow (Cui et al. 2019, section III)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

KM_PER_MILE = 1.609344


def neighbourhoods(config: Mapping[str, Any], graph: np.ndarray, free_flow: np.ndarray) -> np.ndarray:
    """The neighbourhoods that a model with the recipe's config sees of a graph, `[hops, roads, roads]`."""
    speeds = free_flow * (KM_PER_MILE if config["miles"] else 1.0)
    return normalized_hops(graph, config["hops"] if config["graph"] else 0, config["reach"], config["kernel"], speeds)


def normalized_hops(graph: np.ndarray, hops: int, reach: float = 0.0, kernel: float = 0.0, speeds: np.ndarray | None = None) -> np.ndarray:
    """The roads first reached after 1, 2, … `hops` steps along the graph, float32 `[hops, roads, roads]`; each row adds up to 1, or
    to 0 where a road has no such neighbours.

    Args:
        graph: adjacency `[roads, roads]`: the weight in row i and column j says how near road j is to road i; 0 is no edge.
        hops: how many.
        reach: minutes; leave out what is farther than a car gets in them at free flow. 0 keeps all.
        kernel: the width σ in kilometres of the Gaussian kernel exp(-d²/σ²) that made the weights from distances d.
        speeds: free-flow speeds in km/h `[roads]`, for `reach`.
    """
    edges = graph > 0
    np.fill_diagonal(edges, False)
    weights = np.where(edges, graph, 0.0)
    known, frontier, found = np.eye(len(graph), dtype=bool), np.eye(len(graph), dtype=bool), []
    reachable = _reachable(graph, hops, reach, kernel, speeds) if reach and speeds is not None else True
    for hop in range(hops):
        frontier = ((frontier.astype(np.float32) @ edges) > 0) & ~known
        known |= frontier
        kept = np.where(frontier & reachable, weights if hop == 0 else 1.0, 0.0)
        total = kept.sum(axis=1, keepdims=True)
        found.append(kept / np.where(total > 0, total, 1.0))
    return np.stack(found).astype(np.float32) if found else np.zeros((0, *graph.shape), np.float32)


def _reachable(graph: np.ndarray, hops: int, minutes: float, kernel: float, speeds: np.ndarray) -> np.ndarray:
    """Whether road j is within so many minutes of road i at the free-flow speed of i, `[roads, roads]`."""
    return distances(graph, hops, kernel) <= (speeds * minutes / 60)[:, None]


def distances(graph: np.ndarray, hops: int, kernel: float) -> np.ndarray:
    """The shortest ways along at most `hops` edges, in the unit of `kernel`, `[roads, roads]`; infinite where there is none.

    An edge of weight w is kernel · √(-ln w) long. Where no weight lies between 0 and 1 they are no kernel's: each edge is one
    `kernel` long.
    """
    inside = (graph > 0) & (graph < 1)
    lengths = np.sqrt(-np.log(np.where(inside, graph, 1.0))) if inside.any() else np.ones(graph.shape)
    edges = np.where(graph > 0, kernel * lengths, np.inf)
    np.fill_diagonal(edges, 0.0)
    found = edges
    for _ in range(hops - 1):
        before, found = found, found.copy()
        for middle in range(len(graph)):
            begins, ends = np.flatnonzero(np.isfinite(before[:, middle])), np.flatnonzero(np.isfinite(edges[middle]))
            block = np.ix_(begins, ends)
            found[block] = np.minimum(found[block], before[begins, middle, None] + edges[middle, ends])
    return found
