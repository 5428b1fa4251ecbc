"""Words by their spelling."""

from collections.abc import Sequence

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("mediakit")
class CharacterCNN(layers.Layer):
    """Characters `[…, length]` to what filters of several widths found of them anywhere `[…, widths * filters]` (Ma and Hovy 2016,
    section 2.1, with one width; Kim et al. 2016, section 2.2)."""

    def __init__(self, characters: int, embedding: int, filters: int, widths: Sequence[int], **kwargs):
        super().__init__(**kwargs)
        self.sizes = {"characters": characters, "embedding": embedding, "filters": filters, "widths": list(widths)}
        self.embedding = layers.Embedding(characters, embedding, name="embedding")
        self.filters = [layers.Conv1D(filters, width, padding="same", activation="relu", name=f"filter_{width}") for width in widths]

    def build(self, shape):
        self.embedding.build(shape)
        for part in self.filters:
            part.build((None, shape[-1], self.sizes["embedding"]))

    def call(self, characters):
        # All tokens of all sentences are one batch.
        flat = characters if len(characters.shape) == 2 else ops.reshape(characters, (-1, characters.shape[-1]))
        embedded = self.embedding(flat)
        found = ops.concatenate([ops.max(part(embedded), axis=1) for part in self.filters], axis=-1)
        return found if flat is characters else ops.reshape(found, (*ops.shape(characters)[:-1], found.shape[-1]))

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.sizes["filters"] * len(self.filters))

    def get_config(self):
        return {**super().get_config(), **self.sizes}
