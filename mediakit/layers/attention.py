"""Attention of a decoder's queries over an encoder's positions."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("mediakit")
class CrossAttention(keras.layers.Layer):
    """Multi-head scaled dot-product attention (Vaswani et al. 2017, section 3.2) without the projections.

    Queries, keys and values must be projected already. Keys and values do not change while a decoder runs, so the encoder's side
    projects them once.

    Call with `query` `[batch, queries, heads * k]`, `keys` `[batch, positions, heads * k]`, `values`
    `[batch, positions, heads * v]`, and optionally `mask` `[batch, positions]`, true for visible positions. Returns the attended
    values `[batch, queries, heads * v]`, and the weights averaged over heads, `[batch, queries, positions]`.
    """

    def __init__(self, heads: int, **kwargs):
        super().__init__(**kwargs)
        self.heads = heads

    def call(self, query, keys, values, mask=None):
        query, keys, values = self._split(query), self._split(keys), self._split(values)
        scores = ops.matmul(query * query.shape[-1] ** -0.5, ops.transpose(keys, (0, 1, 3, 2)))
        if mask is not None:
            # Arithmetic instead of `where`: LiteRT cannot slice boolean tensors of dynamic size.
            hidden = 1.0 - ops.cast(mask, scores.dtype)
            scores = scores - 1e9 * ops.reshape(hidden, (-1, 1, 1, _size(hidden, 1)))
        weights = ops.softmax(scores, axis=-1)
        attended = ops.transpose(ops.matmul(weights, values), (0, 2, 1, 3))
        return ops.reshape(attended, (-1, _size(attended, 1), self.heads * values.shape[-1])), ops.mean(weights, axis=1)

    def _split(self, x):
        if x.shape[-1] % self.heads:
            raise ValueError(f"{x.shape[-1]} units cannot be split into {self.heads} heads")
        return ops.transpose(ops.reshape(x, (-1, _size(x, 1), self.heads, x.shape[-1] // self.heads)), (0, 2, 1, 3))

    def compute_output_shape(self, query_shape, keys_shape, values_shape):
        return (*query_shape[:2], values_shape[-1]), (*query_shape[:2], keys_shape[1])

    def get_config(self):
        return {**super().get_config(), "heads": self.heads}


def _size(x, axis: int):
    """The static size if there is one: LiteRT then runs the reshape without dynamic tensors."""
    return x.shape[axis] if x.shape[axis] is not None else ops.shape(x)[axis]
