"""The loss of an LSTM encoder-decoder with attention, in fewer and larger matrix products.

It equals `token_cross_entropy` of the logits of `recipes.translation`, whose layers it uses, but a training step on a CPU takes
57 % of the time (246 instead of 434 ms with 96 sentences):

- what does not depend on the step before is computed for all steps at once;
- so is the gradient of each kernel, after the loop, where automatic differentiation adds up one product per step;
- padding is dropped before subwords are scored.
"""

from collections.abc import Callable

import keras
import tensorflow as tf

from mediakit.text.vocabulary import PAD
from mediakit.training.distribution import matrix_type
from mediakit.training.recipe import Loss


def translation_loss(model: keras.Model, source: tf.Tensor, target: tf.Tensor, label_smoothing: float) -> Loss:
    """Cross-entropy with smoothed labels (Szegedy et al. 2016, section 7), summed over subwords; dropout is active.

    Args:
        model: a model of `recipes.translation` with LSTM cells.
        source: subwords `[batch, positions]`, padded on the right.
        target: subwords `[batch, steps + 1]` from START to END, padded on the right.
        label_smoothing: the share of the probability that is spread over all subwords.
    """
    memory, hidden, cell = _encode(model.get_layer("encoder"), source)
    memory = model.get_layer("memory_dropout")(memory, training=True)
    readouts = _decode(model, memory, tf.not_equal(source, PAD), hidden, cell, target[:, :-1])
    targets = tf.transpose(target[:, 1:])
    real = tf.not_equal(targets, PAD)
    targets, readouts = tf.boolean_mask(targets, real), tf.boolean_mask(readouts, real)
    readouts = model.get_layer("readout_dropout")(readouts, training=True)

    table = tf.convert_to_tensor(model.get_layer("target_embedding").embeddings)
    logits = _product(readouts, table, transpose=True)
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
    # Smoothing adds the distance from the target's logit to the mean logit. Neither takes another pass over the logits.
    chosen = tf.reduce_sum(readouts * tf.gather(table, targets), axis=-1)
    mean = tf.linalg.matvec(readouts, tf.reduce_mean(table, axis=0))
    weight = tf.cast(tf.size(targets), tf.float32)
    total = tf.reduce_sum(cross_entropy + label_smoothing * (chosen - mean))
    return Loss(total, weight, {"cross_entropy": (tf.reduce_sum(cross_entropy), weight)})


