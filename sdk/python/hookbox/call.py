"""One call of an action: what it gets to see."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

from .errors import Permanent

S = TypeVar("S")


@dataclass(frozen=True)
class Contact:
    """A contact. Only what the plugin may read is filled."""

    #: ``con_…``
    id: str
    #: E.164 (``+12155556677``).
    phone: str | None
    #: Lower case.
    email: str | None
    #: The fields by name.
    fields: dict[str, str | int | float | bool]
    tags: list[str]
    #: The names of the lists it is on.
    lists: list[str]
    #: It asked not to be written to: messages are recorded and not sent.
    opted_out: bool


@dataclass(frozen=True)
class Conversation:
    """The thread of one inbox with the contact."""

    #: ``cnv_…``
    id: str
    #: The inbox's name.
    inbox: str
    #: The name of the member it is assigned to.
    assignee: str | None
    state: Literal["open", "closed"]


@dataclass(frozen=True)
class Call(Generic[S]):
    """One call of an action, with its settings ``S``."""

    #: The run (``run_…``).
    run_id: str
    #: The step's name in the automation.
    step: str
    #: 1 for the first try.
    attempt: int
    #: The same for every attempt of this step: what an outside system can recognise a repetition by.
    idempotency_key: str
    #: The time of the call, RFC 3339 in UTC. The clocks of a component stand still at it.
    now: str
    #: The captured request body exactly as it was sent: JSON text.
    payload_text: str
    contact: Contact
    #: The conversation of the automation's inbox with the contact; ``None`` before the first message.
    conversation: Conversation | None
    #: The outputs of the steps before, by name: JSON texts. ``output_of`` reads them.
    step_texts: dict[str, str]
    #: The step's settings, templates rendered and checked against their schema, with the schema's defaults.
    settings: S

    @cached_property
    def payload(self) -> Any:
        """The captured request body. Raises a permanent failure when Python cannot hold it (a number of 5,000 digits)."""
        return _read("unexpected-payload", "the payload", self.payload_text)

    def output_of(self, step: str) -> Any:
        """The output of a step before this one; ``None`` when no such step has run."""
        text = self.step_texts.get(step)
        return None if text is None else _read("unexpected-output", f'the output of step "{step}"', text)


def _read(code: str, what: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Permanent(code, f"{what} is not what was expected: {error}") from error
