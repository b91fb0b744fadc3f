"""What makes an action of a function: its manifest, and values in place of JSON text."""

import json
from dataclasses import dataclass
from typing import Any, Callable, Sequence, TypeVar

from .call import Call, Contact, Conversation
from .errors import Permanent
from .settings import reader_of, schema_of

R = TypeVar("R")


@dataclass(frozen=True)
class Need:
    """One thing an action asks to be allowed."""

    capability: str
    scope: list[str]
    reason: str


@dataclass(frozen=True)
class Stop:
    """What an action returns to end the run, as succeeded: ``return Stop(output)``."""

    output: Any = None


@dataclass(frozen=True)
class Manifest:
    """What a plugin says of itself; ``settings`` is JSON text."""

    name: str
    version: str
    title: str
    description: str
    settings: str
    needs: list[Need]


@dataclass(frozen=True)
class Invocation:
    """What a host hands over: the contract's record, with the contact's fields and the outputs as JSON text."""

    run_id: str
    step_id: str
    attempt: int
    idempotency_key: str
    now: str
    payload: str
    contact: Contact
    conversation: Conversation | None
    steps: list[tuple[str, str]]
    settings: str


def need(capability: str, *scope: str, reason: str) -> Need:
    """One thing an action asks to be allowed, and why, in words an admin can judge.

    ``capability`` is ``contacts.read``, ``contacts.write``, ``contacts.tag``, ``lists.write``, ``conversations.write``,
    ``messages.send``, ``state``, ``http`` or ``secret``. ``scope`` says to what: names of fields, tags, lists, inboxes or secrets,
    conversation actions, state keys (``leads:*`` for all that begin so) or places (``POST https://api.example.com``); ``*`` for all.
    """
    return Need(capability, list(scope), reason)


class Action:
    """An action. Called, it is the function it was made of."""

    def __init__(self, function: Callable[[Call[Any]], Any], manifest: Manifest, read: Callable[[dict[str, Any]], Any]) -> None:
        self.function = function
        self.manifest = manifest
        self._read = read

    def __call__(self, call: Call[Any]) -> Any:
        return self.function(call)

    def invoke(self, invocation: Invocation) -> tuple[str, bool]:
        """Runs the action as a host does: its output as JSON text, and whether the run ends here."""
        returned = self.function(self._call_of(invocation))
        if isinstance(returned, Stop):
            return _json_of(returned.output), True
        return _json_of(returned), False

    def _call_of(self, invocation: Invocation) -> Call[Any]:
        return Call(
            run_id=invocation.run_id,
            step=invocation.step_id,
            attempt=invocation.attempt,
            idempotency_key=invocation.idempotency_key,
            now=invocation.now,
            payload_text=invocation.payload,
            contact=invocation.contact,
            conversation=invocation.conversation,
            step_texts=dict(invocation.steps),
            settings=self._read(json.loads(invocation.settings)),
        )


def action(
    *,
    name: str,
    version: str,
    title: str,
    description: str,
    settings: type | dict[str, Any] | None = None,
    needs: Sequence[Need] = (),
) -> Callable[[Callable[[Call[Any]], Any]], Action]:
    """Makes an action of a function.

    - ``name``: what automations use: lower case, digits and dashes, 1 to 64 characters (``send-message``)
    - ``version``: semantic version (``1.2.0``)
    - ``title`` and ``description``: what people read
    - ``settings``: a dataclass, or a JSON Schema 2020-12 as a ``dict``; without it there is nothing to set
    - ``needs``: what it asks to be allowed. Nothing else is

    What the function returns is readable by later steps as ``steps.<name>``; ``None`` is ``null``. A ``Failure``, ``Refusal`` or
    ``HttpError`` that it raises fails the step in an orderly way. Any other exception counts as a fault of the plugin: its traceback
    goes to the log, and a plugin that is at fault again and again is held back.
    """
    schema = json.dumps(schema_of(settings), ensure_ascii=False, separators=(",", ":"))
    manifest = Manifest(name, version, title, description, schema, list(needs))
    return lambda function: Action(function, manifest, reader_of(settings))


def _json_of(output: Any) -> str:
    try:
        text = json.dumps(output, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Permanent("invalid-output", f"the output has no form in JSON: {error}") from error
    return text
