"""Requests made from the API's own description: whatever it allows is answered as it says."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks

from mediakit.serve.app import create_app
from mediakit.serve.limits import Limits
from mediakit.serve.security import Access

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture
def description():
    """The description of a server that answers quickly."""
    limits = Limits(characters=200, inputs=3, concurrent=1)
    app = create_app(Access(hosts=("testserver",)), limits, ("captioning", "named_entities", "image_generation"))
    return schemathesis.openapi.from_asgi("/openapi.json", app)


def test_answers_are_as_described(description):
    for found in description.get_all_operations():

        @settings(max_examples=15, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        @given(case=found.ok().as_strategy())
        def check(case):
            case.call_and_validate(checks=CHECKS)

        check()
