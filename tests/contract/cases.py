"""For each recipe the smallest data set and settings that exercise all of it. A new recipe is one more entry."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from mediakit.media.sound import write_wav


@dataclass(frozen=True)
class Case:
    """How to try a recipe.

    Args:
        write_data: writes a data set to a folder.
        settings: of a tiny model.
        item: what its pipeline is asked: text, a seed, or the path of a file in the data set.
        steady: settings without random numbers of its own (dropout), for comparisons between devices whose random numbers differ.
    """

    write_data: Callable[[Path], None]
    settings: dict[str, str]
    item: str | int | Path
    steady: dict[str, str] = field(default_factory=dict)


def write_captioned_photos(folder: Path) -> None:
    """Photos of noise with a coloured square, each with one to three captions of different lengths."""
    rng = np.random.default_rng(0)
    colours = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
    rows = ["image,caption,split"]
    for i in range(14):
        colour = list(colours)[i % 3]
        pixels = rng.integers(0, 120, (48, 64, 3)).astype(np.uint8)
        pixels[10:40, 10:40] = colours[colour]
        Image.fromarray(pixels).save(folder / f"{i}.png")
        split = "train" if i < 10 else "dev"
        captions = [f"a {colour} square", f"there is one {colour} square in a picture full of noise", "a square"]
        rows += [f"{i}.png,{caption},{split}" for caption in captions[: 1 + i % 3]]
    (folder / "captions.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def write_captions_and_labels(folder: Path) -> None:
    """Captioned photos, captions without photos, and labelled photos; a detector has seen some of both."""
    write_captioned_photos(folder)
    (folder / "texts").mkdir()
    (folder / "texts" / "some.txt").write_text("a red dog on a green bench\na man in a red shirt\n" * 3, encoding="utf-8")
    labelled = folder / "labelled"
    labelled.mkdir()
    for i in range(6):
        Image.new("RGB", (50, 40), (40 * i, 0, 90)).save(labelled / f"label{i}.png")
    rows = [f"label{i}.png,a {'red dog' if i % 2 else 'man'},train" for i in range(6)]
    (labelled / "captions.csv").write_text("\n".join(["image,caption,split", *rows]) + "\n", encoding="utf-8")
    boxes = np.array([[16, 0.9, 0.1, 0.2, 0.7, 0.6], [0, 0.5, 0.4, 0.4, 0.42, 0.42], [13, 0.3, 0.0, 0.0, 1.0, 1.0]], np.float32)
    np.savez(folder / "detections.npz", names=np.array(["label1.png", "label2.png", "0.png"]), counts=np.array([2, 0, 1]), boxes=boxes)


def write_sentence_pairs(folder: Path) -> None:
    """Sentences of one to six words, translated word by word."""
    rng = np.random.default_rng(0)
    words = {"a": "ein", "dog": "Hund", "cat": "Katze", "red": "roter", "runs": "läuft", "sleeps": "schläft", "and": "und"}
    for split, count in (("train", 12), ("val", 4)):
        english = [rng.choice(list(words), 1 + i % 6).tolist() for i in range(count)]
        for language, lines in (("en", english), ("de", [[words[word] for word in line] for line in english])):
            (folder / f"{split}.{language}").write_text("".join(" ".join(line) + "\n" for line in lines), encoding="utf-8")


def write_labelled_sentences(folder: Path) -> None:
    """Sentences of made words of one to six tokens, names with a capital, in IOB1."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 13), ("dev", 4)):
        lines = []
        for _ in range(count):
            for name in rng.random(rng.integers(1, 7)) < 0.4:
                letters = "".join(rng.choice(list("abcde"), 4))
                lines.append(f"{letters.capitalize()} I-NAME" if name else f"{letters} O")
            lines.append("")
        (folder / f"{split}.txt").write_text("Abba I-NAME\n\n" + "\n".join(lines), encoding="utf-8")
    (folder / "vectors.txt").write_text("abba 0.5 1 -1 0\nbaba 1 0 0 1\ncade -1 1 0 0.5\n", encoding="utf-8")


