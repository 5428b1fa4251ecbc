"""The music recipe in mediakit's trainer: SCRATCH [DATA SET STEPS].

With DATA it only makes the batches and the plan that both sides read; else it trains on them and prints the frames a second of the
epochs after the first, which compiles.
"""

import dataclasses
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
EPOCHS = 3


def main() -> None:
    """Make the batches, or train and print."""
    import numpy as np

    from mediakit.recipes import music
    from mediakit.training.recipe import Shard

    scratch = Path(sys.argv[1])
    if sys.argv[2:]:
        data, dataset, steps = sys.argv[2:]
        config = music.Config(dataset=dataset)
        crops = music.TrainingCrops(config, music.read(config, Path(data)).train)
        made = [batch for epoch in range(1 + int(steps) // crops.steps) for batch in crops.arrays(Shard(), epoch, 0)][: int(steps)]
        for number, batch in enumerate(made):
            np.savez(scratch / f"{number}.npz", **batch)
        frames = sum(int((batch["notes"][:, :, 0] >= 0).sum()) for batch in made)
        (scratch / "plan.json").write_text(json.dumps({**dataclasses.asdict(config), "steps": len(made), "frames": frames}))
    else:
        print(train(music, scratch))


def train(music, scratch: Path) -> float:
    """Frames a second of training."""
    import numpy as np
    import tensorflow as tf

    from mediakit.training.distribution import make_strategy
    from mediakit.training.recipe import Context
    from mediakit.training.trainer import Trainer

    plan = json.loads((scratch / "plan.json").read_text())
    config = music.Config(dataset=plan["dataset"])
    data = music.Data([np.eye(88, dtype=np.uint8)], [np.eye(88, dtype=np.uint8)], plan["dataset"])
    strategy = make_strategy("one")
    model = music.build(config, data)
    phase = music.phases(Context(config, model, data, Path("unused")))[0]
    signature = phase.batches(None, 0, 0).element_spec

    def dataset(shard, epoch: int, start: int) -> tf.data.Dataset:
        def read():
            for number in range(plan["steps"]):
                with np.load(scratch / f"{number}.npz") as arrays:
                    yield dict(arrays)

        return tf.data.Dataset.from_generator(read, output_signature=signature).prefetch(2)

    quick = dataclasses.replace(phase, epochs=EPOCHS, steps=plan["steps"], batches=dataset, validate=None, watch=None)
    with tempfile.TemporaryDirectory() as run:
        Trainer(model, [quick], strategy, Path(run)).train()
        rows = [json.loads(line) for line in (Path(run) / "metrics.jsonl").read_text().splitlines()]
    return plan["frames"] * len(rows[1:]) / sum(row["seconds"] for row in rows[1:])


if __name__ == "__main__":
    main()
