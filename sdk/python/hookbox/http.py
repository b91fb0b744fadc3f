"""Calls to other machines, answered before the function returns. All raise ``Refusal`` or ``HttpError``.

Each needs ``http`` for its method and place (``POST https://api.example.com``), and the operator can narrow where actions may call.
A call is made at once: unlike an effect, it has happened even when the step fails afterwards. The host adds an
``idempotency-key`` that is the same for every attempt of the step. Redirects are answers like others and not followed.

The libraries of Python for HTTP do not work in a component, which has no sockets.
"""

import json as _json
import re
from typing import Any, Mapping
from urllib.parse import quote

from ._host import Address, Answered, Outgoing, current, text as _text, whole as _whole
from .errors import Permanent, Refusal, Retryable

#: The largest body of a request, and of an answer unless ``answer_bytes_max`` asks for less.
BODY_BYTES_MAX = 10 * 1024 * 1024

_URL_BYTES_MAX = 8 * 1024
_MILLISECONDS_MAX = 24 * 60 * 60 * 1000
_RETRY_AFTER = re.compile(r"[0-9]{1,6}")
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_URL = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE)


class Response:
    """The answer to a request, whatever its status is."""

    def __init__(self, answered: Answered) -> None:
        self.status = answered.status
        #: In the order they came, names in lower case.
        self.headers = answered.headers
        self.body = answered.body

    @property
    def ok(self) -> bool:
        """Whether the status is from 200 to 299."""
        return 200 <= self.status <= 299

    def header(self, name: str) -> str | None:
        """The first header of this name."""
        return next((value for header, value in self.headers if header == name.lower()), None)

    def text(self) -> str:
        """The body as text; bytes that are none are replaced."""
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        """The body as JSON. Raises a permanent failure with the code ``unexpected-answer`` when it is none."""
        try:
            return _json.loads(self.text())
        except (ValueError, RecursionError) as error:
            raise Permanent("unexpected-answer", f"the answer is not what was expected: {error}") from error

    @property
    def retry_after_ms(self) -> int | None:
        """The header ``retry-after`` in milliseconds, when it is 1 to 6 digits."""
        seconds = (self.header("retry-after") or "").strip()
        return int(seconds) * 1000 if _RETRY_AFTER.fullmatch(seconds) else None

    def retryable(self, message: str) -> Retryable:
        """A failure that is tried again, not before the answer's ``retry-after``: ``raise answer.retryable("busy")``."""
        return Retryable(message, after_ms=self.retry_after_ms)


def get(url: str, **options: Any) -> Response:
    """Asks for what is at a URL. Options are those of ``send``."""
    return send("GET", url, **options)


def post(url: str, **options: Any) -> Response:
    """Gives something to what is at a URL. Options are those of ``send``."""
    return send("POST", url, **options)


def put(url: str, **options: Any) -> Response:
    """Replaces what is at a URL. Options are those of ``send``."""
    return send("PUT", url, **options)


def patch(url: str, **options: Any) -> Response:
    """Changes a part of what is at a URL. Options are those of ``send``."""
    return send("PATCH", url, **options)


def delete(url: str, **options: Any) -> Response:
    """Removes what is at a URL. Options are those of ``send``."""
    return send("DELETE", url, **options)


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, object] | None = None,
    json: Any = None,
    text: str | None = None,
    data: bytes | None = None,
    timeout_ms: int | None = None,
    answer_bytes_max: int = BODY_BYTES_MAX,
) -> Response:
    """Sends a request with any method, in capitals, and waits for the whole answer.

    - ``headers``: a setting that is a secret can be a value or a part of it
    - ``query``: parameters, written so that they arrive as they are
    - ``json``, ``text`` or ``data``: the body. ``json=None`` is none; the body ``null`` is ``text="null"``
    - ``timeout_ms``: how long to wait for the connection, for the beginning of the answer, and for each further part of it. Longer
      than the host's own limits (5 s for the connection, 30 s for the others, unless configured) is no longer
    - ``answer_bytes_max``: refuses an answer whose body is larger, instead of keeping it in memory
    """
    if not re.fullmatch(r"[A-Z]+", method):
        raise Refusal("invalid", f'the method "{method}" is not in capitals')
    if timeout_ms is not None:
        _whole("timeout_ms", timeout_ms, 1, _MILLISECONDS_MAX)
    body, kind = _body_of(json, text, data)
    outgoing = Outgoing(
        method=method,
        address=address_of(_with_query(url, query or {})),
        headers=_headers_of(headers or {}, kind),
        body=body,
        timeout_ms=timeout_ms,
        answer_bytes_max=min(answer_bytes_max, BODY_BYTES_MAX),
    )
    return Response(current().http(outgoing))


