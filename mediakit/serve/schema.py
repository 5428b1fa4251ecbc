"""JSON schemas of Python types: what results, views and options look like, for the OpenAPI document and for checking requests."""

import dataclasses
import inspect
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

Schema = dict[str, Any]
_PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number", types.NoneType: "null"}


def schema_of(kind: Any, parts: dict[str, Schema]) -> Schema:
    """The schema of a type. TypedDicts and dataclasses are put into `parts` by name, and referred to.

    Raises TypeError for a type that JSON does not have.
    """
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if kind is bytes:
        return {"type": "string", "contentEncoding": "base64"}
    if kind is Any:
        return {}
    if typing.is_typeddict(kind) or dataclasses.is_dataclass(kind):
        return _object(kind, parts)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _union([schema_of(each, parts) for each in arguments])
    if origin is Literal:
        return {"enum": list(arguments)}
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": schema_of(arguments[1], parts)}
    if inspect.isclass(origin) and issubclass(origin, Sequence):
        return {"type": "array", "items": schema_of(arguments[0], parts)}
    raise TypeError(f"{kind} has no form in JSON")


def _union(schemas: list[Schema]) -> Schema:
    """Either of several schemas; plain types in short."""
    if all(set(each) == {"type"} for each in schemas):
        return {"type": [each["type"] for each in schemas]}
    return {"anyOf": schemas}


def _object(kind: Any, parts: dict[str, Schema]) -> Schema:
    """A reference to the schema of a TypedDict or a dataclass."""
    name = name_of(kind)
    if name not in parts:
        parts[name] = {}  # it may contain itself
        hints = get_type_hints(kind)
        parts[name].update(
            {
                "type": "object",
                "description": " ".join((inspect.getdoc(kind) or "").split()),
                "properties": {key: schema_of(value, parts) for key, value in hints.items()},
                "required": list(hints),
                "additionalProperties": False,
            }
        )
    return {"$ref": f"#/components/schemas/{name}"}


def name_of(kind: Any) -> str:
    """What `parts` call a TypedDict or a dataclass."""
    if typing.is_typeddict(kind):  # the tasks' names repeat: Answer, Label, …
        return f"{kind.__module__.split('.')[-2]}.{kind.__name__}"
    return kind.__name__
