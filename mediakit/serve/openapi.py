"""The OpenAPI document: made from what tasks declare, and the types of their results and options."""

import inspect
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from mediakit.runtime import views
from mediakit.runtime.service import Input
from mediakit.serve.catalog import Catalog, Offer, Parameter
from mediakit.serve.limits import Limits
from mediakit.serve.schema import Schema, name_of, schema_of

STATUSES = {
    400: "The request is malformed, or its input is missing.",
    401: "The token is missing or wrong.",
    403: "The request comes from another site's page, or the host is not this server's.",
    406: "There is no such form of the answer.",
    408: "The request took too long to arrive.",
    413: "The body, the image, the film or the text is past a limit.",
    415: "The body is neither a form nor JSON.",
    422: "The input cannot be used, or an option is unknown or out of range.",
    500: "Something is wrong with the server.",
    501: "The server lacks a package that the input needs.",
    503: "Too many requests wait; try again after the seconds in Retry-After.",
    504: "The input took too long.",
}
_ERROR = {"$ref": "#/components/schemas/Error"}


def document(catalog: Catalog, token: bool) -> Schema:
    """The OpenAPI document of all tasks; `token`: whether requests must bear one."""
    parts: dict[str, Schema] = {
        "Error": {
            "type": "object",
            "description": "What went wrong, where, and what to do, in one line.",
            "properties": {"error": {"type": "string"}},
            "required": ["error"],
        },
        "View": {"oneOf": [_view(kind) for kind in view_classes()]},
    }
    for kind in view_classes():
        schema_of(kind, parts)
    for kind in view_classes():
        _add_kind(kind, parts)
    paths: dict[str, Any] = {f"/v1/{offer.name}": {"post": _operation(offer, parts)} for offer in catalog.offers.values()}
    paths |= {
        "/v1/models": {"get": _plain("The models, and what was measured of them.", "application/json")},
        "/v1/tasks": {"get": _plain("The tasks with their options, as the page shows them.", "application/json")},
        "/healthz": {"get": _plain("Whether the server is alive.", "application/json")},
        "/metrics": {"get": _plain("Counts and durations in Prometheus' text format.", "text/plain")},
        "/openapi.json": {"get": _plain("This document.", "application/json")},
    }
    described: Schema = {
        "openapi": "3.1.0",
        "info": {
            "title": "mediakit",
            "version": version("keras-mediakit"),
            "description": "Small trained models for photos, films, text, music and series of numbers.",
        },
        "paths": paths,
        "components": {"schemas": parts},
    }
    if token:
        described["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        described["security"] = [{"token": []}]
    return described


def view_classes() -> list[type[views.View]]:
    """The kinds of views."""
    return views.View.__subclasses__()


def _view(kind: type[views.View]) -> Schema:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _add_kind(kind: type[views.View], parts: dict[str, Schema]) -> None:
    schema = parts[kind.__name__]
    schema["properties"] = {"kind": {"const": kind.__name__.lower()}, **schema["properties"]}
    schema["required"] = ["kind", *schema["required"]]


def _operation(offer: Offer, parts: dict[str, Schema]) -> Schema:
    """The operation of a task: one input gets an object, several get a line each."""
    service = offer.service
    answer = {
        "allOf": [schema_of(service.answer, parts)],
        "properties": {
            "warnings": {"type": "array", "items": {"type": "string"}, "description": "What had to be guessed or is missing."},
            "views": {"type": "array", "items": {"$ref": "#/components/schemas/View"}},
        },
    }
    # Results may have more keys than their own: warnings and views.
    parts[name_of(service.answer)].pop("additionalProperties", None)
    files: Schema = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in service.files}
    ok = {"application/json": {"schema": answer}, "application/x-ndjson": {"schema": {"anyOf": [answer, _ERROR]}}, **files}
    return {
        "operationId": offer.name,
        "summary": service.summary,
        "description": "One input is answered by a JSON object, several by lines of JSON (NDJSON) in their order: each a result, or an "
        "`error`, with `input`, the name or the number of its input.",
        "tags": [service.title],
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": _fields(offer, parts, form=True)},
                "application/json": {"schema": _fields(offer, parts, form=False)},
            },
        },
        "responses": {
            "200": {"description": "The result, or the results.", "content": ok},
            **{str(status): _failure(text) for status, text in STATUSES.items()},
        },
    }


