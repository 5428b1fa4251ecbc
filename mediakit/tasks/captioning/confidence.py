"""What tells of a caption whether it is right, see `runtime.confidence`."""

import numpy as np

FEATURES = ("log_probability", "support", "least_support")


def features(log_probability: float, words: int, support: np.ndarray) -> dict[str, float]:
    """The features of a caption: its log-probability per word, and the mean and the least probability of the persons and
    things that it names, both 0 if it names none.

    The length is not among them: it says more of the data set than of the caption, and the error elsewhere doubled with it.
    """
    mean, least = (float(support.mean()), float(support.min())) if support.size else (0.0, 0.0)
    return dict(zip(FEATURES, (log_probability / (words + 1), mean, least), strict=True))
