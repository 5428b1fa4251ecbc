"""Attention of a decoder's queries over an encoder's positions."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("mediakit")
class CrossAttention(keras.layers.Layer):
    """Multi-head scaled dot-product attention over keys and values that are projected already.

    Vaswani et al. 2017, section 3.2, without the output projection: keys and values do not change while a decoder writes, so
    they are computed once by the encoder's side and only the query is projected here.

    Call with `query` `[batch, queries, units]`, `keys` `[batch, positions, heads * k]`, `values` `[batch, positions, heads * v]`
    and optionally `mask` `[batch, positions]` (true: may be looked at). Returns the attended values `[batch, queries, heads * v]`
    and the weights, mean over the heads, `[batch, queries, positions]`.
    """

    def __init__(self, heads: int, key_units: int, **kwargs):
        super().__init__(**kwargs)
        if key_units % heads:
            raise ValueError(f"key_units {key_units} cannot be split into {heads} heads")
        self.heads, self.key_units = heads, key_units
        self.query = keras.layers.Dense(key_units, use_bias=False, name="query")

    def build(self, query_shape, keys_shape, values_shape):
        self.query.build(query_shape)
        self.built = True

    def call(self, query, keys, values, mask=None):
        query = self._split(self.query(query) * (self.key_units / self.heads) ** -0.5)
        scores = ops.einsum("bqhd,bphd->bhqp", query, self._split(keys))
        if mask is not None:
            scores = ops.where(ops.cast(mask, "bool")[:, None, None, :], scores, -1e9)
        weights = ops.softmax(scores, axis=-1)
        attended = ops.einsum("bhqp,bphd->bqhd", weights, self._split(values))
        shape = ops.shape(attended)
        return ops.reshape(attended, (shape[0], shape[1], values.shape[-1])), ops.mean(weights, axis=1)

    def _split(self, x):
        shape = ops.shape(x)
        return ops.reshape(x, (shape[0], shape[1], self.heads, x.shape[-1] // self.heads))

    def compute_output_shape(self, query_shape, keys_shape, values_shape):
        return (*query_shape[:2], values_shape[-1]), (*query_shape[:2], keys_shape[1])

    def get_config(self):
        return {**super().get_config(), "heads": self.heads, "key_units": self.key_units}
