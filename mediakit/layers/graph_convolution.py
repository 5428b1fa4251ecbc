"""Graph convolution over k-hop neighbourhoods (Cui et al. 2019, section III.C)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable("mediakit")
class GraphConvolution(layers.Layer):
    """For each hop k the sum over neighbours, Σ_j W_kij x_j, where W is learned and 0 where the support A is.

    Training starts from W = A. Without `per_edge` it stays there: the layer then learns nothing that belongs to one graph.

    Args:
        supports: A, `[hops, roads, roads]`.
        per_edge: learn W.
        weight_penalty: L1 norm of W - A in units of the mean weight, times this.
        feature_penalty: mean squared difference between the features of neighbouring hops, times this.
    """

    def __init__(self, supports, per_edge: bool = True, weight_penalty: float = 0.0, feature_penalty: float = 0.0, **kwargs):
        super().__init__(**kwargs)
        self.supports = np.asarray(supports, np.float32)
        self.per_edge, self.weight_penalty, self.feature_penalty = per_edge, weight_penalty, feature_penalty

    def build(self, shape):
        """One weight for each hop and pair of roads, in units of the mean weight, so that all learn at the usual rate."""
        self._joined = (self.supports > 0).astype(np.float32)
        self._unit = float(self.supports.sum() / max(self._joined.sum(), 1.0)) or 1.0
        if self.per_edge:
            start = self.supports / self._unit
            self.edges = self.add_weight(name="edges", shape=start.shape, initializer=lambda shape, dtype=None: ops.cast(start, dtype))

    def kernel(self):
        """W, `[hops, roads, roads]`."""
        if not self.per_edge:
            return ops.convert_to_tensor(self.supports)
        return self._unit * (ops.convert_to_tensor(self._joined) * self.edges)

    def call(self, x):
        """`[batch, steps, roads]` to `[batch, steps, roads, hops]`."""
        features = ops.einsum("kij,btj->btik", self.kernel(), x)
        if self.per_edge:
            changes = ops.abs(self.edges - ops.convert_to_tensor(self.supports / self._unit))
            self.add_loss(self.weight_penalty * ops.sum(changes * ops.convert_to_tensor(self._joined)))
        if self.feature_penalty and len(self.supports) > 1:
            self.add_loss(self.feature_penalty * ops.mean(ops.square(features[..., 1:] - features[..., :-1])))
        return features

    def compute_output_shape(self, shape):
        """Of an input of this shape."""
        return (*shape, len(self.supports))

    def get_config(self):
        return super().get_config() | {
            "supports": self.supports.tolist(),
            "per_edge": self.per_edge,
            "weight_penalty": self.weight_penalty,
            "feature_penalty": self.feature_penalty,
        }
