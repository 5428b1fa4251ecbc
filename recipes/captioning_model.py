"""The captioner: a convolutional encoder, a head that finds concepts, and an attentive decoder.

The shape is that of "Show, Attend and Tell" (Xu et al. 2015): a CNN's last feature map is a set of
regions, and a recurrent decoder attends to them again for every word.

Photos with captions show few kinds of things. Others come in through concepts, as in novel object
captioning (Hendricks et al. 2016; You et al. 2016): the head predicts which of 508 words a caption
would use, and the decoder attends to the most probable ones as well. The head also predicts whether
a photo is like those with captions. The decoder has learned to read the regions of such photos
alone, so on others the regions count less and the concepts more.

How it is trained is in captioning.py.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from mediakit.datasets import caption_texts, captioned_photos, concepts
from mediakit.datasets.captioned_photos import CaptionedPhoto
from mediakit.datasets.concepts import COCO_CLASSES
from mediakit.datasets.origin import Origin, own_data
from mediakit.layers import efficientnet_lite
from mediakit.layers.caption_decoder import caption_decoder, photo_memory, word_step
from mediakit.layers.concept_head import concept_head
from mediakit.text.vocabulary import Vocabulary, tokenize
from mediakit.training.concepts import SHOWN, Detections, Lexicon
from mediakit.training.recipe import Export, ModelFolder, require
from mediakit.training.warm_start import WarmStart


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    # Paths, absolute or relative to the data's folder. Without them the recipe trains on photos
    # with captions alone.
    texts: str = ""  # folder of captions without photos, one a line, in *.txt or *.txt.gz
    labelled: str = ""  # folder of labelled photos, with sentences made of labels as captions.csv
    detections: str = ""  # boxes on all photos, from benchmarks/detect_objects.py

    encoder: str = "lite2"  # 77.6 % ImageNet top-1, 6 M parameters: led lite0 from the first epoch
    image_size: int = 260  # lite2's own; 9 x 9 regions
    imagenet: bool = True  # start from ImageNet weights; false only for tests
    embedding: int = 300
    units: int = 512  # LSTM
    heads: int = 4
    key_units: int = 256  # all heads together
    concepts_shown: int = 16  # to the decoder; captions name four or five
    dropout: float = 0.4  # words and read-out
    feature_dropout: float = 0.2
    head_dropout: float = 0.3
    label_smoothing: float = 0.1  # Szegedy et al. 2016, section 7
    min_count: int = 4  # words seen less often become <unknown>, which is never written
    max_words: int = 19  # with the end token 20 steps: 97 % of Flickr8k's captions are shorter
    captions_per_photo: int = 5
    photos_per_batch: int = 20
    clip_norm: float = 5.0
    average: float = 0.998  # moving average of the weights: the last 500 steps
    unlisted: bool = True  # train on Flickr8k's photos that are in no split, too

    decoder_epochs: int = 9
    decoder_rate: float = 1e-3
    joint_epochs: int = 5
    joint_rate: float = 4e-4  # the decoder's
    joint_encoder_rate: float = 1e-4
    frozen_blocks: int = 8  # of 21: edges and textures stay ImageNet's, and a step costs half
    # Share of ImageNet's weights in the tuned encoder (Wortsman et al. 2022): ImageNet's classifier
    # then still works on it.
    kept: float = 0.25
    concept_epochs: int = 8
    concept_rate: float = 1.5e-3
    mixed_epochs: int = 1
    mixed_rate: float = 6e-4
    texts_per_photo: int = 6  # captions without photos beside each photo of a batch
    withheld: float = 0.3  # share of the photos whose regions the decoder does not see
    # Weights of a word about a photo with captions, and of one in a caption that a labelled photo
    # borrowed; a word of a caption without a photo has 1.
    photo_weight: float = 4.0
    labelled_weight: float = 2.0
    seed: int = 1
    decoding: dict = field(
        default_factory=lambda: {"beam": 3, "length_exponent": 1.0, "block_repeats": 3}
    )
    # The least probability at which a caption may name a concept (tasks/captioning/concepts.py).
    # Flickr8k is full of dogs: without a limit of their own, other animals become dogs elsewhere.
    limits: dict = field(
        default_factory=lambda: {
            "person": 0.25,
            "thing": 0.05,
            "things": {"dog": 0.4, "dogs": 0.4, "puppy": 0.4},
        }
    )
    # The shipped model's; benchmarks/calibrate_captions.py fits those of another.
    confidence: dict = field(
        default_factory=lambda: {
            "intercept": -1.88,
            "support": 1.78,
            "least_support": 3.135,
        }
    )


# --- data -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Photos with captions, labelled photos, captions without photos, vocabulary and concepts."""

    train: list[CaptionedPhoto]
    validation: list[CaptionedPhoto]
    vocabulary: Vocabulary
    lexicon: Lexicon
    origin: Origin
    texts: list[str] = field(default_factory=list)
    labelled: list[CaptionedPhoto] = field(default_factory=list)
    detections: Detections | None = None
    sources: tuple[Origin, ...] = ()  # of texts, labels and detections