def write_labelled_texts(folder: Path) -> None:
    """Texts of one to six words, good or bad."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 13), ("dev", 4)):
        lines = ["text,label"]
        for i in range(count):
            words = rng.choice(["the", "food", "was", "very"], i % 6).tolist()
            lines.append(f"{' '.join([*words, ('good', 'bad')[i % 2]])},{('positive', 'negative')[i % 2]}")
        (folder / f"{split}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "vectors.txt").write_text("good 0.5 1 -1 0\nbad 1 0 0 1\nthe -1 1 0 0.5\n", encoding="utf-8")


def write_tunes(folder: Path) -> None:
    """MIDI files of a scale up and down over chords, of different lengths and in different keys."""
    from mediakit.media.midi import write_midi
    from mediakit.media.score import Note, Score, Track

    for split, count in (("train", 14), ("valid", 3)):
        (folder / split).mkdir()
        for i in range(count):
            beats = 3 + i % 5
            scale = [Note(beat, 1, 60 + i + (2 * beat if beat < 4 else 14 - 2 * beat)) for beat in range(beats)]
            chords = [Note(beat, 2, 48 + i + interval) for beat in range(0, beats, 2) for interval in (0, 4, 7)[: 1 + i % 3]]
            with open(folder / split / f"{i}.mid", "wb") as file:
                write_midi(Score((Track("tune", tuple(scale)), Track("chords", tuple(chords))), 100), file)


def write_films(folder: Path) -> None:
    """Posters, stills and frames of noise with a coloured half, whose colour says the genre."""
    rng = np.random.default_rng(0)
    genres = {"Action": (255, 40, 0), "Comedy|Drama": (0, 255, 60), "Horror": (60, 0, 255)}
    tables = {
        "posters.csv": [("id", "title", "year", "genres", "file", "split")],
        "stills.csv": [("id", "title", "year", "genres", "file", "split")],
        "trailer_frames.csv": [("id", "title", "year", "genres", "file", "second", "kind", "split")],
    }

    def picture(name: str, genre: str) -> str:
        pixels = rng.integers(0, 120, (36, 48, 3)).astype(np.uint8)
        pixels[:, 24:] = genres[genre]
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / name)
        return name

    for i in range(9):
        genre = list(genres)[i % 3]
        row = (genre, picture(f"posters/p{i}.jpg", genre), "train")
        tables["posters.csv"].append((f"p{i}", "A poster", "2000", *row))
        row = (genre, picture(f"stills/s{i}/0.jpg", genre), "train")
        tables["stills.csv"].append((f"s{i}", "A still", "2000", *row))
        for second in range(2 + i % 3):
            row = (genre, picture(f"trailer_frames/v{i}/{second:04}.jpg", genre), str(second), "clip", "train" if i < 6 else "val")
            tables["trailer_frames.csv"].append((f"v{i}", "A film", "2000", *row))
    for name, rows in tables.items():
        (folder / name).write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")


def write_pictures(folder: Path) -> None:
    """Discs and squares of several colours on nothing, in two folders."""
    rng = np.random.default_rng(0)
    across, down = np.meshgrid(np.arange(20), np.arange(20))
    for name in ("discs", "squares"):
        (folder / name).mkdir()
        for i in range(12):
            x, y, radius = [*rng.uniform(6, 14, 2).tolist(), rng.uniform(3, 6)]
            distance = np.hypot(across - x, down - y) if name == "discs" else np.maximum(abs(across - x), abs(down - y))
            pixels = np.zeros((20, 20, 4), np.uint8)
            pixels[distance < radius] = (*rng.integers(0, 256, 3), 255)
            Image.fromarray(pixels).save(folder / name / f"{i}.png")


def write_boxed_images(folder: Path) -> None:
    """Images of noise with a square or two, in PASCAL VOC's layout."""
    rng = np.random.default_rng(0)
    for part in ("Annotations", "JPEGImages", "ImageSets/Main"):
        (folder / part).mkdir(parents=True)
    for i in range(14):
        pixels, objects = rng.integers(0, 120, (48, 64, 3)).astype(np.uint8), []
        for k in range(1 + i % 2):
            x, y = 4 + 30 * k, int(rng.integers(0, 20))
            pixels[y : y + 20, x : x + 20, (i + k) % 2] = 250
            edges = {"xmin": x, "ymin": y, "xmax": x + 20, "ymax": y + 20}
            box = "".join(f"<{edge}>{place}</{edge}>" for edge, place in edges.items())
            objects.append(f"<object><name>{('red', 'green')[(i + k) % 2]}</name><bndbox>{box}</bndbox></object>")
        size = "<size><width>64</width><height>48</height></size>"
        Image.fromarray(pixels).save(folder / f"JPEGImages/{i}.png")
        (folder / f"Annotations/{i}.xml").write_text(f"<annotation>{size}{''.join(objects)}</annotation>", encoding="utf-8")
    for split, rows in (("train", range(10)), ("val", range(10, 14))):
        (folder / f"ImageSets/Main/{split}.txt").write_text("".join(f"{i}\n" for i in rows), encoding="utf-8")


