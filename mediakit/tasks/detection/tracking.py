"""Which objects of a video's frames are one and the same: SORT (Bewley et al. 2016, "Simple online and realtime tracking").

A camera that turns moves all boxes at once, by more than their size between two frames. So boxes are compared after the shift that they
have in common; what is left is compared by buffered boxes (Yang et al. 2023, "Hard to track objects with irregular motions").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mediakit.tasks.detection.boxes import iou
from mediakit.tasks.detection.pipeline import DetectedObject

LEAST_OVERLAP = 0.3  # of a box with the one that its track predicts, intersection over union
BUFFER = 0.5  # of its sides, by which a box that found no track is enlarged on each side
SHIFTED = 10  # boxes, the most probable, that are asked for a common shift
AGREEING = 0.5  # overlap of boxes that agree on a shift; two have to
WORTH = 1.5  # how much more of the boxes must overlap after a shift
PATIENCE = 5  # frames without a box after which a track ends

# The state is centre x, centre y, area and aspect ratio of a box, then the velocities of the first three (section 3.2). Pixels, frames.
_MOVE = np.eye(7) + np.eye(7, k=4)
_OBSERVE = np.eye(4, 7)
_MOVE_NOISE = np.diag([1, 1, 1, 1, 1e-2, 1e-2, 1e-4])
_OBSERVE_NOISE = np.diag([1.0, 1, 10, 10])
_FIRST_COVARIANCE = np.diag([10.0, 10, 10, 10, 1e4, 1e4, 1e4])


@dataclass
class _Track:
    """A Kalman filter of one object's box."""

    number: int
    label: str
    state: np.ndarray
    covariance: np.ndarray
    missed: int = 0

    def predict(self) -> np.ndarray:
        """Go to the next frame; the box there."""
        if self.state[2] + self.state[6] <= 0:  # it would shrink to nothing
            self.state[6] = 0
        self.state = _MOVE @ self.state
        self.covariance = _MOVE @ self.covariance @ _MOVE.T + _MOVE_NOISE
        self.missed += 1
        return _box(self.state)

    def correct(self, box: np.ndarray) -> None:
        """Take in the box that was found."""
        surprise = _observation(box) - _OBSERVE @ self.state
        gain = self.covariance @ _OBSERVE.T @ np.linalg.inv(_OBSERVE @ self.covariance @ _OBSERVE.T + _OBSERVE_NOISE)
        self.state = self.state + gain @ surprise
        self.covariance = (np.eye(7) - gain @ _OBSERVE) @ self.covariance
        self.missed = 0


class Tracker:
    """Gives the objects of a video's frames, in order, the numbers of their tracks, from 1."""

    def __init__(self) -> None:
        self._tracks: list[_Track] = []
        self._count = 0

    def update(self, objects: Sequence[DetectedObject]) -> tuple[int, ...]:
        """The track of each object of the next frame. An object that belongs to no track begins one."""
        predicted = np.array([track.predict() for track in self._tracks]).reshape(-1, 4)
        boxes = np.array([each.box for each in objects], np.float64).reshape(-1, 4)
        same = np.array([[each.label == track.label for track in self._tracks] for each in objects], bool)
        same = same.reshape(len(boxes), len(predicted))
        shift = common_shift(boxes, predicted, same)
        shifted = predicted + np.tile(shift, 2)
        columns = _matches(iou(boxes[:, None], shifted), same)
        free = same & ~np.isin(np.arange(len(shifted)), list(columns.values()))
        free[list(columns)] = False
        columns |= _matches(iou(_enlarged(boxes)[:, None], _enlarged(shifted)), free)
        owners = {row: self._tracks[column] for row, column in columns.items()}
        for row, track in owners.items():
            track.correct(boxes[row])
        for track in self._tracks:
            if track.missed:  # nobody saw it, but the camera turned for it too
                track.state[:2] += shift
        for row, each in enumerate(objects):
            if row not in owners:
                self._count += 1
                state = np.concatenate([_observation(boxes[row]), np.zeros(3)])
                owners[row] = _Track(self._count, each.label, state, _FIRST_COVARIANCE.copy())
                self._tracks.append(owners[row])
        self._tracks = [track for track in self._tracks if track.missed <= PATIENCE]
        return tuple(owners[row].number for row in range(len(objects)))


