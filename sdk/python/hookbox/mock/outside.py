"""The outside as a test says it is: where calls may go, what answers them, and secrets as a real host keeps them from actions."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from .._host import Address, Answered, Outgoing
from ..errors import HttpError, Refusal
from ..http import address_of, not_granted, scope_of
from .rules import Grants, granted, scopes

_AUTHORITY = re.compile(r"(.*?)(?::(\d+))?", re.ASCII)
_BASIC = re.compile(r"Basic ([A-Za-z0-9+/=]+)")


@dataclass(frozen=True)
class Sent:
    """A request as it left the host, with the texts of secrets in the places of their placeholders.

    Names of headers are in lower case; those that a real host adds are not there.
    """

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Secret:
    """A secret of the workspace, and where it may be sent to."""

    placeholder: str
    text: str
    hosts: Sequence[str]


def secrets_of(secrets: Mapping[str, Mapping[str, Any]]) -> dict[str, Secret]:
    """Secrets by name. The end of a placeholder keeps it from being the beginning of another."""
    return {
        name: Secret(f"hookbox-secret-{name.encode().hex()}.", each["text"], each["hosts"]) for name, each in secrets.items()
    }


def hide(schema: Any, settings: Any, secrets: Mapping[str, Secret], grants: Grants) -> Any:
    """The settings as an action gets them: where the schema says ``secret``, the name gives way to its placeholder."""
    schema = schema if isinstance(schema, dict) else {}
    if schema.get("format") == "secret" and isinstance(settings, str):
        granted(grants, "secret", settings)
        if settings not in secrets:
            raise Refusal("invalid", f"there is no secret {json.dumps(settings, ensure_ascii=False)}")
        return secrets[settings].placeholder
    if isinstance(settings, list):
        return [hide(schema.get("items"), item, secrets, grants) for item in settings]
    if isinstance(settings, dict):
        properties, others = schema.get("properties", {}), schema.get("additionalProperties")
        return {name: hide(properties.get(name, others), each, secrets, grants) for name, each in settings.items()}
    return settings


def allows(scope: str, method: str, address: Address) -> bool:
    """Whether a scope of ``http`` allows the call. What is no scope allows nothing.

    ``*``, or a method (any when there is none) and an origin, whose host may be ``*.example.com``.
    """
    if scope == "*":
        return True
    allowed_method, space, place = scope.partition(" ")
    if not space:
        allowed_method, place = "*", scope
    try:
        allowed = address_of(place)
    except Refusal:
        return False
    host, port = _place_of(address)
    allowed_host, allowed_port = _place_of(allowed)
    below = allowed_host.startswith("*.") and host.endswith(allowed_host[1:]) and len(host) > len(allowed_host) - 1
    at_place = allowed.secure == address.secure and port == allowed_port and (below or host == allowed_host)
    return allowed.path_with_query == "/" and allowed_method in ("*", method) and at_place


def _place_of(address: Address) -> tuple[str, str]:
    parts = _AUTHORITY.fullmatch(address.authority.lower())
    host, port = parts.groups() if parts else (address.authority, None)
    return host, port or ("443" if address.secure else "80")


class Outside:
    """The calls that have to come, in this order, each with its answer."""

    def __init__(self, exchanges: Sequence[Mapping[str, Any]], secrets: Mapping[str, Secret], grants: Grants) -> None:
        self.left = list(exchanges)
        self.requests: list[Sent] = []
        self._secrets = secrets
        self._grants = grants

    def answer(self, outgoing: Outgoing) -> Answered:
        method, address = outgoing.method, outgoing.address
        scope = scope_of(method, address)
        if not any(allows(allowed, method, address) for allowed in scopes(self._grants, "http")):
            raise not_granted(scope)
        headers = {name: self._reveal(value, method, address) for name, value in outgoing.headers}
        sent = Sent(method, _url_of(address), headers, outgoing.body or b"")
        self.requests.append(sent)
        return _answered(self._expected(sent), outgoing.answer_bytes_max, scope)

    def _expected(self, sent: Sent) -> Mapping[str, Any]:
        if not self.left:
            raise AssertionError(f"the action calls {sent.method} {sent.url}, and no call is expected here")
        exchange = self.left.pop(0)
        method, url = exchange["request"]["method"], _url_of(address_of(exchange["request"]["url"]))
        if (method, url) != (sent.method, sent.url):
            raise AssertionError(f"the action calls {sent.method} {sent.url}, and {method} {url} is expected here")
        answer: Mapping[str, Any] = exchange.get("answer", {})
        return answer

    def _reveal(self, value: str, method: str, address: Address) -> str:
        """A header's value as it leaves the host: texts in the places of placeholders, also within ``Basic …``."""
        basic = _BASIC.fullmatch(value)
        if basic:
            swapped = self._swap(base64.b64decode(basic[1]).decode(errors="replace"), method, address)
            return f"Basic {base64.b64encode(swapped.encode()).decode()}"
        return self._swap(value, method, address)

    def _swap(self, value: str, method: str, address: Address) -> str:
        for name, secret in self._secrets.items():
            if secret.placeholder not in value:
                continue
            if not any(allows(scope, method, address) for scope in secret.hosts):
                raise Refusal("not-granted", f'secret "{name}" may not be sent to "{scope_of(method, address)}"')
            value = value.replace(secret.placeholder, secret.text)
        return value


def _url_of(address: Address) -> str:
    return f"{'https' if address.secure else 'http'}://{address.authority}{address.path_with_query}"


def _answered(answer: Mapping[str, Any], bytes_max: int, scope: str) -> Answered:
    if "error" in answer:
        why = f"{scope}: the test gives no answer: {answer['error']}"
        raise HttpError("timeout" if answer["error"] == "timeout" else "network", why)
    body = (json.dumps(answer["json"]) if "json" in answer else answer.get("text", "")).encode()
    if len(body) > bytes_max:
        raise Refusal("limit", f"the body of the answer has more than {bytes_max} bytes")
    kind = {"content-type": "application/json"} if "json" in answer else {}
    headers = [(name.lower(), value) for name, value in {**kind, **answer.get("headers", {})}.items()]
    return Answered(answer.get("status", 200), headers, body)
