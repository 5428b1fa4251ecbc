"""Classes of films, with the model that names the strongest colour."""

from pathlib import Path

import numpy as np
import pytest
from fixtures_models import colour_photo

from mediakit.errors import InputError
from mediakit.media.thinning import Thinned
from mediakit.media.video import Moment
from mediakit.runtime.model_folder import open_folder
from mediakit.tasks.classification import films
from mediakit.tasks.classification.over_time import EventDetector
from mediakit.tasks.classification.pipeline import Classifier

FILM = Path(__file__).parents[2] / "data" / "films" / "h264.mp4"


@pytest.fixture
def folder(tiny_classification):
    return open_folder(tiny_classification)


def moments(colours):
    return [Moment(float(second), colour_photo(colour, 640)) for second, colour in enumerate(colours)]


def test_an_event_ends_where_another_class_begins(folder):
    classifier = Classifier(folder)
    detector, kept = EventDetector(classifier.classes, 0.4, 0.0, 0.25), Thinned(2)
    found = list(films.find_events(classifier, moments(["red"] * 5 + ["blue"] * 5), detector, kept))
    assert [(event.label, event.start, event.end) for event in found] == [("red", 0, 5)]
    assert detector.finish().label == "blue"
    shown = list(kept.evenly(4))
    assert 2 <= len(shown) < 4 and all(max(moment.frame.shape) == films.FRAME for moment in shown)


def test_films_are_classified_and_bad_ones_are_errors(folder, tmp_path):
    pipeline, done = films.load(folder), []
    (tmp_path / "bad.mp4").write_bytes(b"no film")
    (_, good), (_, bad) = pipeline.stream([FILM, tmp_path / "bad.mp4"], threshold=0.1, watch=lambda i, part: done.append((i, part)))
    assert good.events and good.moments == () and isinstance(bad, InputError) and (0, 1.0) in done
    with pytest.raises(InputError, match="keep_frames"):
        good.draw()
    kept = pipeline(FILM, threshold=0.1, keep_frames=True)
    assert kept.to_dict() == good.to_dict() and kept.draw("film").width > 1000
    curves = kept.curves(1)
    assert len(curves) == 1 and all(isinstance(scores, np.ndarray) and len(scores) == len(kept.moments) for scores in curves.values())


@pytest.mark.parametrize("options", [{"fps": 0}, {"fps": 1e6}, {"threshold": 2}, {"smoothing": -1}, {"start": -1}])
def test_options_out_of_range(folder, options):
    with pytest.raises(InputError, match="must"):
        films.load(folder).stream([FILM], **options)
