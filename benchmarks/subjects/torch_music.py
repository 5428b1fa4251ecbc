"""The music recipe's model and training in PyTorch: SCRATCH, with the batches made by `train_music_recipe.py`. Prints frames per second."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from prefetching import prefetched
from torch import nn
from torch.nn import functional as F  # noqa: N812

KEYS, REACH = 88, 36
EPOCHS = 3


class Music(nn.Module):
    """The recipe's `build`, layer by layer."""

    def __init__(self, plan: dict, frame: int, note: int, intervals: int):
        super().__init__()
        units, hidden = plan["units"], plan["hidden"]
        self.lstms = nn.LSTM(frame, units, plan["layers"], batch_first=True, dropout=plan["dropout"])
        self.frame_dropout, self.dropout = nn.Dropout(plan["dropout"] / 2), nn.Dropout(plan["dropout"])
        self.over = nn.Linear(units, 1)
        self.from_frame, self.from_note = nn.Linear(units, hidden, bias=False), nn.Linear(note, hidden)
        self.second, self.note_dropout = nn.Linear(hidden, hidden), nn.Dropout(plan["note_dropout"])
        self.keys, self.intervals = nn.Linear(hidden, KEYS + 1), nn.Linear(hidden, intervals)

    def forward(self, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probabilities of the notes and logits of the end."""
        heard = self.dropout(self.lstms(self.frame_dropout(batch["frame"]))[0])
        first = F.relu(self.from_frame(heard)[:, :, None] + self.from_note(batch["note"]))
        second = self.note_dropout(first + F.relu(self.second(self.note_dropout(first))))
        intervals = F.pad(self.intervals(second), (1, 1))
        keys = torch.arange(KEYS + 1)
        index = (keys + REACH + 1 - batch["reference"][..., None]).clamp(0, intervals.shape[-1] - 1)
        logits = self.keys(second) + intervals.gather(-1, index.masked_fill(keys == KEYS, 0))
        allowed = (keys < batch["above"][..., None]) | (keys == KEYS)
        return F.log_softmax(logits.masked_fill(~allowed, -1e9), -1), self.over(heard)[..., 0]


def loss_of(model: Music, batch: dict[str, torch.Tensor], ending: float) -> torch.Tensor:
    """The recipe's `music_loss`, nats per frame."""
    log_probabilities, over = model(batch)
    notes, ended = batch["notes"], batch["over"]
    chosen = log_probabilities.gather(-1, notes.clamp(min=0)[..., None])[..., 0]
    end = (F.softplus(over) - over * (ended == 1))[ended >= 0].sum()
    return (ending * end - chosen[notes >= 0].sum()) / (notes[:, :, 0] >= 0).sum()


def batches(scratch: Path, steps: int) -> Iterator[dict[str, torch.Tensor]]:
    """One epoch's batches."""
    for number in range(steps):
        with np.load(scratch / f"{number}.npz") as arrays:
            parts = {name: torch.from_numpy(part) for name, part in arrays.items()}
        yield {name: part if part.is_floating_point() else part.long() for name, part in parts.items()}


def main() -> None:
    """Train and print."""
    scratch = Path(sys.argv[1])
    plan = json.loads((scratch / "plan.json").read_text())
    first = next(batches(scratch, 1))
    torch.manual_seed(0)
    model = Music(plan, first["frame"].shape[-1], first["note"].shape[-1], 61)
    optimizer = torch.optim.AdamW(model.parameters(), lr=plan["rate"], weight_decay=plan["weight_decay"], fused=True)
    average = [p.detach().clone() for p in model.parameters()]
    seconds = 0.0
    for epoch in range(EPOCHS):
        began = time.perf_counter()
        for batch in prefetched(batches(scratch, plan["steps"]), 2):
            optimizer.zero_grad()
            loss_of(model, batch, plan["end_weight"]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), plan["clip_norm"])
            optimizer.step()
            with torch.no_grad():
                torch._foreach_lerp_(average, list(model.parameters()), 1 - plan["average"])
        seconds += (time.perf_counter() - began) if epoch else 0.0
    print(plan["frames"] * (EPOCHS - 1) / seconds)


if __name__ == "__main__":
    main()
