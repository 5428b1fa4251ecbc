"""Losses that several recipes share, as sums over a replica's examples."""

from keras import ops

from mediakit.training.recipe import Loss


def token_cross_entropy(logits, targets, label_smoothing: float = 0.0, padding: int = 0, weights=None) -> Loss:
    """Cross-entropy with smoothed labels (Szegedy et al. 2016, section 7), summed over the tokens that are not padding.

    Args:
        logits: `[…, steps, vocabulary]`.
        targets: ids `[…, steps]`.
        weights: `[batch]`, of an example's tokens; 1 by default.

    Metrics, both per token: `cross_entropy` without smoothing, whose exponential is the perplexity, and `accuracy`.
    """
    mask = ops.cast(targets != padding, logits.dtype)
    if weights is not None:
        mask = mask * ops.reshape(weights, (-1, *[1] * (len(targets.shape) - 1)))
    log_probabilities = ops.log_softmax(logits, axis=-1)
    chosen = ops.take_along_axis(log_probabilities, targets[..., None], axis=-1)[..., 0]
    uniform = ops.mean(log_probabilities, axis=-1)
    each = -(1 - label_smoothing) * chosen - label_smoothing * uniform
    correct = ops.cast(ops.argmax(logits, axis=-1) == targets, logits.dtype)
    weight = ops.sum(mask)
    metrics = {"cross_entropy": (-ops.sum(chosen * mask), weight), "accuracy": (ops.sum(correct * mask), weight)}
    return Loss(ops.sum(each * mask), weight, metrics)


def binary_cross_entropy(logits, targets, label_smoothing: float = 0.0) -> Loss:
    """Cross-entropy of yes or no with smoothed labels, summed over examples.

    Args:
        logits: of yes, `[batch]`.
        targets: how probable yes is, `[batch]`.

    The metric `accuracy` takes the more probable answer for the right one.
    """
    smooth = targets * (1 - label_smoothing) + 0.5 * label_smoothing
    count = ops.cast(ops.shape(logits)[0], logits.dtype)
    correct = ops.cast(ops.equal(logits > 0, targets > 0.5), logits.dtype)
    return Loss(ops.sum(ops.softplus(logits) - smooth * logits), count, {"accuracy": (ops.sum(correct), count)})
