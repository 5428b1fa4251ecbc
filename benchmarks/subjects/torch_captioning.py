"""The captioning recipe's decoder and its cross-entropy phase in PyTorch: PLAN [bfloat16]. Prints examples per second."""

import json
import sys
import time
from pathlib import Path

import torch
from made_features import batches
from prefetching import prefetched
from torch import nn
from torch.nn import functional as F  # noqa: N812

WARM_UP = 5


class Decoder(nn.Module):
    """The recipe's `caption_decoder` without concepts, layer by layer."""

    def __init__(self, plan: dict):
        super().__init__()
        embedding, units, keys = plan["embedding"], plan["units"], plan["key_units"]
        self.heads = plan["heads"]
        self.seen = nn.Dropout(plan["feature_dropout"])
        self.drop = nn.Dropout(plan["dropout"])
        self.keys = nn.Linear(plan["channels"], keys, bias=False)
        self.values = nn.Linear(plan["channels"], units)
        self.gist = nn.Linear(plan["channels"], embedding)
        self.words = nn.Embedding(plan["vocabulary"], embedding)
        self.lstm = nn.LSTM(2 * embedding, units, batch_first=True)
        self.query = nn.Linear(units, keys, bias=False)
        self.gate = nn.Linear(units, units)
        self.readout = nn.Linear(2 * units, embedding)

    def forward(self, regions: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        """Regions `[batch, regions, channels]`, words `[batch, captions, steps]` to logits `[batch, steps, words]`."""
        batch, captions, steps = words.shape
        seen = self.seen(regions)
        gist = F.relu(self.gist(seen.mean(1)))
        word = self.drop(self.words(words))
        both = torch.cat([word, gist[:, None, None].expand_as(word)], -1).flatten(0, 1)
        hidden = self.lstm(both)[0].reshape(batch, captions * steps, -1)
        query, key, value = (self._split(x) for x in (self.query(hidden), self.keys(seen), self.values(seen)))
        attended = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        context = torch.sigmoid(self.gate(hidden)) * attended
        readout = self.readout(self.drop(torch.cat([hidden, context], -1)))
        return readout @ self.words.weight.T

    def _split(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


def main() -> None:
    """Train and print."""
    plan = json.loads(Path(sys.argv[1]).read_text())
    half = sys.argv[2:] == ["bfloat16"]
    torch.manual_seed(0)
    model = Decoder(plan)
    optimizer = torch.optim.Adam(model.parameters(), lr=plan["decoder_rate"], betas=(0.9, 0.98), fused=True)
    average = [p.detach().clone() for p in model.parameters()]
    steps = 2 * plan["steps"]
    made = ((torch.from_numpy(regions), torch.from_numpy(captions).long()) for regions, captions in batches(plan, steps + WARM_UP))
    for step, (regions, captions) in enumerate(prefetched(made)):
        if step == WARM_UP:
            began = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            logits = model(regions, captions[:, :, :-1])
        targets = captions[:, :, 1:].flatten()
        loss = F.cross_entropy(logits.float().flatten(0, 1), targets, ignore_index=0, label_smoothing=plan["label_smoothing"])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), plan["clip_norm"])
        optimizer.step()
        torch._foreach_lerp_(average, [p.detach() for p in model.parameters()], 1 - plan["average"])
        loss.item()
    print(steps * plan["photos_per_batch"] / (time.perf_counter() - began))


if __name__ == "__main__":
    main()
