"""Distributions of mu-law codes: mixtures of logistics cut into codes, and softmaxes over codes.

A mixture of M logistics (Salimans et al. 2017, section 2.1) has 3 * M parameters: the logits of its weights, its means on the mu-law
scale relative to the value before, and the logarithms of its scales. With `mixture` 0 a distribution is 256 logits.
"""

from keras import ops

from mediakit.media.mu_law import CODES

HALF = 1 / (CODES - 1)  # half of a code's width on the mu-law scale
# How a network's outputs, which are about 1 in size, become means and scales.
MEAN_UNIT, LOG_SCALE = 0.1, -4.0
LEAST_LOG_SCALE, MOST_LOG_SCALE = -8.0, 3.0


def companded(codes):
    """Codes as values on the mu-law scale, in -1..1."""
    return ops.cast(codes, "float32") / ((CODES - 1) / 2) - 1


def log_probabilities(distribution, before, codes, mixture: int):
    """Log-probabilities, in nats, of codes `[...]`.

    Args:
        distribution: `[..., 3 * mixture]`, or `[..., 256]` logits.
        before: the values before the codes, on the mu-law scale, `[...]`.
        codes: int32 `[...]`.
        mixture: how many logistics; 0 for a softmax.
    """
    if not mixture:
        chosen = ops.take_along_axis(distribution, codes[..., None], axis=-1)[..., 0]
        return chosen - ops.logsumexp(distribution, axis=-1)
    weights, means, scales = _parts(distribution, before)
    distance = companded(codes)[..., None] - means
    above, below = (distance + HALF) / scales, (distance - HALF) / scales
    first, last = (codes == 0)[..., None], (codes == CODES - 1)[..., None]
    # The first and the last code take what lies beyond them. log(sigmoid(above) - sigmoid(below)) is exact in the tails like this:
    under = ops.where(last, 0.0, ops.softplus(-above))
    over = ops.where(first, 0.0, ops.softplus(below))
    width = ops.where(ops.logical_or(first, last), 0.0, ops.log(-ops.expm1(-2 * HALF / scales)))
    each = width - under - over + weights - ops.logsumexp(weights, axis=-1, keepdims=True)
    return ops.logsumexp(each, axis=-1)


def draw(distribution, before, noise, mixture: int):
    """Codes `[batch]`, int32, drawn with given noise.

    Args:
        distribution: `[batch, 3 * mixture]`, or `[batch, 256]` logits.
        before: the values before the codes, on the mu-law scale, `[batch]`.
        noise: from a Gumbel distribution, times the temperature, `[batch, mixture + 2]` or `[batch, 256]`. The difference of the last
            two is a logistic's noise.
        mixture: how many logistics; 0 for a softmax.
    """
    if not mixture:
        return ops.top_k(distribution + noise, 1)[1][:, 0]
    weights, means, scales = _parts(distribution, before)
    chosen = ops.top_k(weights + noise[:, :mixture], 1)[1]
    mean, scale = (ops.take_along_axis(part, chosen, axis=1)[:, 0] for part in (means, scales))
    value = mean + scale * (noise[:, mixture] - noise[:, mixture + 1])
    code = ops.round((ops.clip(value, -1, 1) + 1) * ((CODES - 1) / 2))
    return ops.cast(code, "int32")


def _parts(distribution, before):
    """Logits of the weights, means and scales, each `[..., mixture]`."""
    weights, means, log_scales = ops.split(distribution, 3, axis=-1)
    return weights, before[..., None] + MEAN_UNIT * means, ops.exp(ops.clip(log_scales + LOG_SCALE, LEAST_LOG_SCALE, MOST_LOG_SCALE))
