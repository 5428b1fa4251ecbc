"""A BiLSTM-CRF with the shipped tagger's sizes in ordinary PyTorch: FILE (one sentence per line, spaces between tokens).

Sentences of similar length are batched, padded and packed. The features of each distinct token in a batch are computed once. Viterbi
runs over the whole batch. The weights are random, so only its time matters. Writes a token and its label per line.
"""

import sys

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

WORDS, DIMENSIONS, CHARACTERS, CHARACTER_DIMENSIONS, FILTERS, WIDTHS = 110_000, 100, 90, 32, 48, (2, 3, 4)
LENGTH, SHAPES, UNITS, LABELS, BATCH = 20, 8, 200, 17, 64


class Tagger(nn.Module):
    """Scores labels from words, characters and shapes, and finds the best ones."""

    def __init__(self):
        super().__init__()
        self.word = nn.Embedding(WORDS, DIMENSIONS)
        self.character = nn.Embedding(CHARACTERS, CHARACTER_DIMENSIONS)
        self.filters = nn.ModuleList(nn.Conv1d(CHARACTER_DIMENSIONS, FILTERS, width, padding="same") for width in WIDTHS)
        self.lstm = nn.LSTM(DIMENSIONS + FILTERS * len(WIDTHS) + SHAPES, UNITS, bidirectional=True, batch_first=True)
        self.scores = nn.Linear(2 * UNITS, LABELS)
        self.transitions = nn.Parameter(torch.randn(LABELS, LABELS))

    def forward(self, words, characters, shapes, tokens, lengths):
        """The best labels `[batch, longest]` from features of distinct tokens, sentences as rows of these, and lengths."""
        embedded = self.character(characters).transpose(1, 2)
        spelling = [torch.relu(part(embedded)).amax(dim=2) for part in self.filters]
        features = torch.cat([self.word(words), *spelling, shapes], dim=1)[tokens]
        packed = pack_padded_sequence(features, lengths, batch_first=True, enforce_sorted=False)
        hidden, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return self.viterbi(self.scores(hidden))

    def viterbi(self, scores):
        """The best path of each sentence, including padding."""
        best, backpointers = scores[:, 0], []
        for step in scores[:, 1:].unbind(dim=1):
            best, before = (best[:, :, None] + self.transitions).max(dim=1)
            best = best + step
            backpointers.append(before)
        path = [best.argmax(dim=1)]
        for before in reversed(backpointers):
            path.append(before.gather(1, path[-1][:, None])[:, 0])
        return torch.stack(path[::-1], dim=1)


def features(tokens):
    """Words, characters and shapes of distinct tokens."""
    words = torch.tensor([hash(token.lower()) % WORDS for token in tokens])
    codes = [[ord(character) % CHARACTERS for character in token[:LENGTH]] for token in tokens]
    characters = torch.tensor([row + [0] * (LENGTH - len(row)) for row in codes])
    shapes = torch.tensor(
        [
            [t[:1].isupper(), t.isupper(), t.islower(), t[1:] != t[1:].lower(), not t.isalpha(), t.isdigit(), not t.isalnum(), "-" in t]
            for t in tokens
        ],
        dtype=torch.float32,
    )
    return words, characters, shapes


@torch.inference_mode()
def main() -> None:
    """Tag the file."""
    with open(sys.argv[1], encoding="utf-8") as lines:
        sentences = [line.split() for line in lines if line.strip()]
    torch.manual_seed(0)
    tagger = Tagger().eval()
    order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
    labels: list[list[int]] = [[] for _ in sentences]
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        distinct = {token: i for i, token in enumerate(dict.fromkeys(token for row in rows for token in sentences[row]))}
        tokens = [torch.tensor([distinct[token] for token in sentences[row]]) for row in rows]
        lengths = torch.tensor([len(part) for part in tokens])
        paths = tagger(*features(list(distinct)), nn.utils.rnn.pad_sequence(tokens, batch_first=True), lengths)
        for row, path in zip(rows, paths.tolist(), strict=True):
            labels[row] = path[: len(sentences[row])]
    for sentence, path in zip(sentences, labels, strict=True):
        sys.stdout.write("".join(f"{token} {label}\n" for token, label in zip(sentence, path, strict=True)) + "\n")


if __name__ == "__main__":
    main()
