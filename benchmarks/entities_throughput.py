"""Words per second of `mediakit entities` and of other taggers on the same sentences.

    python benchmarks/entities_throughput.py [--text FILE] [--model NAME] [--words 100000] [--times 3] [--torch-python PYTHON]

Compared with a batched BiLSTM-CRF of the same sizes in PyTorch, and with the architecture of spaCy's en_core_web_sm with only its
entity recogniser (both with random weights, so only the time matters). Each runs in a fresh process on a small and a large file, in
turn. The first rate includes start-up. The second does not: it is computed from the differences between the large and the small
file. mediakit runs its networks on one thread, the others on --threads.

FILE has one sentence per line, with spaces between tokens. Without it, sentences of 5 to 30 of the model's words are sampled, frequent
words more often.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
from pathlib import Path

import measuring


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, help="tokenised sentences")
    parser.add_argument("--model", default="named_entities/en", help="shipped model or model folder")
    parser.add_argument("--words", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1, help="threads of the others")
    parser.add_argument("--torch-python", default=sys.executable, help="a Python with torch, or spacy, or both")
    return parser.parse_args()


def sampled_sentences(model: str) -> list[str]:
    """20,000 sentences of the model's words, sampled by Zipf's law; every fourth word is capitalised."""
    from mediakit.runtime.model_folder import open_folder
    from mediakit.text.word_features import WordFeatures

    words = WordFeatures.read(open_folder(model).file("words")).words
    rng = random.Random(0)
    shown = [word.capitalize() if rng.random() < 0.25 else word for word in words if len(word.split()) == 1]
    weights = [1 / (rank + 10) for rank in range(len(shown))]
    tokens = iter(rng.choices(shown, weights, k=600_000))
    return [" ".join(next(tokens) for _ in range(rng.randint(5, 30))) for _ in range(20_000)]


def write(path: Path, sentences: list[str], words: int) -> int:
    """Write sentences, repeating them as needed, until there are at least this many words. Returns the number of words."""
    count = number = 0
    with open(path, "w", encoding="utf-8") as file:
        while count < words:
            sentence = sentences[number % len(sentences)]
            file.write(f"{sentence}\n")
            count, number = count + len(sentence.split()), number + 1
    return count


def commands(args: argparse.Namespace) -> dict[str, list[str]]:
    """The commands to compare; each takes a file."""
    model = ["--model", args.model, "--tokens", "--iob", "--quiet"]
    chosen = {"mediakit entities": [measuring.mediakit_command(), "entities", *model]}
    for name, module, script in (
        ("BiLSTM-CRF of the same sizes, PyTorch", "torch", "torch_bilstm_crf.py"),
        ("en_core_web_sm's architecture, spaCy", "spacy", "spacy_ner.py"),
    ):
        if measuring.can_import(args.torch_python, module):
            chosen[name] = [args.torch_python, str(measuring.SUBJECTS / script)]
        else:
            print(f"skipping {name}: {module} is not installed (see --torch-python)", file=sys.stderr)
    return chosen


def main() -> None:
    """Measure and print."""
    args = arguments()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    lines = args.text.read_text(encoding="utf-8").split("\n") if args.text else sampled_sentences(args.model)
    sentences = [line for line in lines if line.strip()]
    with tempfile.TemporaryDirectory() as scratch:
        files = {"few": Path(scratch) / "few.txt", "many": Path(scratch) / "many.txt"}
        few, many = (write(files[name], sentences, words) for name, words in (("few", args.words // 10), ("many", args.words)))
        compared = commands(args)
        each = {f"{name}, {size}": [*command, str(path)] for name, command in compared.items() for size, path in files.items()}
        runs = measuring.in_turn(each, args.times)
    rows = []
    first = runs["mediakit entities, many"]
    for name in compared:
        pairs = list(zip(runs[f"{name}, few"], runs[f"{name}, many"], strict=True))
        steady = statistics.median((many - few) / (b.seconds - a.seconds) for a, b in pairs)
        whole = runs[f"{name}, many"]
        speed, ratio = many / measuring.median_seconds(whole), 1 / measuring.ratio(first, whole)
        rows.append([name, f"{speed:,.0f}", f"{steady:,.0f}", f"{ratio:.1f}", f"{measuring.peak_mb(whole):.0f}"])
    print(measuring.machine())
    measuring.print_table([f"{many:,} words", "words/s with start-up", "words/s without", "mediakit / this", "peak MB"], rows)


if __name__ == "__main__":
    main()