def write_masked_photos(folder: Path) -> None:
    """Photos of noise, of two sizes, with a red square or a green bar, and their masks in VOC's layout; a rim is void."""
    rng = np.random.default_rng(0)
    for name in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (folder / name).mkdir(parents=True)
    (folder / "classes.txt").write_text("background\nsquare\nbar\n", encoding="utf-8")
    for i in range(8):
        height, width = (40, 56) if i % 2 else (56, 40)
        pixels, mask = rng.integers(0, 120, (height, width, 3)).astype(np.uint8), np.zeros((height, width), np.uint8)
        region = np.s_[8:30, 6:28] if i % 3 else np.s_[20:30, :]
        mask[:2], mask[region], pixels[region] = 255, 1 if i % 3 else 2, (255, 0, 0) if i % 3 else (0, 255, 0)
        Image.fromarray(pixels).save(folder / "JPEGImages" / f"{i}.jpg", quality=95)
        Image.fromarray(mask).save(folder / "SegmentationClass" / f"{i}.png")
    for split, names in (("train", "0 1 2 3 4 5"), ("val", "6 7")):
        (folder / "ImageSets" / "Segmentation" / f"{split}.txt").write_text(names.replace(" ", "\n") + "\n", encoding="utf-8")


def write_words(folder: Path) -> None:
    """Three recordings of each of two words by each of two speakers, of different lengths."""
    rng = np.random.default_rng(0)
    for label, pitch in (("1", 440), ("no", 200)):
        for speaker in ("ada", "ben"):
            for number in range(3):
                time = np.arange(500 + 60 * number) / 8000
                with open(folder / f"{label}_{speaker}_{number}.wav", "wb") as file:
                    write_wav(0.3 * np.sin(2 * np.pi * pitch * time) + rng.normal(0, 0.01, len(time)), 8000, file)


def write_series(folder: Path) -> None:
    """Waves of several lengths with noise."""
    rng = np.random.default_rng(0)
    for season in (4, 7, 12):
        wave = np.sin(2 * np.pi * np.arange(80) / season) + 0.1 * rng.normal(size=80)
        (folder / f"season{season}.csv").write_text("\n".join(map(str, ["wave", *wave])) + "\n", encoding="utf-8")


def write_traffic(folder: Path) -> None:
    """Speeds of five roads in a row, one of them with gaps: slow waves that run along it, with noise."""
    rng = np.random.default_rng(0)
    speeds = 45 + 12 * np.sin((np.arange(160)[:, None] - 3 * np.arange(5)) / 12) + rng.normal(size=(160, 5))
    speeds[::7, 2] = 0
    graph = np.eye(5) + 0.5 * np.eye(5, k=1) + 0.5 * np.eye(5, k=-1)
    for name, table in (("speeds", speeds), ("adjacency", graph)):
        (folder / f"{name}.csv").write_text("".join(",".join(f"{cell:.2f}" for cell in row) + "\n" for row in table), encoding="utf-8")


