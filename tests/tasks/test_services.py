"""What tasks declare to the server, of every task alike: a new one needs no line here."""

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import jsonschema_rs
import pytest

from mediakit import tasks
from mediakit.runtime.model_folder import open_folder
from mediakit.runtime.results import Result
from mediakit.runtime.service import NamedFile, Service
from mediakit.runtime.views import View
from mediakit.serve import openapi
from mediakit.serve.catalog import Catalog, Offer
from mediakit.serve.schema import schema_of

sys.path.insert(0, str(Path(__file__).parent))
from test_protocol import CASES, DATA, PHOTO

OFFERS = [Offer(task, service, {service.model: ""}) for task in tasks.installed_tasks() for service in task.services]
SRT = b"1\n00:00:01,000 --> 00:00:02,000\nA dog runs.\n"
# Of services with pipelines of their own, as the tasks' cases.
OTHERS = {
    "gesture": (DATA / "tiny_classification", DATA / "films" / "h264.mp4", {"threshold": 0.1}),
    "translate_document": (DATA / "tiny_translation", NamedFile("film.srt", SRT), {}),
    "translate_image": (DATA / "tiny_inverter", PHOTO, {}),
}


@pytest.fixture(scope="module", params=OFFERS, ids=lambda offer: offer.name)
def offer(request: pytest.FixtureRequest) -> Offer:
    """A service of a task."""
    return request.param


@pytest.fixture(scope="module")
def result(offer: Offer) -> Result:
    """What the pipeline gives, as it is asked for views."""
    model, item, options = OTHERS.get(offer.name) or CASES[offer.task.name]
    return offer.load(open_folder(model))(item, **options, **offer.service.viewed)


def test_reading_a_service_imports_nothing_heavy():
    code = (
        "import sys; from mediakit import tasks; [task.services for task in tasks.installed_tasks()];"
        "print({'numpy', 'PIL', 'ai_edge_litert', 'starlette'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_options_are_those_of_the_pipeline(offer):
    known = inspect.signature(offer.stream).parameters
    assert set(offer.service.options) <= set(known), "an option that the pipeline does not have"
    assert set(offer.service.viewed) <= set(known)
    for name, parameter in offer.parameters.items():
        schema = openapi.option_schema(parameter, form=False)
        jsonschema_rs.validator_for(schema)
        if "default" in schema:
            assert jsonschema_rs.is_valid(schema, schema["default"]), f"the default of {name} is out of its range"
        assert parameter.option.text[0].isupper() and not parameter.option.text.endswith("."), "a phrase"


def test_results_have_the_keys_that_are_declared(offer, result):
    parts: dict = {}
    schema = {**schema_of(offer.service.answer, parts), "components": {"schemas": parts}}
    jsonschema_rs.validate(schema, result.to_dict())
    assert set(get_type_hints(offer.service.answer)) == set(result.to_dict())


def test_views_fit_their_schemas(offer, result):
    views = offer.service.views(result)
    document = openapi.document(Catalog((offer.name,)), token=False)
    schema = {"$ref": "#/components/schemas/View", "components": document["components"]}
    assert views and all(isinstance(view, View) for view in views)
    for view in views:
        plain = json.loads(json.dumps(view.to_dict(), allow_nan=False))
        jsonschema_rs.validate(schema, plain)


def test_files_are_made_of_results(offer, result):
    for kind, make in offer.service.files.items():
        content = make(result)
        assert isinstance(content, bytes) and content, kind


def test_a_service_says_what_it_does(offer):
    service = offer.service
    assert isinstance(service, Service) and service.summary.endswith(".") and len(service.title) < 20
