"""One sense per discourse (Gale, Church and Yarowsky 1992): a name that is certain in one place of a document helps in its others."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from mediakit.tasks.named_entities.degrees import PERSONS
from mediakit.tasks.named_entities.tagging import TokenSpan

CERTAIN = 0.8  # score with which a name tells its type to the document's other places
DOUBTFUL = 0.9  # an entity with a lower score takes that type
TAKEN_OVER = 0.65  # score of what was changed or added: the share that was right on development sentences
NOT_SOUGHT = ("MISC",)  # such names are often ordinary words elsewhere
_DATES = """
    January February March April May June July August September October November December
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday
"""
CALENDAR = frozenset(_DATES.split())
Name = tuple[str, ...]


def consistent(sentences: Sequence[Sequence[str]], found: Sequence[Sequence[TokenSpan]]) -> list[list[TokenSpan]]:
    """The entities of a document's sentences, with the same name labelled alike.

    A name's type is the one with the highest sum of scores, if one of them is `CERTAIN`; a person's also counts for the surname alone.
    `DOUBTFUL` entities of such names take the type, and places where no entity was found get one.

    Args:
        sentences: the tokens of each sentence.
        found: the entities of each, in order.
    """
    types = _certain_types(sentences, found)
    if not types:
        return [list(entities) for entities in found]
    sought = {name: type_ for name, type_ in types.items() if type_ not in NOT_SOUGHT}
    ordinary = {token for tokens in sentences for token in tokens if token.islower()}
    longest = max(map(len, sought), default=0)
    results = []
    for tokens, entities in zip(sentences, found, strict=True):
        relabelled = [_relabelled(entity, types.get(tuple(tokens[entity.start : entity.end]))) for entity in entities]
        results.append(sorted([*relabelled, *_missed(tokens, relabelled, sought, longest, ordinary)]))
    return results


def _certain_types(sentences: Sequence[Sequence[str]], found: Sequence[Sequence[TokenSpan]]) -> dict[Name, str]:
    """The type of each name of which one occurrence is certain, and of the surnames of such persons."""
    votes: dict[Name, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    highest: dict[tuple[Name, str], float] = defaultdict(float)
    for tokens, entities in zip(sentences, found, strict=True):
        for entity in entities:
            name = tuple(tokens[entity.start : entity.end])
            votes[name][entity.type] += entity.score
            highest[name, entity.type] = max(highest[name, entity.type], entity.score)
    winners = {name: max(scores, key=scores.__getitem__) for name, scores in votes.items()}
    types = {name: type_ for name, type_ in winners.items() if highest[name, type_] >= CERTAIN}
    surnames = {name[-1:]: type_ for name, type_ in types.items() if type_ in PERSONS and len(name) > 1 and len(name[-1]) > 2}
    return surnames | types


def _relabelled(entity: TokenSpan, type_: str | None) -> TokenSpan:
    if type_ in (None, entity.type) or entity.score >= DOUBTFUL:
        return entity
    return entity._replace(type=type_, score=TAKEN_OVER)


def _missed(
    tokens: Sequence[str], entities: Sequence[TokenSpan], sought: Mapping[Name, str], longest: int, ordinary: set[str]
) -> Iterator[TokenSpan]:
    """Names between a sentence's entities, the longest first. A single word must not be an ordinary word of the document or a date."""
    taken = {i for entity in entities for i in range(entity.start, entity.end)}
    start = 0
    while start < len(tokens):
        ends = range(min(start + longest, len(tokens)), start, -1) if tokens[start][:1].isupper() else ()
        for end in ends:
            name = tuple(tokens[start:end])
            if name not in sought or not taken.isdisjoint(range(start, end)):
                continue
            if len(name) == 1 and (len(name[0]) < 3 or name[0].lower() in ordinary or name[0] in CALENDAR):
                continue
            yield TokenSpan(start, end, sought[name], TAKEN_OVER)
            start = end - 1
            break
        start += 1