CASES = {
    "captioning": Case(
        write_captions_and_labels,
        {
            "encoder": "lite0", "image_size": "64", "imagenet": "false", "embedding": "12", "units": "16", "heads": "2", "key_units": "8",
            "min_count": "1", "max_words": "8", "captions_per_photo": "3", "photos_per_batch": "5", "clip_norm": "0.5",
            "frozen_blocks": "12", "concepts_shown": "4", "texts_per_photo": "2", "texts": "texts", "labelled": "labelled",
            "detections": "detections.npz", "decoder_epochs": "2", "joint_epochs": "1", "concept_epochs": "1", "mixed_epochs": "1",
        },
        Path("0.png"),
        {"dropout": "0", "feature_dropout": "0", "head_dropout": "0"},
    ),
    "dcgan": Case(
        write_pictures,
        {
            "size": "16", "latent": "6", "channel_base": "64", "kernel": "3", "batch_size": "6", "kimg": "0.03",
            "kimg_per_epoch": "0.01", "distance_images": "0",
        },
        0,
    ),
    "fcn": Case(
        write_masked_photos,
        {
            "encoder": "lite0", "imagenet": "false", "height": "64", "width": "64", "channels": "8", "crop": "32", "batch_size": "3",
            "views": "2", "decoder_epochs": "1", "epochs": "2", "frozen_blocks": "14", "clip_norm": "0.5",
        },
        Path("JPEGImages/0.jpg"),
        {"dropout": "0"},
    ),
    "image_classifier": Case(
        write_pictures,
        {
            "network": "cnn", "size": "16", "filters": "4", "stages": "2", "batch_size": "5", "epochs": "3", "warmup": "2",
            "weights": "float32",
        },
        Path("discs/0.png"),
        {"dropout": "0"},
    ),
    "anomaly": Case(
        write_series,
        {
            "units": "6", "window": "24", "synthetic_series": "6", "examples_per_batch": "5", "steps": "3", "epochs": "2", "warmup": "2",
            "clip_norm": "0.5",
        },
        Path("season4.csv"),
    ),
    "anomaly_autoencoder": Case(
        write_series,
        {"units": "6", "window": "5", "batch_size": "5", "most_windows": "15", "epochs": "2", "warmup": "2", "clip_norm": "0.5"},
        Path("season4.csv"),
    ),
    "forecasting": Case(
        write_series,
        {
            "units": "6", "window": "24", "held_out": "8", "examples_per_batch": "5", "steps": "3", "epochs": "2", "warmup": "2",
            "clip_norm": "0.5",
        },
        Path("season4.csv"),
    ),
    "lenet": Case(write_pictures, {"batch_size": "5", "epochs": "3"}, Path("discs/0.png")),
    "music": Case(
        write_tunes,
        {
            "frames_per_beat": "2", "units": "8", "layers": "1", "hidden": "12", "crop": "8", "crops_per_batch": "5", "epochs": "3",
            "warmup": "2", "clip_norm": "0.5",
        },
        0,
        {"dropout": "0", "note_dropout": "0"},
    ),
    "named_entities": Case(
        write_labelled_sentences,
        {
            "vectors": "vectors.txt", "min_count": "1", "character_embedding": "6", "character_filters": "4", "widest_filter": "3",
            "characters_per_token": "5", "units": "8", "sentences_per_batch": "5", "batches_per_bucket": "2", "clip_norm": "0.5",
            "epochs": "3", "warmup": "2",
        },
        "Abba",
        {"dropout": "0"},
    ),
    "pix2pix": Case(
        write_pictures,
        {
            "size": "32", "shipped_size": "64", "imagenet": "false", "frozen_blocks": "14", "channels": "4", "most_channels": "8",
            "discriminator_channels": "4", "batch_size": "5", "steps_per_epoch": "2", "l1_epochs": "1", "epochs": "2", "dropout": "0.1",
        },
        Path("discs/0.png"),
        {"dropout": "0"},
    ),
    "sentiment": Case(
        write_labelled_texts,
        {
            "vectors": "vectors.txt", "min_count": "1", "character_embedding": "6", "character_filters": "4", "widest_filter": "3",
            "characters_per_word": "5", "units": "8", "heads": "2", "hidden": "6", "texts_per_batch": "5", "batches_per_bucket": "2",
            "reviews": "1", "epochs": "3", "warmup": "2", "clip_norm": "0.5",
        },
        "good food",
        {"dropout": "0"},
    ),
    "ssd": Case(
        write_boxed_images,
        {
            "size": "64", "train_size": "64", "imagenet": "false", "channels": "8", "epochs": "2", "steps_per_epoch": "2",
            "batch_size": "6", "warmup": "1", "clip_norm": "0.5", "frozen_blocks": "12",
        },
        Path("JPEGImages/0.png"),
    ),
    "style_gan": Case(
        write_pictures,
        {
            "size": "8", "latent": "6", "style": "5", "mapping_layers": "1", "channel_base": "32", "channel_max": "6",
            "batch_size": "8", "kimg": "0.064", "alone_kimg": "0.032", "kimg_per_epoch": "0.032", "r1_every": "1", "path_every": "1",
            "projected_size": "32", "imagenet": "false", "augmentation": "adaptive", "augmentation_target": "-2",
            "augmentation_kimg": "0.1", "distance_images": "0",
        },
        0,
    ),
    "traffic": Case(
        write_traffic,
        {
            "units": "6", "hidden": "8", "hops": "2", "minutes": "60", "batch_size": "5", "epochs": "2", "warmup": "2",
            "clip_norm": "0.5",
        },
        Path("speeds.csv"),
        {"dropout": "0"},
    ),
    "translation": Case(
        write_sentence_pairs,
        {
            "vocabulary": "60", "embedding": "8", "units": "12", "sentences_per_batch": "5", "batches_per_bucket": "2", "epochs": "2",
            "warmup": "1",
        },
        "a dog",
        {"dropout": "0", "state_dropout": "0", "monitor": "none"},
    ),
    "wavenet": Case(
        write_words,
        {
            "channels": "3", "skip": "4", "mixture": "2", "window": "3", "dilations": "4", "cycles": "1", "template": "3", "condition": "2",
            "hidden": "4", "validation": "1", "epochs": "2", "warmup": "2",
        },
        "no 1",
    ),
    "trailer_genre": Case(
        write_films,
        {
            "image_size": "32", "imagenet": "false", "projection": "8", "units": "4", "hold_out": "val", "views": "2",
            "steps_per_epoch": "3", "images_per_batch": "5", "films_per_batch": "5", "moments": "3", "image_epochs": "1",
            "film_epochs": "2", "clip_norm": "0.5",
        },
        Path("trailer_frames/v0"),
        {"dropout": "0", "feature_dropout": "0"},
    ),
}  # fmt: skip
