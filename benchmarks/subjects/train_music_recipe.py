"""The music recipe in mediakit's trainer: SCRATCH [DATA SET STEPS].

With DATA, only makes the batches and the plan that both sides read. Otherwise trains on them and prints frames per second.
"""

import dataclasses
import json
import os
import sys
from pathlib import Path

from timed_training import examples_a_second

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main() -> None:
    """Make the batches, or train and print."""
    import numpy as np

    from mediakit.recipes import music

    scratch = Path(sys.argv[1])
    if sys.argv[2:]:
        data, dataset, steps = sys.argv[2:]
        config = music.Config(dataset=dataset)
        crops = music.TrainingCrops(config, music.read(config, Path(data)).train)
        made = [batch for epoch in range(1 + int(steps) // crops.steps) for batch in crops.batches(epoch, 0)][: int(steps)]
        for number, batch in enumerate(made):
            np.savez(scratch / f"{number}.npz", **batch)
        frames = sum(int((batch["notes"][:, :, 0] >= 0).sum()) for batch in made)
        (scratch / "plan.json").write_text(json.dumps({**dataclasses.asdict(config), "steps": len(made), "frames": frames}))
    else:
        print(train(music, scratch))


def train(music, scratch: Path) -> float:
    """Frames per second of training."""
    import numpy as np

    from mediakit.training.distribution import make_strategy

    plan = json.loads((scratch / "plan.json").read_text())
    config = music.Config(dataset=plan["dataset"])
    data = music.Data([np.eye(88, dtype=np.uint8)], [np.eye(88, dtype=np.uint8)], plan["dataset"])
    strategy = make_strategy("one")
    model = music.build(config, data)
    phase = music.phases(config, data, model, Path("unused"))[0]

    def batches(epoch: int, start: int):
        for number in range(plan["steps"]):
            with np.load(scratch / f"{number}.npz") as arrays:
                yield dict(arrays)

    return examples_a_second(model, phase, strategy, plan["steps"], batches, plan["frames"])


if __name__ == "__main__":
    main()