def common_shift(boxes: np.ndarray, predicted: np.ndarray, same: np.ndarray) -> np.ndarray:
    """How far a camera has moved what it shows, `[x, y]` in pixels: where at least two boxes agree, else nothing.

    Args:
        boxes: that were found `[boxes, 4]`.
        predicted: of the tracks `[tracks, 4]`.
        same: whether box and track are of one class `[boxes, tracks]`.
    """
    boxes, predicted, same = boxes[:SHIFTED], predicted[:SHIFTED], same[:SHIFTED, :SHIFTED]
    none = np.zeros(2)
    if min(same.shape) < 2:
        return none

    def overlaps(shift: np.ndarray) -> np.ndarray:
        return np.where(same, iou(boxes[:, None], predicted + np.tile(shift, 2)), 0).max(axis=1)

    steps = (boxes[:, None] - predicted)[same].reshape(-1, 2, 2).mean(axis=1)
    best = max(steps, key=lambda step: float(overlaps(step).sum()), default=none)
    found = overlaps(best)
    return best if (found >= AGREEING).sum() >= 2 and found.sum() >= WORTH * overlaps(none).sum() else none


def _matches(overlaps: np.ndarray, allowed: np.ndarray) -> dict[int, int]:
    """The column of each row that has one, such that the overlaps `[rows, columns]` are largest, all of them large enough."""
    gains = np.where(allowed & (overlaps >= LEAST_OVERLAP), overlaps, 0.0)
    return {row: column for row, column in enumerate(assign(-gains)) if column is not None and gains[row, column] > 0}


def _enlarged(boxes: np.ndarray) -> np.ndarray:
    margins = BUFFER * np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    return boxes + margins * (-1, -1, 1, 1)


def _observation(box: np.ndarray) -> np.ndarray:
    """A box's centre, area and aspect ratio."""
    width, height = np.maximum(box[2:] - box[:2], 1e-3)
    return np.array([*(box[:2] + box[2:]) / 2, width * height, width / height])


def _box(state: np.ndarray) -> np.ndarray:
    width = np.sqrt(max(state[2] * state[3], 1e-6))
    half = np.array([width, state[2] / width]) / 2
    return np.concatenate([state[:2] - half, state[:2] + half])


def assign(costs: np.ndarray) -> list[int | None]:
    """The column of each row such that the sum of their costs `[rows, columns]` is least, each column at most once: the Hungarian
    algorithm by shortest augmenting paths (Jonker and Volgenant 1987). With more rows than columns, some rows get None."""
    rows, columns = costs.shape
    if rows > columns:
        result: list[int | None] = [None] * rows
        for column, row in enumerate(assign(costs.T)):
            assert row is not None
            result[row] = column
        return result
    row_price, column_price = np.zeros(rows + 1), np.zeros(columns + 1)
    owner = np.full(columns + 1, rows)  # of each column; the last column stands for the row that is being assigned
    for row in range(rows):
        owner[columns], column = row, columns
        distance, before, done = np.full(columns + 1, np.inf), np.full(columns + 1, columns), np.zeros(columns + 1, bool)
        while owner[column] != rows:
            done[column] = True
            reduced = costs[owner[column]] - row_price[owner[column]] - column_price[:columns]
            closer = ~done[:columns] & (reduced < distance[:columns])
            distance[:columns][closer], before[:columns][closer] = reduced[closer], column
            following = int(np.where(done[:columns], np.inf, distance[:columns]).argmin())
            step = distance[following]
            row_price[owner[done]] += step
            column_price[done] -= step
            distance[~done] -= step
            column = following
        while column != columns:
            owner[column], column = owner[before[column]], before[column]
    found: list[int | None] = [None] * rows
    for column, row in enumerate(owner[:columns]):
        if row < rows:
            found[row] = column
    return found
