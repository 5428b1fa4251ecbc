"""Composed music as `mediakit serve` offers it."""

import io
from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service

if TYPE_CHECKING:
    from mediakit.tasks.music.pipeline import Tune


class Answer(TypedDict):
    """A piece: its length, metre, tempo in quarter notes per minute, key, players, notes, and the negative log-likelihood of what
    the model wrote in nats per frame."""

    seconds: float
    bars: float
    metre: str
    tempo: float
    key: str
    tracks: list[str]
    notes: int
    seed: int
    nll_per_frame: float


def _wav(tune: "Tune") -> bytes:
    from mediakit.media.audio import write_wav

    file = io.BytesIO()
    write_wav(tune.score, file)
    return file.getvalue()


def _midi(tune: "Tune") -> bytes:
    from mediakit.media.midi import write_midi

    file = io.BytesIO()
    write_midi(tune.score, file)
    return file.getvalue()


def _musicxml(tune: "Tune") -> bytes:
    from mediakit.media.musicxml import write_musicxml

    file = io.BytesIO()
    write_musicxml(tune.score, file)
    return file.getvalue()


def _views(tune: "Tune") -> list[views.View]:
    score, said = tune.score, tune.to_dict()
    notes = [
        views.PlayedNote(
            round(float(score.seconds_at(note.start)), 3), round(float(score.seconds_at(note.start + note.length)), 3), note.pitch, number
        )
        for number, track in enumerate(score.tracks)
        for note in track.notes
    ]
    facts = {"key": said["key"], "metre": said["metre"], "tempo": f"{said['tempo']:g}", "bars": f"{said['bars']:g}"}
    name = f"tune-{tune.seed}"
    return [
        views.Sound(_wav(tune), said["seconds"], notes, said["tracks"]),
        views.Facts(facts),
        views.Download(f"{name}.mid", "audio/midi", _midi(tune)),
        views.Download(f"{name}.musicxml", "application/vnd.recordare.musicxml+xml", _musicxml(tune)),
    ]


SERVICE = Service(
    title="Music",
    summary="Composes a chorale or a folk tune, or continues or harmonises yours; the same seed gives the same piece.",
    input=Input.SEED,
    model="music/jsb",
    answer=Answer,
    views=_views,
    options={
        "key": Option("Such as G, Am or Bb; a usual one if left out"),
        "metre": Option("Such as 4/4, 3/4, or for folk tunes 6/8; a usual one if left out"),
        "seconds": Option("Approximate length; 30 if left out", 1, 120),
        "bars": Option("Exact length instead", 1, 64),
        "tempo": Option("Quarter notes per minute; the style's if left out", 20, 400),
        "temperature": Option("Lower is plainer, higher is wilder", 0.1, 2, 0.05),
        "top_p": Option("Nucleus sampling: the most probable choices up to this total probability", 0.05, 1, 0.01),
        "primer": Option("A beginning to continue", file="audio/midi"),
        "melody": Option("A melody to harmonise", file="audio/midi"),
    },
    files={"audio/wav": _wav, "audio/midi": _midi, "application/vnd.recordare.musicxml+xml": _musicxml},
)
