"""The mock host: makes the invocation of a situation as a real host does, runs the action, and reports what came of it."""

import json
from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from .._host import within
from ..action import Action, Invocation
from ..call import Contact, Conversation
from ..errors import Failure, HttpError, Permanent, Refusal, Retryable, as_failure
from .memory import Memory
from .outside import Outside, Sent, hide, secrets_of
from .rules import Grants, is_granted
from .session import Effect, Session


@dataclass(frozen=True)
class Failed:
    """How the action failed: ``kind`` is ``retryable`` or ``permanent``."""

    kind: str
    message: str
    code: str | None = None
    after_ms: int | None = None


@dataclass(frozen=True)
class Report:
    """What came of a call, and what a real host would commit."""

    #: What the action returned, as JSON text; ``None`` when it failed.
    output_text: str | None
    #: ``continue`` or ``stop``; ``None`` when it failed.
    next: str | None
    failure: Failed | None
    #: The effects that would be committed, in order: none when the action failed.
    effects: list[Effect]
    #: What the plugin remembers afterwards: what it did before when the action failed.
    state: dict[str, str]
    log: list[dict[str, str]]
    #: What was sent over HTTP, in order: also when the action failed.
    requests: list[Sent]
    #: Calls that were expected and did not come.
    calls_left: list[str]

    @property
    def output(self) -> Any:
        """What the action returned."""
        return None if self.output_text is None else json.loads(self.output_text)


class Host:
    """A host in a situation: what the plugin is given, and what is around it.

    The keywords are the keys of a fixture (``sdk/fixtures.md``). Unless said otherwise there is a contact with the phone
    ``+12155556677``, an inbox ``support``, nothing else, and everything is granted that the plugin asks.
    """

    def __init__(
        self,
        *,
        payload: Any = None,
        settings: Mapping[str, Any] | None = None,
        contact: Mapping[str, Any] | None = None,
        conversation: Mapping[str, Any] | None = None,
        inbox: str = "support",
        steps: Sequence[Mapping[str, Any]] = (),
        step: str = "step",
        attempt: int = 1,
        now: str = "2026-01-02T03:04:05Z",
        lists: Sequence[str] = (),
        inboxes: Sequence[str] = (),
        members: Sequence[str] = (),
        grants: Sequence[Mapping[str, Any]] | None = None,
        state: Mapping[str, str] | None = None,
        secrets: Mapping[str, Mapping[str, Any]] | None = None,
        http: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self._payload = {} if payload is None else payload
        self._settings = dict(settings or {})
        self._contact = dict(contact or {})
        self._conversation = conversation
        self._inbox, self._inboxes, self._lists, self._members = inbox, inboxes, lists, members
        self._steps, self._step, self._attempt, self._now = steps, step, attempt, now
        self._grants = grants
        self._state = dict(state or {})
        self._secrets = secrets_of(secrets or {})
        self._http = http

    def run(self, action: Action) -> Report:
        """Runs the action once. Whatever the host keeps is not changed by it.

        Raises what the action raises when that is no ``Failure``, ``Refusal`` or ``HttpError``, and when it makes a call that is not
        expected: in a component the first would be a fault of the plugin.
        """
        grants = self._granted_to(action)
        session = self._session(grants)
        output, stops, failure = None, False, None
        try:
            settings = hide(json.loads(action.manifest.settings), self._settings, self._secrets, grants)
            with within(session):
                output, stops = action.invoke(self._invocation(settings, grants))
        except (Failure, Refusal, HttpError) as error:
            failure = _failed(error)
        happens = failure is None
        return Report(
            output_text=output,
            next=None if failure else "stop" if stops else "continue",
            failure=failure,
            effects=session.effects if happens else [],
            state=session.memory.kept if happens else dict(self._state),
            log=session.lines,
            requests=session.outside.requests,
            calls_left=[f"{left['request']['method']} {left['request']['url']}" for left in session.outside.left],
        )

    def _granted_to(self, action: Action) -> Grants:
        if self._grants is None:
            return [(need.capability, need.scope) for need in action.manifest.needs]
        return [(grant["capability"], grant["scope"]) for grant in self._grants]

    def _session(self, grants: Grants) -> Session:
        assignee = (self._conversation or {}).get("assignee")
        return Session(
            grants=grants,
            inbox=self._inbox,
            inboxes=self._inboxes,
            lists=[*self._lists, *self._contact.get("lists", [])],
            members=[*self._members, *([assignee] if assignee else [])],
            memory=Memory(self._state, grants),
            outside=Outside(self._http, self._secrets, grants),
        )

    def _invocation(self, settings: Any, grants: Grants) -> Invocation:
        thread = self._conversation
        return Invocation(
            run_id="run_1",
            step_id=self._step,
            attempt=self._attempt,
            idempotency_key="run_1-0",
            now=self._now,
            payload=json.dumps(self._payload),
            contact=self._visible(grants),
            conversation=None
            if thread is None
            else Conversation("cnv_1", self._inbox, thread.get("assignee"), thread.get("state", "open")),
            steps=[(each["name"], json.dumps(each["output"])) for each in self._steps],
            settings=json.dumps(settings),
        )

    def _visible(self, grants: Grants) -> Contact:
        """What ``contacts.read`` is granted for, and nothing else."""

        def may(name: str) -> bool:
            return is_granted(grants, "contacts.read", name)

        given = self._contact
        return Contact(
            id=given.get("id", "con_1"),
            phone=given.get("phone", "+12155556677") if may("phone") else None,
            email=given.get("email") if may("email") else None,
            fields={name: value for name, value in given.get("fields", {}).items() if may(name)},
            tags=list(given.get("tags", [])) if may("tags") else [],
            lists=list(given.get("lists", [])) if may("lists") else [],
            opted_out=given.get("opted_out", False),
        )


def _failed(error: Exception) -> Failed:
    match as_failure(error):
        case Permanent(code=code, message=message):
            return Failed("permanent", message, code=code)
        case Retryable(message=message, after_ms=after_ms):
            return Failed("retryable", message, after_ms=after_ms)
        case other:
            raise TypeError(f"raise Permanent or Retryable, not {type(other).__name__}") from error
