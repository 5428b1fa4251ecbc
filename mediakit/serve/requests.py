"""Requests as they come, forms or JSON, and what they ask for."""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from mediakit.errors import did_you_mean
from mediakit.runtime.service import Input
from mediakit.serve.catalog import Offer, Parameter
from mediakit.serve.limits import JSON_BYTES, Limits
from mediakit.serve.problems import Problem

FORM, JSON = "multipart/form-data", "application/json"
FIELDS = 100  # of a form, besides its inputs
FIELD_BYTES = 4  # for each character
FILES = (Input.PHOTO, Input.FILM, Input.SOUND, Input.DOCUMENT)  # inputs that only files can be
Raw = UploadFile | bytes | str | int | list[Any]


@dataclass(frozen=True)
class Asked:
    """What a request asks for.

    Attributes:
        model: its full name.
        inputs: the uploaded files, or what JSON said.
        options: of the pipeline, checked against the task's.
        views: whether to add what a page shows.
        alone: whether one input was given, and not a list of them.
    """

    model: str
    inputs: list[Raw]
    options: dict[str, Any]
    views: bool
    alone: bool


async def read(request: Request, offer: Offer, limits: Limits) -> Asked:
    """What a request asks for. Raises Problem for one that is malformed, or asks for what there is not.

    The uploaded files of a form stay open until `request.close()`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM:
        fields, strict = await _form(request, offer, limits), False
    elif kind == JSON:
        fields, strict = _parsed(await _body(request)), True
    else:
        raise Problem(415, f"the body is {kind or 'of no type'}; send {FORM} or {JSON}")
    return _asked(fields, offer, limits, strict)


async def _form(request: Request, offer: Offer, limits: Limits) -> dict[str, Any]:
    """The fields of a form, by name; those that are there several times as lists."""
    size = limits.characters * FIELD_BYTES
    try:
        form = await request.form(max_files=limits.inputs + FIELDS, max_fields=limits.inputs + FIELDS, max_part_size=size)
    except HTTPException as error:
        raise Problem(400, f"not a form: {error.detail}") from error
    except (UnicodeError, ValueError, AssertionError, KeyError) as error:  # what the parser makes of garbage
        raise Problem(400, f"not a form: {error}") from error
    return {name: values[0] if len(values) == 1 else values for name in form for values in [form.getlist(name)]}


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > JSON_BYTES:
            raise Problem(413, f"a JSON body may have {JSON_BYTES:,} bytes; send files as {FORM}")
    return b"".join(parts)


def _parsed(body: bytes) -> dict[str, Any]:
    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is no JSON")

    try:
        fields = json.loads(body, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise Problem(400, f"not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise Problem(400, "the JSON is no object")
    return fields


def _asked(fields: Mapping[str, Any], offer: Offer, limits: Limits, strict: bool) -> Asked:
    """What fields ask for; `strict` for JSON, whose values have types."""
    field = offer.service.input.value
    known = (field, "model", "views", *offer.parameters)
    for name in fields:
        if name not in known:
            raise Problem(422, f"no field {name!r}; the fields are {', '.join(known)}{did_you_mean(name, known)}")
    model = fields.get("model")
    if not isinstance(model, str | None):
        raise Problem(422, "the model is no text")
    options = {
        name: _value(name, fields[name], parameter, strict)
        for name, parameter in offer.parameters.items()
        if name in fields and fields[name] is not None
    }
    views = _bool("views", fields.get("views", False), strict)
    given = fields.get(field)
    if given is None:
        raise Problem(400, f"the field {field} is missing: it holds the input")
    alone = not isinstance(given, list) or _is_series(given, offer.service.input)
    inputs = [given] if alone else given
    if not inputs:
        raise Problem(400, f"the field {field} is an empty list")
    if len(inputs) > limits.inputs:
        raise Problem(413, f"{len(inputs):,} inputs are more than the limit of {limits.inputs:,} for one request")
    return Asked(offer.model(model or None), [_input(each, offer.service.input) for each in inputs], options, views, alone)


def _is_series(given: list[Any], kind: Input) -> bool:
    """Whether a list is one series, and not a list of several."""
    return kind is Input.SERIES and not any(isinstance(each, list | str | UploadFile) for each in given)


def _input(given: Any, kind: Input) -> Raw:
    """An input of a kind. Raises Problem for one of another kind."""
    if isinstance(given, UploadFile) and kind is not Input.SEED:
        return given
    if kind is Input.SEED:
        return _integer("seed", given)
    if kind is Input.SERIES and isinstance(given, list):
        return given
    if not isinstance(given, str):
        raise Problem(422, f"a {kind} is {'a file' if kind in FILES else 'a text'}, not {_type(given)}")
    return _decoded(kind.value, given) if kind in FILES else given


def _value(name: str, given: Any, parameter: Parameter, strict: bool) -> Any:
    """An option's value, of the type and in the range that it has. Raises Problem for any other."""
    option, kinds = parameter.option, {parameter.type, *get_args(parameter.type)}
    if option.file:
        return given if isinstance(given, UploadFile) else _decoded(name, given)
    value: Any
    if bool in kinds:
        value = _bool(name, given, strict)
    elif {int, float} & kinds and str not in kinds and not _several(parameter.type):
        value = _integer(name, given) if float not in kinds else _number(name, given)
        _check_range(name, value, parameter)
    elif _several(parameter.type):
        value = _list(name, given, parameter)
    else:
        value = given
        if not isinstance(value, str):
            raise Problem(422, f"{name} is a text, not {_type(given)}")
    if option.choices and value not in option.choices:
        raise Problem(422, f"{name} is {value!r}; it must be one of {', '.join(option.choices)}{did_you_mean(value, option.choices)}")
    return value


