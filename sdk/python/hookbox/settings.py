"""Settings: a dataclass whose annotations become a JSON Schema, or a JSON Schema as it is.

What an annotation can be is listed in ``_of_type`` and nothing else: a schema that says less than the author thinks would be worse
than none. A schema that needs more is given as a ``dict``; then ``Call.settings`` is a ``dict`` too.
"""

import dataclasses
import types
from typing import Any, Callable, Literal, Union, get_args, get_origin, get_type_hints

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SCALARS: dict[type, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


class Secret(str):
    """A secret in settings: what an action uses without seeing it.

    Whoever sets it chooses a secret of the workspace by its name; what the action gets is a placeholder, which stands for the text in
    headers of ``http`` calls: the host swaps it on the way out, towards the hosts that the secret may be sent to. Needs ``secret``
    for the name.
    """


def setting(*, default: Any = dataclasses.MISSING, **schema: Any) -> Any:
    """A field of a dataclass of settings, with keywords of its JSON Schema: ``title``, ``description``, ``minLength`` …

    A setting without a default is required. Use ``@dataclass(kw_only=True)``, so that the order does not matter.
    """
    metadata = {"hookbox": schema}
    if isinstance(default, (list, dict)):
        return dataclasses.field(default_factory=lambda: type(default)(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def schema_of(settings: type | dict[str, Any] | None) -> dict[str, Any]:
    """The JSON Schema of an action's settings."""
    if settings is None:
        return {"type": "object", "additionalProperties": False}
    if isinstance(settings, dict):
        return settings
    return {"$schema": DIALECT, **_of_dataclass(settings)}


def reader_of(settings: type | dict[str, Any] | None) -> Callable[[dict[str, Any]], Any]:
    """What makes ``Call.settings`` of settings that fit the schema."""
    if isinstance(settings, type):
        return lambda given: _read(settings, given)
    properties = (settings or {}).get("properties", {})
    defaults = {name: each["default"] for name, each in properties.items() if isinstance(each, dict) and "default" in each}
    return lambda given: {**defaults, **given}


def _of_dataclass(cls: type) -> dict[str, Any]:
    if not dataclasses.is_dataclass(cls):
        raise TypeError(f"{cls.__name__} is no dataclass: settings are a dataclass, or a JSON Schema as a dict")
    hints = get_type_hints(cls)
    fields = dataclasses.fields(cls)
    documented = cls.__doc__ and not cls.__doc__.startswith(f"{cls.__name__}(")
    return {
        **({"description": " ".join(cls.__doc__.split())} if documented and cls.__doc__ else {}),
        "type": "object",
        "additionalProperties": False,
        "required": [field.name for field in fields if _default_of(field) is dataclasses.MISSING],
        "properties": {field.name: _of_field(cls, field, hints[field.name]) for field in fields},
    }


def _of_field(cls: type, field: Any, hint: Any) -> dict[str, Any]:
    default = _default_of(field)
    return {
        **_of_type(f"{cls.__name__}.{field.name}", hint),
        **({} if default is dataclasses.MISSING else {"default": default}),
        **field.metadata.get("hookbox", {}),
    }


def _default_of(field: Any) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _of_type(where: str, hint: Any) -> dict[str, Any]:
    if isinstance(hint, type) and hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    if hint is Secret:
        return {"type": "string", "format": "secret"}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _of_dataclass(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": _of_type(where, arguments[0])}
    if origin is dict and arguments[0] is str:
        return {"type": "object", "additionalProperties": _of_type(where, arguments[1])}
    inner = _but_none(hint)
    if inner is not None:
        schema = _of_type(where, inner)
        if isinstance(schema.get("type"), str):
            return {**schema, "type": [schema["type"], "null"]}
    raise TypeError(
        f"{where} is annotated as {hint}; a setting is str, int, float, bool, Secret, Literal[…], list[…], dict[str, …], "
        "a dataclass, or one of these but Literal with | None"
    )


def _but_none(hint: Any) -> Any:
    """``X`` of ``X | None``."""
    if get_origin(hint) not in (Union, types.UnionType):
        return None
    others = [each for each in get_args(hint) if each is not types.NoneType]
    return others[0] if len(others) == 1 and len(get_args(hint)) == 2 else None


def _read(hint: Any, value: Any) -> Any:
    """A value that fits its schema, as the annotation says."""
    if value is None:
        return None
    inner = _but_none(hint) or hint
    if inner in (int, float, Secret):
        return inner(value)
    if dataclasses.is_dataclass(inner) and isinstance(inner, type):
        hints = get_type_hints(inner)
        return inner(**{name: _read(hints[name], each) for name, each in value.items()})
    if get_origin(inner) is list:
        return [_read(get_args(inner)[0], each) for each in value]
    if get_origin(inner) is dict:
        return {name: _read(get_args(inner)[1], each) for name, each in value.items()}
    return value