def read(config: Config, folder: Path, start: WarmStart | None = None) -> Data:
    """Read a folder in any layout of `mediakit.datasets.captioned_photos`, and the data beside it.

    A warm start's words stay; those that the captions bring are added.
    """
    train = captioned_photos.read(folder, "train")
    if config.unlisted and captioned_photos.has_split(folder, "unlisted"):
        train = train + captioned_photos.read(folder, "unlisted")
    validation = captioned_photos.read(folder, "dev")
    batch = config.photos_per_batch
    require(
        len(train) >= batch,
        f"{folder}: {len(train)} training photos, fewer than one batch of {batch}",
    )
    texts = caption_texts.read(folder / config.texts) if config.texts else []
    captions = [*(caption for photo in train for caption in photo.captions), *texts]
    known = start.data.vocabulary if start else None
    vocabulary = Vocabulary.build(captions, config.min_count, known=known)
    also = [
        (config.texts, "captions without photos"),
        (config.labelled, "labelled photos"),
        (config.detections, "boxes of a detector"),
    ]
    return Data(
        train,
        validation,
        vocabulary,
        Lexicon(concepts.read_table(), vocabulary),
        captioned_photos.origin(folder),
        [text for text in texts if len(tokenize(text)) < config.max_words],
        captioned_photos.read(folder / config.labelled, "train") if config.labelled else [],
        Detections.read(folder / config.detections) if config.detections else None,
        tuple(own_data(folder / path, holds) for path, holds in also if path),
    )


def read_files(config: Config, folder: ModelFolder) -> Data:
    """The vocabulary of a model folder, without photos."""
    vocabulary = Vocabulary.read(folder.file("vocabulary"))
    lexicon = Lexicon(concepts.read_table(), vocabulary)
    return Data([], [], vocabulary, lexicon, own_data(folder.path, "photos"))


