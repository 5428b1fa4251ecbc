"""The architecture of spaCy's en_core_web_sm with only its entity recogniser: FILE (one sentence per line, spaces between tokens).

The weights are random, so only its time matters. Writes a token and its label per line.
"""

import sys

import spacy
from spacy.tokens import Doc
from spacy.training import Example

LABELS = ("PER", "LOC", "ORG", "MISC")
# As in en_core_web_sm 3: its config.cfg, [components.ner.model].
MODEL = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "ner",
    "extra_state_tokens": False,
    "hidden_width": 64,
    "maxout_pieces": 2,
    "use_upper": True,
    "nO": None,
    "tok2vec": {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": 96,
            "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
            "rows": [5000, 1000, 2500, 2500],
            "include_static_vectors": False,
        },
        "encode": {"@architectures": "spacy.MaxoutWindowEncoder.v2", "width": 96, "depth": 4, "window_size": 1, "maxout_pieces": 3},
    },
}


def main() -> None:
    """Tag the file."""
    nlp = spacy.blank("en")
    recogniser = nlp.add_pipe("ner", config={"model": MODEL})
    for label in LABELS:
        recogniser.add_label(label)
    example = Example.from_dict(nlp.make_doc("London"), {"entities": [(0, 6, "LOC")]})
    nlp.initialize(lambda: [example])
    with open(sys.argv[1], encoding="utf-8") as lines:
        docs = (Doc(nlp.vocab, words=line.split()) for line in lines if line.strip())
        for doc in nlp.pipe(docs, batch_size=256):
            sys.stdout.write("".join(f"{token.text} {token.ent_iob_}-{token.ent_type_}\n" for token in doc) + "\n")


if __name__ == "__main__":
    main()