def _body_of(json: Any, text: str | None, data: bytes | None) -> tuple[bytes | None, str | None]:
    if sum(each is not None for each in (json, text, data)) > 1:
        raise Refusal("invalid", "a request has one body: json, text or data")
    body, kind = data, None
    if json is not None:
        try:
            body = _json.dumps(json, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise Refusal("invalid", f"the body has no form in JSON: {error}") from error
        kind = "application/json"
    elif text is not None:
        body, kind = _text("the body", text).encode(), "text/plain; charset=utf-8"
    if body is not None and len(body) > BODY_BYTES_MAX:
        raise Refusal("limit", f"the body of a request has at most {BODY_BYTES_MAX} bytes")
    return body, kind


def _headers_of(given: Mapping[str, str], kind: str | None) -> list[tuple[str, str]]:
    """Names a wrong header; the host would only say that one is wrong. Values are not shown: they may be confidential."""
    headers = [(name.lower(), _text(f"header {name}", value)) for name, value in given.items()]
    for name, value in headers:
        if not _HEADER_NAME.fullmatch(name):
            raise Refusal("invalid", f'"{name}" is no name of a header')
        if _CONTROL.search(value):
            raise Refusal("invalid", f"the value of header {name} has control characters")
    if kind is not None and all(name != "content-type" for name, _ in headers):
        headers.append(("content-type", kind))
    return headers


def _with_query(url: str, query: Mapping[str, object]) -> str:
    url = _text("a URL", url)
    parameters = [f"{quote(name, safe='')}={quote(str(value), safe='')}" for name, value in query.items()]
    if not parameters:
        return url
    front = url.split("#")[0]
    between = "?" if "?" not in front else "" if front[-1] in "?&" else "&"
    return front + between + "&".join(parameters)


def address_of(url: str) -> Address:
    """Takes a URL apart, as it stands. What follows ``#`` is for browsers and left out."""

    def wrong(why: str) -> Refusal:
        return Refusal("invalid", f'"{url[:200]}" is no URL that can be called: {why}')

    if len(url) > _URL_BYTES_MAX:
        raise wrong(f"it has more than {_URL_BYTES_MAX} bytes")
    if not all("\x21" <= letter <= "\x7e" for letter in url):
        raise wrong("spaces and letters past ASCII are written in percent (%20), in names of hosts as xn--")
    parts = _URL.fullmatch(url)
    if parts is None:
        raise wrong("it does not begin with https:// or http://")
    scheme, authority, path = parts.groups()
    if authority == "":
        raise wrong("it names no host")
    if "@" in authority:
        raise wrong("a user and password do not belong into it; there is the header authorization")
    return Address(scheme.lower() == "https", authority, path if path.startswith("/") else f"/{path}")


def scope_of(method: str, address: Address) -> str:
    """Method and place, as a scope of ``http`` names them."""
    scheme, own_port = ("https", ":443") if address.secure else ("http", ":80")
    return f"{method} {scheme}://{address.authority.lower().removesuffix(own_port)}"


def not_granted(scope: str) -> Refusal:
    """The refusal of a call that is not granted, in the words of a real host."""
    return Refusal("not-granted", f'not granted: http for "{scope}"')
