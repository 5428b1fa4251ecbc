"""Sentences and subwords per second of `mediakit translate`, and of CTranslate2 with a Transformer of the same size.

    python benchmarks/translation_throughput.py [--text FILE] [--model NAME] [--count 1000] [--times 3] [--torch-python PYTHON]

Both read the same sentences as the same subwords, search with the same beam, compute in int8 and use all processors. The Transformer's
weights are random, so only the time matters; its translations have the mean length of the shipped model's. Each runs in a fresh
process on a small and a large file, in turn. The first rate includes start-up. The second does not: it is computed from the
differences between the large and the small file.

FILE has one sentence per line. Without it, captions are composed from a few dozen words.
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import measuring

SUBJECT = Path(__file__).parent / "subjects" / "ctranslate2_transformer.py"
WHO = "a man|a young woman|two boys|three girls in red shirts|an old man with a hat|a brown dog|several people|a child in a blue jacket"
DOES = "rides a bicycle|plays the guitar|is jumping into a pool|sits on a bench|are walking|runs|holds a camera|is cooking a meal"
WHERE = "on the beach|in front of a large building|down a busy street|in the park|near the water|at night|next to a white car|in the snow"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, help="a file with one sentence per line")
    parser.add_argument("--model", default="translation/en-de", help="shipped model or model folder")
    parser.add_argument("--count", type=int, default=1000, help="sentences")
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--torch-python", default=sys.executable, help="a Python with ctranslate2 and sentencepiece")
    return parser.parse_args()


def synthetic_captions(count: int) -> list[str]:
    """Synthetic captions of about five to twenty words, all different, since `mediakit translate` translates equal ones once.
    There are no more than 20,000."""
    rng = random.Random(0)
    captions: dict[str, None] = {}
    while len(captions) < min(count, 20_000):  # of 25,600 possible ones
        places = " ".join(rng.sample(WHERE.split("|"), rng.randint(1, 3)))
        captions[f"{rng.choice(WHO.split('|'))} {rng.choice(DOES.split('|'))} {places}.".capitalize()] = None
    return list(captions)


def main() -> None:
    """Measure and print."""
    from mediakit.runtime.model_folder import open_folder
    from mediakit.text.subwords import Subwords

    args = arguments()
    lines = args.text.read_text(encoding="utf-8").splitlines() if args.text else synthetic_captions(args.count)
    lines = [lines[i % len(lines)] for i in range(args.count)]
    folder = open_folder(args.model)
    target = Subwords.read(folder.file("target"))
    ours = [measuring.mediakit_command(), "translate", "--model", args.model, "--beam", str(args.beam), "--quiet"]
    few_count = max(args.count // 10, 1)
    with tempfile.TemporaryDirectory() as scratch:
        files = {"few": Path(scratch) / "few.txt", "many": Path(scratch) / "many.txt"}
        for name, count in (("few", few_count), ("many", args.count)):
            files[name].write_text("".join(f"{line}\n" for line in lines[:count]), encoding="utf-8")
        written = measuring.run([*ours, str(files["many"])]).output.splitlines()
        length = round(statistics.mean(len(target.encode(line)) + 1 for line in written))
        compared = {"mediakit translate": ours}
        if measuring.can_import(args.torch_python, "ctranslate2", "sentencepiece"):
            model = Path(scratch) / "transformer"
            subwords = [str(folder.file(name)) for name in ("source", "target")]
            subprocess.run([args.torch_python, str(SUBJECT), "make", str(model), *subwords], check=True)
            compared["CTranslate2, Transformer of the same size"] = [args.torch_python, str(SUBJECT), str(model)]
        else:
            print("skipping CTranslate2: not installed (see --torch-python)", file=sys.stderr)
        tail = {"mediakit translate": []}
        each = {
            f"{name}, {size}": [*command, str(path), *tail.get(name, [str(args.beam), str(length)])]
            for name, command in compared.items()
            for size, path in files.items()
        }
        runs = measuring.in_turn(each, args.times)
    rows = []
    first = runs["mediakit translate, many"]
    for name in compared:
        pairs = list(zip(runs[f"{name}, few"], runs[f"{name}, many"], strict=True))
        steady = statistics.median((args.count - few_count) / (b.seconds - a.seconds) for a, b in pairs)
        whole = runs[f"{name}, many"]
        speed, ratio = args.count / measuring.median_seconds(whole), 1 / measuring.ratio(first, whole)
        rows.append([name, f"{speed:,.0f}", f"{steady:,.0f}", f"{steady * length:,.0f}", f"{ratio:.2f}", f"{measuring.peak_mb(whole):.0f}"])
    print(measuring.machine())
    header = ["sentences/s with start-up", "sentences/s without", "subwords/s without", "mediakit / this", "peak MB"]
    measuring.print_table([f"{args.count:,} sentences, {length} subwords, beam {args.beam}", *header], rows)


if __name__ == "__main__":
    main()
