"""The other end of every call: the host that an action runs under.

In a component it is installed once, before anything runs. In a test each call has a mock host of its own.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Iterator, Protocol

from .errors import Refusal


@dataclass(frozen=True)
class Address:
    """A URL in the parts that a request is made of."""

    secure: bool
    authority: str
    path_with_query: str


@dataclass(frozen=True)
class Outgoing:
    """A request that is complete and well formed: the method in capitals, the names of headers in lower case."""

    method: str
    address: Address
    headers: list[tuple[str, str]]
    body: bytes | None
    timeout_ms: int | None
    answer_bytes_max: int


@dataclass(frozen=True)
class Answered:
    """A whole answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Host(Protocol):
    """What an action can ask of a host, as the functions of the SDK hand it over. Refusals are raised as ``Refusal``."""

    def set_field(self, name: str, value: str) -> None: ...
    def clear_field(self, name: str) -> None: ...
    def add_tag(self, tag: str) -> None: ...
    def remove_tag(self, tag: str) -> None: ...
    def add_to_list(self, name: str) -> None: ...
    def remove_from_list(self, name: str) -> None: ...
    def assign(self, member: str) -> None: ...
    def unassign(self) -> None: ...
    def close(self) -> None: ...
    def reopen(self) -> None: ...
    def add_note(self, body: str) -> None: ...
    def send(self, inbox: str | None, body: str, media: list[tuple[str, str]], send_at: str | None) -> str: ...
    def get_state(self, key: str) -> str | None: ...
    def set_state(self, key: str, value: str, ttl_ms: int | None) -> None: ...
    def delete_state(self, key: str) -> None: ...
    def increment_state(self, key: str, by: int) -> int: ...
    def log(self, level: str, message: str) -> None: ...
    def http(self, outgoing: Outgoing) -> Answered: ...


_current: ContextVar[Host | None] = ContextVar("hookbox_host", default=None)
_installed: Host | None = None


def install(host: Host) -> None:
    """The one host there is."""
    global _installed
    _installed = host


@contextmanager
def within(host: Host) -> Iterator[None]:
    """The host of the calls within."""
    token = _current.set(host)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Host:
    """The host of the call that runs."""
    host = _installed or _current.get()
    if host is None:
        raise RuntimeError("there is no host here: run the action by Host.run of hookbox.mock")
    return host


def text(what: str, value: object) -> str:
    """``value`` when it is a text that has a form in UTF-8; what comes out of a payload need not be one."""
    if not isinstance(value, str):
        raise Refusal("invalid", f"{what} is a text, not {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Refusal("invalid", f"{what} has halves of characters") from None
    return value


def whole(what: str, value: object, least: int, most: int) -> int:
    """``value`` when it is a whole number within the bounds."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Refusal("invalid", f"{what} is a whole number from {least} to {most}")
    return value
