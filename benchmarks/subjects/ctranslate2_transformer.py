"""A Transformer as large as the shipped translators, run by CTranslate2 in int8.

    ctranslate2_transformer.py make FOLDER SOURCE.model TARGET.model
    ctranslate2_transformer.py FOLDER FILE BEAM LENGTH

Two layers of 256 units on each side, 5.2 million weights with 5,000 subwords of each language; the target's embedding also scores, as in
the shipped translators. The weights are random, so it would never stop, and each translation is given LENGTH subwords. Reads one
sentence per line, segments it with SentencePiece, translates all lines in one call (sorted by length, with a thread per processor), and
writes one line of text per sentence.
"""

import os
import sys
from pathlib import Path

import ctranslate2
import numpy as np
import sentencepiece

UNITS, INNER, LAYERS, HEADS, BATCH = 256, 512, 2, 4, 32


def make(folder: Path, source: str, target: str) -> None:
    """Write the model, with the pieces of two SentencePiece models as its vocabularies."""
    pieces = [_pieces(path) for path in (source, target)]
    spec = ctranslate2.specs.TransformerSpec.from_config(LAYERS, HEADS)
    rng = np.random.default_rng(0)

    def linear(layer, outputs, inputs):
        layer.weight = rng.normal(0, inputs**-0.5, (outputs, inputs)).astype(np.float32)
        layer.bias = np.zeros(outputs, np.float32)

    def norm(layer):
        layer.gamma, layer.beta = np.ones(UNITS, np.float32), np.zeros(UNITS, np.float32)

    def attention(layer, sizes):
        norm(layer.layer_norm)
        for part, size in zip(layer.linear, sizes, strict=True):
            linear(part, size * UNITS, UNITS)

    for side, embedding, words in (
        (spec.encoder, spec.encoder.embeddings[0], pieces[0]),
        (spec.decoder, spec.decoder.embeddings, pieces[1]),
    ):
        embedding.weight = rng.normal(0, UNITS**-0.5, (len(words), UNITS)).astype(np.float32)
        side.position_encodings.encodings = rng.normal(0, 0.1, (512, UNITS)).astype(np.float32)
        norm(side.layer_norm)
        for layer in side.layer:
            attention(layer.self_attention, (3, 1))
            if side is spec.decoder:
                attention(layer.attention, (1, 2, 1))
            norm(layer.ffn.layer_norm)
            linear(layer.ffn.linear_0, INNER, UNITS)
            linear(layer.ffn.linear_1, UNITS, INNER)
    linear(spec.decoder.projection, len(pieces[1]), UNITS)
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    spec.register_source_vocabulary(pieces[0])
    spec.register_target_vocabulary(pieces[1])
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir(exist_ok=True)
    spec.save(str(folder))
    Path(folder, "source.model").write_bytes(Path(source).read_bytes())


def _pieces(path: str) -> list[str]:
    model = sentencepiece.SentencePieceProcessor(model_file=path)
    return [model.id_to_piece(i) for i in range(len(model))]


def translate(folder: str, file: str, beam: str, length: str) -> None:
    """Translate a file's lines."""
    processors = len(os.sched_getaffinity(0))
    model = ctranslate2.Translator(folder, compute_type="int8", inter_threads=processors, intra_threads=1)
    cut = sentencepiece.SentencePieceProcessor(model_file=str(Path(folder, "source.model")))
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    found = model.translate_batch(
        cut.encode(lines, out_type=str),
        beam_size=int(beam),
        max_batch_size=BATCH,
        min_decoding_length=int(length),
        max_decoding_length=int(length),
    )
    sys.stdout.writelines("".join(one.hypotheses[0]).replace("▁", " ") + "\n" for one in found)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), *sys.argv[3:])
    else:
        translate(*sys.argv[1:])
