"""What a real host checks at a call: grants, names, sizes. The numbers are the host's defaults."""

import json
import re
from typing import Any, Iterable, Sequence

from ..errors import Refusal

_EFFECTS_MAX = 100
_NAME_CHARS_MAX = 64
_BODY_CHARS_MAX = 10_000
_MEDIA_MAX = 10
_URL_BYTES_MAX = 2_048
_STATE_KEY_BYTES_MAX = 256
_STATE_VALUE_BYTES_MAX = 64 * 1024

#: Fields that find a contact: no plugin writes them.
_IDENTIFIERS = ("phone", "email", "external_id")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d*)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_URL = re.compile(r"https://[^/?#][\x21-\x7e]*")
_TYPE = re.compile(r"[\x21-\x2e\x30-\x7e]+/[\x21-\x7e]+")

#: What is granted: capabilities, each with the names it is for.
Grants = Sequence[tuple[str, Sequence[str]]]


def printable(text: str) -> str:
    """The text without control characters."""
    return _CONTROL.sub("", text)


def scopes(grants: Grants, capability: str) -> list[str]:
    """What is granted of a capability."""
    return [scope for name, granted in grants if name == capability for scope in granted]


def is_granted(grants: Grants, capability: str, scope: str) -> bool:
    """Only keys of state are granted by how they begin."""

    def covers(allowed: str) -> bool:
        begins = capability == "state" and allowed.endswith("*") and scope.startswith(allowed[:-1])
        return allowed in ("*", scope) or begins

    return any(covers(allowed) for allowed in scopes(grants, capability))


def granted(grants: Grants, capability: str, scope: str) -> None:
    """Refuses what is not granted, in the words of a real host."""
    if not is_granted(grants, capability, scope):
        raise Refusal("not-granted", f"not granted: {capability} for {json.dumps(scope, ensure_ascii=False)}")


def room_for_an_effect(effects: int) -> None:
    if effects >= _EFFECTS_MAX:
        raise Refusal("limit", f"a step has at most {_EFFECTS_MAX} effects")


def field_name(name: str) -> None:
    if name in _IDENTIFIERS:
        raise Refusal("invalid", f'field "{name}" identifies the contact and cannot be written by a plugin')
    _plain_name("the name of a field", name)


def field_value(text: str) -> Any:
    value = json.loads(text)
    if isinstance(value, str) and len(value) > _BODY_CHARS_MAX:
        raise Refusal("invalid", f"the value of a field has at most {_BODY_CHARS_MAX} characters")
    return value


def tag(name: str) -> None:
    _plain_name("a tag", name)


def note(body: str) -> None:
    _sized("a note", body, _BODY_CHARS_MAX)


def known(what: str, name: str, names: Iterable[str]) -> None:
    if name not in names:
        raise Refusal("invalid", f"there is no {what} {json.dumps(name, ensure_ascii=False)} in this workspace")


def state_key(key: str) -> None:
    if not 1 <= len(key.encode()) <= _STATE_KEY_BYTES_MAX:
        raise Refusal("invalid", f"a key has 1 to {_STATE_KEY_BYTES_MAX} bytes")
    if _CONTROL.search(key):
        raise Refusal("invalid", "a key has no control characters")


def state_value(value: str) -> None:
    if len(value.encode()) > _STATE_VALUE_BYTES_MAX:
        raise Refusal("invalid", f"a value has at most {_STATE_VALUE_BYTES_MAX} bytes")


def message(body: str, media: Sequence[tuple[str, str]], send_at: str | None) -> None:
    _sized("the body of a message", body, _BODY_CHARS_MAX)
    if len(media) > _MEDIA_MAX:
        raise Refusal("invalid", f"a message has at most {_MEDIA_MAX} media")
    for url, content_type in media:
        if not _URL.fullmatch(url) or len(url) > _URL_BYTES_MAX:
            what = f"a medium's url begins with https:// and has at most {_URL_BYTES_MAX} characters, without spaces"
            raise Refusal("invalid", what)
        if not _TYPE.fullmatch(content_type):
            raise Refusal("invalid", "a medium's content-type looks like image/png")
    if send_at is not None and not _TIME.fullmatch(send_at):
        raise Refusal("invalid", f"send-at is not a time in RFC 3339 (2026-01-02T03:04:05Z): {json.dumps(send_at)}")


def _plain_name(what: str, name: str) -> None:
    _sized(what, name, _NAME_CHARS_MAX)
    if _CONTROL.search(name) or name.strip() != name:
        raise Refusal("invalid", f"{what} has no control characters, and no spaces at its ends")


def _sized(what: str, text: str, chars_max: int) -> None:
    if not 1 <= len(text) <= chars_max:
        raise Refusal("invalid", f"{what} has 1 to {chars_max} characters, not {len(text)}")
