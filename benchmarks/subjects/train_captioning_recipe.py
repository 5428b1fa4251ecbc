"""The captioning recipe's first phase in mediakit's trainer, on synthetic features: PLAN [plan].

Prints examples per second. With `plan`, only completes the plan file.
"""

import dataclasses
import json
import os
import sys
from pathlib import Path

from timed_training import EPOCHS, examples_a_second

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main() -> None:
    """Complete the plan, or train and print."""
    file = Path(sys.argv[1])
    plan = json.loads(file.read_text())

    from mediakit.layers.efficientnet_lite import HEAD_CHANNELS
    from mediakit.recipes import captioning
    from mediakit.training.loading import make_config

    config = make_config(captioning.Config, dict(pair.split("=", 1) for pair in plan["settings"]))
    config = dataclasses.replace(config, imagenet=False, decoder_epochs=EPOCHS)
    side = -(-config.image_size // 32)
    plan = {**dataclasses.asdict(config), **plan, "regions": side * side, "channels": HEAD_CHANNELS}
    if sys.argv[2:] == ["plan"]:
        file.write_text(json.dumps(plan))
    else:
        print(train(captioning, config, plan))


def train(captioning, config, plan: dict) -> float:
    """Examples per second of the phase."""
    from made_features import batches

    from mediakit.datasets.captioned_photos import CaptionedPhoto
    from mediakit.datasets.concepts import read_table
    from mediakit.datasets.origin import Origin
    from mediakit.text.vocabulary import Vocabulary
    from mediakit.training.concepts import Lexicon
    from mediakit.training.distribution import make_strategy

    words = Vocabulary.build([" ".join(f"w{i}" for i in range(plan["vocabulary"] - 4))], 1)
    unused = [CaptionedPhoto(Path("unused.jpg"), ("a dog",))] * config.photos_per_batch
    strategy = make_strategy("one")
    data = captioning.Data(unused, unused, words, Lexicon(read_table(), words), Origin("made", "none"))
    model = captioning.build(config, data)
    phase = captioning.phases(config, data, model, Path("unused"))[0]

    def made(epoch: int, start: int):
        return ({"regions": regions, "captions": captions} for regions, captions in batches(plan, plan["steps"]))

    return examples_a_second(model, phase, strategy, plan["steps"], made, plan["steps"] * config.photos_per_batch)


if __name__ == "__main__":
    main()