def _several(kind: Any) -> bool:
    """Whether a type is that of a sequence, such as `tuple[str, ...]`."""
    return bool(get_args(kind)) and type(None) not in get_args(kind)


def _list(name: str, given: Any, parameter: Parameter) -> tuple[Any, ...]:
    """The parts of a list, or of a text with commas between them."""
    parts = given if isinstance(given, list) else [part.strip() for part in str(given).split(",") if part.strip()]
    if int in get_args(parameter.type):
        numbers = tuple(_integer(name, part) for part in parts)
        for number in numbers:
            _check_range(name, number, parameter)
        return numbers
    if not all(isinstance(part, str) for part in parts):
        raise Problem(422, f"{name} is a list of texts")
    return tuple(parts)


def _check_range(name: str, value: float, parameter: Parameter) -> None:
    least, most = parameter.option.least, parameter.option.most
    if (least is not None and value < least) or (most is not None and value > most):
        limits = f"from {least:g} to {most:,g}" if least is not None and most is not None else f"at least {least:g}"
        raise Problem(422, f"{name} is {value:g}; it must be {limits}")


def _integer(name: str, given: Any) -> int:
    number = _number(name, given)
    if number != int(number):
        raise Problem(422, f"{name} is {given!r}; it must be a whole number")
    return int(given) if isinstance(given, str) and given.strip().lstrip("+-").isdecimal() else int(number)


def _number(name: str, given: Any) -> float:
    """A finite number, from JSON or from the text of a form."""
    try:
        if isinstance(given, bool) or not isinstance(given, int | float | str):
            raise ValueError
        number = float(given)
        if not math.isfinite(number):
            raise ValueError
    except (ValueError, OverflowError) as error:
        shown = repr(given) if isinstance(given, int | float | str) and len(str(given)) < 60 else _type(given)
        raise Problem(422, f"{name} is {shown}; it must be a number") from error
    return number


def _bool(name: str, given: Any, strict: bool) -> bool:
    if isinstance(given, bool):
        return given
    if not strict and isinstance(given, str) and given.lower() in ("true", "false", "1", "0"):
        return given.lower() in ("true", "1")
    raise Problem(422, f"{name} must be true or false")


def _decoded(name: str, given: Any) -> bytes:
    """The bytes of a file that JSON holds in Base64."""
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError, TypeError) as error:
        raise Problem(422, f"{name} is no Base64, in which JSON holds a file") from error


def _type(given: Any) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number", UploadFile: "a file"}
    return names.get(type(given), "null" if given is None else "a text")
