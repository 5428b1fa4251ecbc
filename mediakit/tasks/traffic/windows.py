"""What the network sees of a moment: the last hour of each road and its neighbourhood, and what is usual then and next."""

import numpy as np

from mediakit.tasks.traffic.profiles import TURNS

STEPS = 12  # readings that a forecast is made from
HORIZON = 12  # readings that are forecast
OWN_CHANNELS = 3  # a road's deviation, whether it was read, what is usual; then one channel for each hop
CLOCK = 2 * len(TURNS)


def filled(deviations: np.ndarray, typical: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Readings with the last one again where one is missing, or what is usual where there was none; and which were there.

    Args:
        deviations: from free flow, `[..., STEPS, roads]`, NaN where missing.
        typical: what is usual then, of the same shape.

    Returns both as float32.
    """
    seen = ~np.isnan(deviations)
    whole = np.where(seen, deviations, 0.0)
    known = seen[..., 0, :]
    whole[..., 0, :] = np.where(known, whole[..., 0, :], typical[..., 0, :])
    for step in range(1, deviations.shape[-2]):
        now = seen[..., step, :]
        before = np.where(known, whole[..., step - 1, :], typical[..., step, :])
        whole[..., step, :] = np.where(now, whole[..., step, :], before)
        known = known | now
    return whole.astype(np.float32), seen.astype(np.float32)


def network_inputs(deviations: np.ndarray, typical: np.ndarray, clock: np.ndarray, kernels: np.ndarray) -> dict[str, np.ndarray]:
    """The inputs of the network `forecaster` for all roads of some moments, each `[moments * roads, ...]`.

    Args:
        deviations: `[moments, STEPS, roads]`, NaN where missing.
        typical: `[moments, STEPS + HORIZON, roads]`.
        clock: `[moments, CLOCK]`.
        kernels: of the graph convolution, `[hops, roads, roads]`.
    """
    whole, seen = filled(deviations, typical[:, :STEPS])
    hops = [whole @ kernel.T for kernel in kernels]
    channels = np.stack([whole, seen, typical[:, :STEPS], *hops], axis=-1)
    moments, _, roads, count = channels.shape
    inputs = {
        "history": channels.transpose(0, 2, 1, 3).reshape(moments * roads, STEPS, count),
        "ahead": typical[:, STEPS:].transpose(0, 2, 1).reshape(moments * roads, HORIZON),
        "clock": np.repeat(clock, roads, axis=0),
    }
    return {name: np.ascontiguousarray(part, np.float32) for name, part in inputs.items()}
