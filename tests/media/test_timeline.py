"""The timeline of a film."""

import numpy as np

from mediakit.media.timeline import Curve, clock, draw_timeline


def test_the_timeline_is_drawn():
    frames = [np.random.default_rng(1).integers(30, 255, (72, 128, 3)).astype(np.uint8)] * 5
    curve = Curve("Sci-Fi", [0.1, 0.9, 0.2, 0.3, 0.0], 0.4, [1, 3])
    sheet = np.asarray(draw_timeline("a film", 50.0, [5, 15, 25, 35, 45], frames, [0.2] * 5, [curve]))
    assert sheet.shape[1] > 1200 and (sheet != 255).any()
    without_weights = draw_timeline("a film", 50.0, [5, 15, 25, 35, 45], frames, [], [curve])
    assert without_weights.height < len(sheet)
    assert clock(5) == "0:05" and clock(3725) == "1:02:05"