# --- model ----------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """The whole model: photos `[batch, size, size, 3]` in 0..255 and captions
    `[batch, captions, steps]` to logits of each next word `[batch, captions, steps, vocabulary]`.
    """
    encoder = build_encoder(config)
    side, _, channels = encoder.output_shape[1:]
    head = concept_head(
        side * side,
        channels,
        len(COCO_CLASSES),
        data.lexicon.imagenet_matrix,
        data.lexicon.evidence_columns,
        efficientnet_lite.imagenet_classifier(config.encoder) if config.imagenet else None,
        config.feature_dropout,
        config.head_dropout,
    )
    decoder = caption_decoder(
        len(data.vocabulary),
        side * side,
        channels,
        concepts=config.concepts_shown,
        captions=config.captions_per_photo,
        steps=config.max_words + 1,
        embedding=config.embedding,
        units=config.units,
        key_units=config.key_units,
        heads=config.heads,
        dropout=config.dropout,
        feature_dropout=config.feature_dropout,
    )
    image = keras.Input(encoder.input_shape[1:], name="image")
    words = keras.Input(decoder.input[-1].shape[1:], dtype="int32", name="words")
    regions = layers.Reshape((side * side, channels))(encoder(image))
    _, concept_logits, familiar = head(regions)
    _, shown, probabilities = most_probable(config, data.lexicon, concept_logits)
    logits = decoder([regions, ops.sigmoid(familiar), shown, probabilities, words])
    return keras.Model([image, words], logits, name="captioning")


def build_encoder(config: Config) -> keras.Model:
    """An EfficientNet-Lite, with ImageNet's weights unless the config refuses them."""
    encoder = efficientnet_lite.efficientnet_lite(config.encoder, config.image_size, folded=True)
    if config.imagenet:
        weights = efficientnet_lite.imagenet_weights(config.encoder)
        efficientnet_lite.load_imagenet_weights(encoder, weights)
    return encoder


def encoder_of(model: keras.Model) -> keras.Model:
    """The EfficientNet inside the model."""
    return next(layer for layer in model.layers if layer.name.startswith("efficientnet"))


def most_probable(config: Config, lexicon: Lexicon, logits):
    """Logits of the concepts `[batch, concepts]` to their probabilities, and to the words and
    probabilities `[batch, shown]` of those that the decoder sees. Probability 0 stands for none.
    """
    probabilities = ops.sigmoid(logits)
    best, places = ops.top_k(probabilities, config.concepts_shown)
    best = best * ops.cast(best >= SHOWN, best.dtype)
    return probabilities, ops.take(lexicon.words, places), best


def describe(config: Config, lexicon: Lexicon, model: keras.Model, regions):
    """Regions `[batch, regions, channels]` to the concepts' probabilities and the inputs of
    `word_step` but for the tokens."""
    _, concept_logits, familiar = model.get_layer("head")(regions, training=False)
    probabilities, shown, best = most_probable(config, lexicon, concept_logits)
    decoder = model.get_layer("decoder")
    return probabilities, photo_memory(decoder, regions, ops.sigmoid(familiar), shown, best)


# --- what ships -----------------------------------------------------------------------------------


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """Photo to regions; regions to concepts and all that the decoder reads; the next word of any
    number of captions (beams are the batch)."""
    encoder, decoder = encoder_of(model), model.get_layer("decoder")
    image = keras.Input(encoder.input_shape[1:], name="image")
    regions = keras.Input(decoder.input[0].shape[1:], name="regions")
    probabilities, memory = describe(config, data.lexicon, model, regions)
    pixels = np.random.default_rng(0).uniform(0, 255, (1, *image.shape[1:])).astype(np.float32)
    features = np.asarray(encoder(pixels)).reshape(1, *regions.shape[1:])
    found = {"regions": layers.Reshape(regions.shape[1:])(encoder(image))}
    return {
        "encoder": Export(
            keras.Model({"image": image}, found),
            batch=1,
            weights="float16",
            tolerance=0.02,
            example={"image": pixels},
        ),
        "head": Export(
            keras.Model({"regions": regions}, {**memory, "concepts": probabilities}),
            batch=1,
            weights="int8",
            tolerance=0.1,
            example={"regions": features},
        ),
        "decoder": Export(word_step(decoder), weights="int8", tolerance=0.05),
    }


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """What belongs in the model folder beside the networks."""
    return {
        "vocabulary.txt": data.vocabulary.write,
        "concepts.tsv": lambda path: shutil.copyfile(concepts.TABLE, path),
    }


def axis_names(config: Config, data: Data) -> dict[str, tuple]:
    """The rows of the word embedding."""
    return {"embedding/embeddings": (data.vocabulary.words, None)}