def _failure(text: str) -> Schema:
    return {"description": text, "content": {"application/json": {"schema": _ERROR}}}


def _plain(text: str, kind: str) -> Schema:
    ok = {"description": text, "content": {kind: {"schema": {"type": "string"} if kind == "text/plain" else {"type": "object"}}}}
    return {"summary": text, "responses": {"200": ok, "401": _failure(STATUSES[401]), "403": _failure(STATUSES[403])}}


def _fields(offer: Offer, parts: dict[str, Schema], form: bool) -> Schema:
    """The schema of a request's fields, in a form or in JSON."""
    kind = offer.service.input
    one = _input(kind, form)
    many = one if kind is Input.SERIES and not form else {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
    if form:
        many = {"type": "array", "items": one, "minItems": 1}
    options = {name: option_schema(parameter, form) for name, parameter in offer.parameters.items()}
    return {
        "type": "object",
        "properties": {
            kind.value: many,
            "model": {"type": "string", "enum": list(offer.models), "default": next(iter(offer.models))},
            "views": {"type": "boolean", "default": False, "description": "Add what the page shows of a result."},
            **options,
        },
        "required": [kind.value],
        "additionalProperties": False,
    }


def _input(kind: Input, form: bool) -> Schema:
    if kind is Input.SEED:
        return {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}
    if kind is Input.TEXT:
        return {"type": "string", "minLength": 1}
    if form:
        return {"type": "string", "format": "binary"}
    if kind is Input.SERIES:
        values = {"type": "array", "items": {"type": ["number", "null"]}, "minItems": 1}
        table = {"type": "string", "description": "a CSV table, each column of numbers a series"}
        return {"anyOf": [values, {"type": "array", "items": values, "minItems": 1}, table]}
    if kind is Input.TABLE:
        return {"type": "string", "description": "a CSV table"}
    return {"type": "string", "contentEncoding": "base64"}


def option_schema(parameter: Parameter, form: bool) -> Schema:
    """The schema of an option, with its default where it has one."""
    option = parameter.option
    if option.file:
        kind = {"format": "binary"} if form else {"contentEncoding": "base64"}
        return {"type": "string", "contentMediaType": option.file, "description": option.text, **kind}
    schema = _without_null(schema_of(parameter.type, {}))
    target = schema["items"] if schema["type"] == "array" else schema
    for name, limit in (("minimum", option.least), ("maximum", option.most)):
        if limit is not None:
            target[name] = limit
    if option.choices:
        schema["enum"] = list(option.choices)
    if parameter.default is not None and parameter.default is not inspect.Parameter.empty:
        schema["default"] = list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default
    schema["description"] = option.text
    return schema


def _without_null(schema: Schema) -> Schema:
    """The schema of a type that may be None, without that: what is left out is not null."""
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return {"type": next(kind for kind in kinds if kind != "null")}
    return schema


def tasks(catalog: Catalog, limits: Limits) -> Schema:
    """The tasks as the page shows them, by what they take: their models and options, and the server's limits."""
    kinds = list(Input)
    return {
        "tasks": [
            {
                "name": offer.name,
                "title": offer.service.title,
                "summary": offer.service.summary,
                "input": offer.service.input.value,
                "models": dict(offer.models),
                "options": {name: _shown(parameter) for name, parameter in offer.parameters.items()},
                "live": offer.service.live,
                "samples": list(offer.service.samples),
                "endings": list(offer.service.endings),
            }
            for offer in sorted(catalog.offers.values(), key=lambda offer: kinds.index(offer.service.input))
        ],
        "limits": asdict(limits),
    }


def _shown(parameter: Parameter) -> Schema:
    """An option's schema with what a page needs besides: a slider's step and a label."""
    option = parameter.option
    step = {} if option.step is None else {"step": option.step}
    label = {"title": option.label} if option.label else {}
    return {**option_schema(parameter, form=True), **step, **label}
