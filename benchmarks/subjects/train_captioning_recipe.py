"""The captioning recipe's first phase in mediakit's trainer, on made-up features: PLAN [plan].

Prints the examples a second. With `plan` it only completes the plan file.
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
    from mediakit.training.recipe import make_config

    config = make_config(captioning.Config, dict(pair.split("=", 1) for pair in plan["settings"]))
    config = dataclasses.replace(config, imagenet=False, decoder_epochs=EPOCHS)
    side = -(-config.image_size // 32)
    plan = {**dataclasses.asdict(config), **plan, "regions": side * side, "channels": HEAD_CHANNELS}
    if sys.argv[2:] == ["plan"]:
        file.write_text(json.dumps(plan))
    else:
        print(train(captioning, config, plan))


def train(captioning, config, plan: dict) -> float:
    """Examples a second of the phase."""
    import tensorflow as tf
    from made_features import batches

    from mediakit.datasets.captioned_photos import CaptionedPhoto
    from mediakit.text.vocabulary import Vocabulary
    from mediakit.training.distribution import make_strategy
    from mediakit.training.recipe import Context

    words = Vocabulary.build([" ".join(f"w{i}" for i in range(plan["vocabulary"] - 4))], 1)
    unused = [CaptionedPhoto(Path("unused.jpg"), ("a dog",))] * config.photos_per_batch
    strategy = make_strategy("one")
    model = captioning.build(config, captioning.Data(unused, unused, words))
    context = Context(config, model, captioning.Data(unused, unused, words), Path("unused"))
    phase = captioning.phases(context)[0]

    def dataset(shard, epoch: int, start: int) -> tf.data.Dataset:
        signature = (
            tf.TensorSpec((None, plan["regions"], plan["channels"])),
            tf.TensorSpec((None, config.captions_per_photo, config.max_words + 2), tf.int32),
        )
        made = tf.data.Dataset.from_generator(lambda: batches(plan, plan["steps"]), output_signature=signature)
        return made.map(lambda regions, captions: {"regions": regions, "captions": captions}).prefetch(4)

    return examples_a_second(model, phase, strategy, plan["steps"], dataset, plan["steps"] * config.photos_per_batch)


if __name__ == "__main__":
    main()