def _encode(encoder: keras.Model, source: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Memory `[batch, positions, units]`, arbitrary at padding, and the last hidden state and cell `[batch, units]`."""
    both = encoder.get_layer("bidirectional")
    cells = both.forward_layer.cell, both.backward_layer.cell
    lengths = tf.reduce_sum(tf.cast(tf.not_equal(source, PAD), tf.int32), axis=1)
    words = encoder.get_layer("source_dropout")(encoder.get_layer("source_embedding")(source), training=True)
    words = words, tf.reverse_sequence(words, lengths, seq_axis=1)
    gates = tf.stack([_gates(tf.transpose(each, (1, 0, 2)), cell.kernel, cell.bias) for each, cell in zip(words, cells, strict=True)], 1)
    recurrent = _StepProduct(tf.stack([tf.convert_to_tensor(cell.recurrent_kernel) for cell in cells]), gates)
    batch, steps, units = tf.shape(source)[0], tf.shape(source)[1], cells[0].units
    zeros = tf.zeros((2, batch, units))
    keep = tf.stack([_dropout_mask(cell.recurrent_dropout, zeros[0], cell.seed_generator) for cell in cells])

    def step(t, hidden, cell, inputs, hiddens, cell_states):
        kept = hidden * keep
        hidden, cell = _lstm(recurrent(t, kept), cell)
        return t + 1, hidden, cell, inputs.write(t, tf.stop_gradient(kept)), hiddens.write(t, hidden), cell_states.write(t, cell)

    arrays = [tf.TensorArray(tf.float32, steps, element_shape=(2, None, units)) for _ in range(3)]
    *_, inputs, hiddens, cell_states = _loop(step, steps, zeros, zeros, *arrays)
    recurrent.inputs = inputs.stack()
    hiddens, cell_states = (tf.transpose(array.stack(), (1, 2, 0, 3)) for array in (hiddens, cell_states))
    memory = tf.concat([hiddens[0], tf.reverse_sequence(hiddens[1], lengths, seq_axis=1)], axis=-1)
    last = tf.stack([tf.range(batch), tf.maximum(lengths - 1, 0)], axis=1)
    hidden, cell = (tf.concat([tf.gather_nd(states[way], last) for way in (0, 1)], axis=-1) for states in (hiddens, cell_states))
    return memory, hidden, cell


def _decode(model: keras.Model, memory: tf.Tensor, mask: tf.Tensor, hidden: tf.Tensor, cell: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Read-outs `[steps, batch, readout]` for target subwords `[batch, steps]`."""
    decoder, embedding = model.get_layer("decoder"), model.get_layer("target_embedding")
    words = model.get_layer("target_dropout")(embedding(tf.transpose(target)) * embedding.output_dim**0.5, training=True)
    batch, steps, units, size = tf.shape(target)[0], tf.shape(target)[1], decoder.units, words.shape[-1]
    kernel, recurrent_kernel, readout_kernel, query = map(
        tf.convert_to_tensor, (decoder.cell.kernel, decoder.cell.recurrent_kernel, decoder.readout.kernel, decoder.query.kernel)
    )
    gates = _StepProduct(
        tf.concat([kernel[size:], recurrent_kernel], axis=0)[None],
        _gates(words, kernel[:size], decoder.cell.bias)[:, None],
    )
    # The query's projection and the scores' scale are part of the keys, `[batch, units, positions]`.
    keys = tf.transpose(_product(memory, query, transpose=True), (0, 2, 1)) * units**-0.5
    hidden_positions = -1e9 * (1.0 - tf.cast(mask, tf.float32))
    scores = _StepProduct(keys, tf.tile(hidden_positions[None, :, None], (steps, 1, 1, 1)))
    contexts = _StepProduct(memory, tf.zeros((steps, batch, 1, units)))
    readouts = _StepProduct(readout_kernel[None], tf.zeros((steps, 1, batch, 1)) + decoder.readout.bias)
    first_readout = tf.zeros((batch, decoder.readout_units))
    keep_hidden, keep_readout = (decoder.dropout(tf.ones_like(state), training=True) for state in (hidden, first_readout))

    def step(t, hidden, cell, readout, *arrays):
        fed = tf.concat([readout * keep_readout, hidden * keep_hidden], axis=-1)[None]
        hidden, cell = _lstm(gates(t, fed)[0], cell)
        weights = tf.nn.softmax(scores(t, hidden[:, None]))
        attended = tf.concat([hidden, contexts(t, weights)[:, 0]], axis=-1)[None]
        readout = tf.tanh(readouts(t, attended)[0])
        kept = map(tf.stop_gradient, (fed, weights, attended))
        return t + 1, hidden, cell, readout, *(array.write(t, values) for array, values in zip(arrays, (*kept, readout), strict=True))

    shapes = (1, None, decoder.readout_units + units), (None, 1, None), (1, None, 2 * units), (None, decoder.readout_units)
    arrays = [tf.TensorArray(tf.float32, steps, element_shape=shape) for shape in shapes]
    *_, fed, weights, attended, written = _loop(step, steps, hidden, cell, first_readout, *arrays)
    gates.inputs, contexts.inputs, readouts.inputs = fed.stack(), weights.stack(), attended.stack()
    scores.inputs = tf.transpose(readouts.inputs[..., :units], (0, 2, 1, 3))
    return written.stack()


class _StepProduct:
    """`addends[t] + inputs @ kernel` within a loop over steps t, whose kernel has its gradient from all steps at once.

    The gradient of a sum is that of its addends; after the loop backwards they are known for all steps, and one product with the
    inputs of all steps is the kernel's. So `inputs`, `[steps, groups, rows, n]`, must be set after the loop.

    Args:
        kernel: `[groups, n, m]`.
        addends: `[steps, groups, rows, m]`.
    """

    def __init__(self, kernel: tf.Tensor, addends: tf.Tensor):
        self.inputs: tf.Tensor | None = None
        self._kernel = tf.stop_gradient(tf.cast(kernel, matrix_type()))

        @tf.custom_gradient
        def attach(addends, kernel):
            return tf.identity(addends), lambda gradient: (gradient, self._kernel_gradient(gradient))

        attached = attach(addends, kernel)
        self._addends = tf.TensorArray(tf.float32, tf.shape(addends)[0], element_shape=addends.shape[1:]).unstack(attached)

    def __call__(self, t: tf.Tensor, inputs: tf.Tensor) -> tf.Tensor:
        """The sum `[groups, rows, m]` for inputs `[groups, rows, n]`."""

        @tf.custom_gradient
        def product(inputs):
            return _batched(inputs, self._kernel), lambda gradient: _batched(gradient, self._kernel, transpose_b=True)

        return self._addends.read(t) + product(inputs)

    def _kernel_gradient(self, gradient: tf.Tensor) -> tf.Tensor:
        rows = []
        for each in (self.inputs, gradient):  # [steps, groups, rows, …] to [groups, steps * rows, …]
            shape = tf.shape(each)
            rows.append(tf.reshape(tf.transpose(each, (1, 0, 2, 3)), (shape[1], shape[0] * shape[2], shape[3])))
        return _batched(*rows, transpose_a=True)


def _loop(step: Callable, steps: tf.Tensor, *first: tf.Tensor | tf.TensorArray) -> list:
    """The last values of a loop's variables after the step's number."""
    return tf.while_loop(lambda t, *_: t < steps, step, (0, *first), maximum_iterations=steps)


def _lstm(gates: tf.Tensor, cell: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The next hidden state and cell, by Keras's order of the gates."""
    into, forget, candidate, out = tf.split(gates, 4, axis=-1)
    cell = tf.sigmoid(forget) * cell + tf.sigmoid(into) * tf.tanh(candidate)
    return tf.sigmoid(out) * tf.tanh(cell), cell


def _gates(words: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    return _product(words, tf.convert_to_tensor(kernel)) + bias


def _dropout_mask(rate: float, like: tf.Tensor, seed: keras.random.SeedGenerator) -> tf.Tensor:
    ones = tf.ones_like(like)
    return keras.random.dropout(ones, rate, seed=seed) if rate else ones


def _product(x: tf.Tensor, kernel: tf.Tensor, transpose: bool = False) -> tf.Tensor:
    """`[…, n]` times `[n, m]`, or `[m, n]` transposed, as one product."""
    rows = _batched(tf.reshape(x, (-1, x.shape[-1])), kernel, transpose_b=transpose)
    return tf.reshape(rows, tf.concat([tf.shape(x)[:-1], rows.shape[1:]], axis=0))


def _batched(a: tf.Tensor, b: tf.Tensor, **transpose: bool) -> tf.Tensor:
    """A product in the precision of the run, as float32."""
    a, b = tf.cast(a, matrix_type()), tf.cast(b, matrix_type())
    return tf.cast(tf.matmul(a, b, **transpose), tf.float32)
