"""How similar composed music is to the music it was learned from: statistics of 100 pieces and of the test set.

    python benchmarks/composed_music.py --data poly_music [--dataset jsb] [--n 100] [--figure music.png]

Prints a table of notes at once, repeats within a piece, and quotations: the most chords in a row that also occur in a training piece,
in any key; for chorales also parallel fifths and octaves per 100 changes of chord. Draws pitch classes relative to the tonic, lengths,
and numbers of notes side by side. Pieces of the test set are cut to the length of the composed ones.
"""

import argparse
from pathlib import Path

import measuring
import numpy as np

import mediakit
from mediakit.datasets import pieces
from mediakit.media.voice_leading import count_parallels
from mediakit.tasks.music import metrics as music
from mediakit.tasks.music.figures import draw_distributions

LENGTHS, VOICES = 12, 7
STEPS = ("1", "b2", "2", "b3", "3", "4", "#4", "5", "b6", "6", "b7", "7")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path, help="the folder of the benchmark's piano rolls")
    parser.add_argument("--dataset", default="jsb", choices=["jsb", "nottingham"])
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=45)
    parser.add_argument("--figure", type=Path, help="PNG to write")
    return parser.parse_args()


def main() -> None:
    """Compose, count and print."""
    args = arguments()
    composer = mediakit.load(f"music/{args.dataset}")
    composed = [tune.roll for tune in composer(range(args.n), seconds=args.seconds)]
    longest = max(map(len, composed))
    train, test = (pieces.read(args.data, split, args.dataset) for split in ("train", "test"))
    test = [roll[:longest] for roll in test]
    rows = []
    for name, rolls in ((f"{args.n} composed", composed), (f"{len(test)} of the test set", test)):
        copies = music.longest_copies(rolls, train)
        voices = np.concatenate([roll.sum(axis=1) for roll in rolls]).mean()
        fifths, octaves, changes = np.sum([count_parallels(roll) for roll in rolls], axis=0)
        parallel = [f"{100 * count / max(changes, 1):.1f}" for count in (fifths, octaves)] if args.dataset == "jsb" else ["", ""]
        repeated = f"{100 * music.repeated_share(rolls):.1f} %"
        rows.append([name, f"{voices:.2f}", repeated, f"{np.median(copies):.0f}", str(max(copies)), *parallel])
    columns = ["pieces", "notes at once", "repeated frames", "chords quoted, median", "maximum", "parallel fifths", "octaves"]
    measuring.print_table(columns, rows)
    if args.figure:
        panels = {
            "Pitch classes relative to the tonic": (STEPS, music.pitch_class_shares(composed), music.pitch_class_shares(test)),
            "Length of a note in frames": (
                [*map(str, range(1, LENGTHS)), f"{LENGTHS}+"],
                music.length_shares(composed, LENGTHS),
                music.length_shares(test, LENGTHS),
            ),
            "Notes at once": (
                [*map(str, range(VOICES)), f"{VOICES}+"],
                music.polyphony_shares(composed, VOICES),
                music.polyphony_shares(test, VOICES),
            ),
        }
        draw_distributions(panels, rows[0][0], rows[1][0]).save(args.figure)


if __name__ == "__main__":
    main()
