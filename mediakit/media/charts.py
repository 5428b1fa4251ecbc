"""Charts of series, drawn with Pillow: lines, bands, bars."""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw

from mediakit.media.date_ticks import date_ticks
from mediakit.media.figures import INK, PAPER
from mediakit.media.fonts import font_for
from mediakit.media.seasons import autocorrelation, partial_autocorrelation

SIZE = (960, 400)
GRID, KNOWN, AHEAD = (226, 226, 226), (60, 60, 60), (38, 84, 124)
BANDS = ((205, 222, 236), (162, 194, 220))  # of the wide interval and the narrow one
LEAST_SHOWN = 40  # values of the history
ALARM = (200, 40, 40)
MOST_CHANNELS = 8  # drawn below one another
MOST_POINTS = 3000  # of a line; of more the extremes are drawn


class Chart:
    """A chart with a title, axes and what is drawn on them.

    Args:
        title: above the chart.
        x, y: the ranges of the axes.
        size: in pixels.
        names: what to write at places of the x axis; by default round numbers.
    """

    def __init__(
        self,
        title: str,
        x: tuple[float, float],
        y: tuple[float, float],
        size: tuple[int, int] = SIZE,
        names: Mapping[float, str] | None = None,
    ):
        self.image = Image.new("RGB", size, PAPER)
        self._draw = ImageDraw.Draw(self.image)
        self._font, small = font_for(title or "0", 16), font_for("0", 13)
        margin = 0.05 * ((y[1] - y[0]) or abs(y[0]) or 1.0)
        self._x, self._y = (x[0], x[1] if x[1] > x[0] else x[0] + 1), (y[0] - margin, y[1] + margin)
        marks = ticks(*self._y)
        labels = [f"{mark:,.10g}" for mark in marks]
        self._left = 16 + max(int(small.getlength(label)) for label in labels)
        self._box = (self._left, 34, size[0] - 16, size[1] - 28)
        self._draw.text((self._left, 8), title, INK, self._font)
        for mark, label in zip(marks, labels, strict=True):
            height = self._at(self._x[0], mark)[1]
            self._draw.line((self._box[0], height, self._box[2], height), GRID)
            self._draw.text((self._left - 8, height), label, INK, small, anchor="rm")
        if names is None:
            names = {mark: f"{int(mark):,}" for mark in ticks(*self._x) if mark == int(mark)}
        for place, name in names.items():
            half = small.getlength(name) / 2
            across = min(max(self._at(place, 0)[0], half), size[0] - half)
            self._draw.text((across, self._box[3] + 6), name, INK, small, anchor="ma")
        self._draw.rectangle(self._box, outline=(150, 150, 150))

    def line(self, x: Sequence[float] | np.ndarray, y: np.ndarray, colour: tuple[int, int, int] = KNOWN, width: int = 2) -> None:
        """Join points, `x` and `y` of equal length."""
        points = [self._at(a, b) for a, b in zip(x, y, strict=True)]
        if len(points) == 1:
            self._draw.ellipse((points[0][0] - 2, points[0][1] - 2, points[0][0] + 2, points[0][1] + 2), colour)
        else:
            self._draw.line(points, colour, width, joint="curve")

    def band(self, x: Sequence[float] | np.ndarray, low: np.ndarray, high: np.ndarray, colour: tuple[int, int, int]) -> None:
        """Fill the space between two lines."""
        above = [self._at(a, b) for a, b in zip(x, high, strict=True)]
        below = [self._at(a, b) for a, b in zip(x, low, strict=True)]
        self._draw.polygon([*above, *reversed(below)], colour)

    def bars(self, x: Iterable[float], y: Iterable[float], colour: tuple[int, int, int] = KNOWN) -> None:
        """A thin bar from zero for each point."""
        for a, b in zip(x, y, strict=True):
            self._draw.line((*self._at(a, 0), *self._at(a, b)), colour, 3)

    def label(self, x: float, y: float, text: str, colour: tuple[int, int, int] = KNOWN) -> None:
        """Write a line's name to the right of one of its points, above the line."""
        across, down = self._at(x, y)
        self._draw.text((across + 4, down - 3), text, colour, font_for(text, 13), anchor="lb")

    def _at(self, x: float, y: float) -> tuple[float, float]:
        left, top, right, bottom = self._box
        across = (x - self._x[0]) / (self._x[1] - self._x[0])
        up = (y - self._y[0]) / (self._y[1] - self._y[0])
        return left + across * (right - left), bottom - min(max(up, 0.0), 1.0) * (bottom - top)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers between two, at most so many."""
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return [low]
    raw = span / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw)
    first = math.ceil(low / step)
    return [float(f"{step * i:.10g}") for i in range(first, math.floor(high / step) + 1)] or [low]


def draw_forecast(
    history: np.ndarray, mean: np.ndarray, intervals: Mapping[int, np.ndarray], title: str, times: np.ndarray | None = None
) -> Image.Image:
    """Draw the end of a history and its forecast with intervals, the wide one lighter.

    Args:
        history: `[steps]`.
        mean: `[horizon]`.
        intervals: `[horizon, 2]` by level.
        title: above the chart.
        times: datetime64[s] of the history and the forecast; by default steps are counted, from 1 on in the forecast.
    """
    shown = history[-max(LEAST_SHOWN, 4 * len(mean)) :]
    everything = np.concatenate([shown, mean, *(pairs.ravel() for pairs in intervals.values())])
    names: dict[float, str] | None = None
    if times is not None:
        names = {place + 1 - len(shown): name for place, name in date_ticks(times[-len(shown) - len(mean) :]).items()}
    range_ = (float(everything.min()), float(everything.max()))
    chart = Chart(title, (1 - len(shown), len(mean)), range_, names=names)
    x = np.arange(1, len(mean) + 1)
    levels = sorted(intervals, reverse=True)
    for place, level in enumerate(levels):
        low, high = intervals[level].T
        colour = BANDS[min(place, 1)]
        chart.band([0, *x], np.append(shown[-1], low), np.append(shown[-1], high), colour)
    chart.line(np.arange(1 - len(shown), 1), shown)
    chart.line([0, *x], np.append(shown[-1], mean), AHEAD, 3)
    return chart.image


def draw_residuals(residuals: np.ndarray) -> list[Image.Image]:
    """Draw a model's residuals `[steps]`, and their autocorrelation and partial autocorrelation with the band of ±2/√steps in which
    those of white noise mostly lie."""
    most = max(1, min(40, len(residuals) // 3))
    lags = np.arange(1, most + 1)
    size = (SIZE[0], 240)
    range_ = float(residuals.min()), float(residuals.max())
    line = Chart("residuals, in standard deviations of the series", (0, len(residuals)), range_, size)
    line.line(np.arange(len(residuals)), residuals, width=1)
    drawn = [line.image]
    for title, values in (
        ("autocorrelation of the residuals", autocorrelation(residuals, most)[1:]),
        ("partial autocorrelation of the residuals", partial_autocorrelation(residuals, most)[1:]),
    ):
        noise = np.full(2, 2 / math.sqrt(len(residuals)))
        reach = max(float(np.abs(values).max()), 1.5 * float(noise[0]))
        chart = Chart(title, (0, most + 1), (-reach, reach), size)
        chart.band((0, most + 1), -noise, noise, BANDS[0])
        chart.bars(lags, values)
        drawn.append(chart.image)
    return drawn


def draw_anomalies(names: Sequence[str], values: np.ndarray, expected: np.ndarray, score: np.ndarray, alarms: np.ndarray) -> Image.Image:
    """Draw channels with the intervals in which their values were expected, anomalies as red marks, and below them the score.

    Args:
        names: of the channels; the first MOST_CHANNELS are drawn.
        values: `[rows, channels]`, NaN where one is missing.
        expected: value and bounds `[rows, channels, 3]`, NaN where nothing was expected.
        score: `[rows]`.
        alarms: places of the anomalies, ascending.
    """
    size = SIZE if len(names) == 1 else (SIZE[0], 220)
    charts = []
    for channel, name in enumerate(names[:MOST_CHANNELS]):
        known = np.flatnonzero(~np.isnan(values[:, channel]))
        shown = values[known, channel]
        if not len(known):
            continue
        low, high = expected[known, channel, 1:].T
        range_ = float(shown.min()), float(shown.max())
        chart = Chart(name, (0, len(values)), range_, size)
        low, high = (np.where(np.isnan(bound), shown, bound) for bound in (low, high))
        few = extremes(np.stack([shown, low, high]), MOST_POINTS)
        chart.band(known[few], low[few], high[few], BANDS[0])
        for alarm in alarms:
            chart.line((alarm, alarm), np.array(range_), ALARM, 1)
        chart.line(known[few], shown[few], width=1)
        charts.append(chart.image)
    chart = Chart("score", (0, len(values)), (0.0, 1.0), (SIZE[0], 160))
    few = extremes(score[None], MOST_POINTS)
    chart.line(few, score[few], AHEAD, 1)
    return stack([*charts, chart.image])


def extremes(lines: np.ndarray, most: int) -> np.ndarray:
    """Places, ascending, that show the course of lines `[lines, points]`: all of them, or where each of a line's parts is highest
    and lowest, so that about `most` are left."""
    points = lines.shape[1]
    if points <= most:
        return np.arange(points)
    parts = max(1, most // (2 * len(lines)))
    width = points // parts
    cut = lines[:, : parts * width].reshape(len(lines), parts, width)
    begins = np.arange(parts) * width
    found = [begins + cut.argmax(axis=2), begins + cut.argmin(axis=2)]
    return np.unique(np.concatenate([np.ravel(found), np.arange(parts * width, points)]))


def stack(charts: Sequence[Image.Image]) -> Image.Image:
    """Charts of one width below one another."""
    sheet = Image.new("RGB", (max(chart.width for chart in charts), sum(chart.height for chart in charts)), PAPER)
    top = 0
    for chart in charts:
        sheet.paste(chart, (0, top))
        top += chart.height
    return sheet
