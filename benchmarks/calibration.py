"""Fit the weights of a pipeline's `score` on examples that the model has not learned from, and say how reliable it is."""

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from mediakit.runtime.confidence import calibration_error

Examples = tuple[Sequence[Mapping[str, float]], Sequence[bool]]  # the features of each result, and whether it is right


def fit(
    name: str, examples: Examples, others: Mapping[str, Examples], names: Sequence[str] = (), strength: float = 0.01
) -> dict[str, float]:
    """Fit to some examples, print the calibration error on them, by five-fold cross-validation, and on others.

    Args:
        name: of the examples, for printing.
        examples: to fit to.
        others: to test on, by name.
        names: of the features to use; empty for all.
        strength: of the L2 penalty; more holds better on examples of another kind.

    Returns the weights.
    """
    features, right = examples
    names = list(names or features[0])
    inputs, regression = _table(features, names), LogisticRegression(C=1 / strength)
    _report(name, cross_val_predict(regression, inputs, right, cv=5, method="predict_proba")[:, 1], right)
    regression.fit(inputs, right)
    for other, (other_features, other_right) in others.items():
        _report(other, regression.predict_proba(_table(other_features, names))[:, 1], other_right)
    weights = dict(zip(names, regression.coef_[0].round(3).tolist(), strict=True))
    return {"intercept": round(float(regression.intercept_[0]), 3), **weights}


def _table(features: Sequence[Mapping[str, float]], names: Sequence[str]) -> np.ndarray:
    return np.array([[row[name] for name in names] for row in features])


def _report(name: str, scores: np.ndarray, right: Sequence[bool]) -> None:
    truth = np.array(right)
    area = roc_auc_score(truth, scores) if 0 < truth.mean() < 1 else float("nan")
    print(f"{name}: {len(truth)} examples, {truth.mean():.3f} right, error {calibration_error(scores, truth):.3f}, AUC {area:.3f}")
