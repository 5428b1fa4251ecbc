"""Named entities as `mediakit serve` offers them."""

from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service

if TYPE_CHECKING:
    from mediakit.tasks.named_entities.pipeline import Entities


class Entity(TypedDict):
    """An entity: characters `start` up to, not including, `end` of the text."""

    text: str
    label: str
    start: int
    end: int
    score: float


class Answer(TypedDict):
    """The entities of a text, in order."""

    entities: list[Entity]


def _views(found: "Entities") -> list[views.View]:
    return [views.Spans(found.text, [views.Span(each.start, each.end, each.label, round(each.score, 3)) for each in found])]


SERVICE = Service(
    title="Names",
    summary="Marks the people, places and organisations in a text.",
    input=Input.TEXT,
    model="named_entities/en",
    answer=Answer,
    views=_views,
    options={"threshold": Option("Leave out entities with a lower score", 0, 1, 0.05)},
    live=True,
    samples=(
        "Ada Lovelace worked in London with Charles Babbage.",
        "The European Commission said on Thursday that Germany and Britain disagree.",
    ),
)
