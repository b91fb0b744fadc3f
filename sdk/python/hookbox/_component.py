"""The host of a component: every function of the SDK through the bindings of ``wit/``, and the exports that the host calls.

Only the module that ``build.py`` writes imports it; outside a component there are no bindings.
"""

import json
import os
import sys
from typing import Any, Callable, ParamSpec, TypeVar

from componentize_py_types import Err
from wit_world import WitWorld
from wit_world.imports import hookbox_plugin_contacts_1_0_0 as contacts
from wit_world.imports import hookbox_plugin_conversations_1_0_0 as conversations
from wit_world.imports import hookbox_plugin_lists_1_0_0 as lists
from wit_world.imports import hookbox_plugin_log_1_0_0 as log
from wit_world.imports import hookbox_plugin_messages_1_0_0 as messages
from wit_world.imports import hookbox_plugin_state_1_0_0 as state
from wit_world.imports import hookbox_plugin_types_1_0_0 as wit

from . import _host, http
from .action import Action, Invocation
from .call import Contact, Conversation
from .errors import Permanent, Refusal, Retryable, as_failure

P = ParamSpec("P")
R = TypeVar("R")

_CODES: dict[type, Any] = {
    wit.Refusal_NotGranted: "not-granted",
    wit.Refusal_Invalid: "invalid",
    wit.Refusal_Limit: "limit",
}


def _refusing(call: Callable[P, R]) -> Callable[P, R]:
    """A function of the contract whose refusals are raised as ``Refusal``."""

    def refusing(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except Err as error:
            raise Refusal(_CODES[type(error.value)], error.value.value) from None

    return refusing


class ComponentHost:
    """A host without HTTP: a component that asks for no ``http`` does not import it, and is told what the host would tell it."""

    set_field = staticmethod(_refusing(contacts.set_field))
    clear_field = staticmethod(_refusing(contacts.clear_field))
    add_tag = staticmethod(_refusing(contacts.add_tag))
    remove_tag = staticmethod(_refusing(contacts.remove_tag))
    add_to_list = staticmethod(_refusing(lists.add))
    remove_from_list = staticmethod(_refusing(lists.remove))
    assign = staticmethod(_refusing(conversations.assign))
    unassign = staticmethod(_refusing(conversations.unassign))
    close = staticmethod(_refusing(conversations.close))
    reopen = staticmethod(_refusing(conversations.reopen))
    add_note = staticmethod(_refusing(conversations.add_note))
    get_state = staticmethod(_refusing(state.get))
    set_state = staticmethod(_refusing(state.set))
    delete_state = staticmethod(_refusing(state.delete))
    increment_state = staticmethod(_refusing(state.increment))

    def send(self, inbox: str | None, body: str, media: list[tuple[str, str]], send_at: str | None) -> str:
        attached = [messages.Media(url, content_type) for url, content_type in media]
        return _refusing(messages.send)(messages.Message(inbox, body, attached, send_at))

    def log(self, level: str, message: str) -> None:
        log.write(log.Level[level.upper()], message)

    def http(self, outgoing: _host.Outgoing) -> _host.Answered:
        raise http.not_granted(http.scope_of(outgoing.method, outgoing.address))


def exports_of(action: Action, host: _host.Host) -> type:
    """The class that the component's exports are made of."""
    _host.install(host)
    manifest = action.manifest
    needs = [wit.Need(need.capability, need.scope, need.reason) for need in manifest.needs]
    described = wit.Manifest(
        manifest.name, manifest.version, manifest.title, manifest.description, manifest.settings, needs
    )

    class Exports(WitWorld):
        def describe(self) -> wit.Manifest:
            return described

        def run(self, call: wit.Invocation) -> wit.Outcome:
            _begin_random()
            try:
                output, stops = action.invoke(_invocation_of(call))
            except Exception as error:
                raise _failing(error)
            return wit.Outcome(output, wit.Next.STOP if stops else wit.Next.CONTINUE)

    return Exports


def _begin_random() -> None:
    """``random`` was begun when the component was built: without this every call would draw the same numbers."""
    if "random" in sys.modules:
        sys.modules["random"].seed(os.urandom(16))


def _failing(error: Exception) -> Exception:
    match as_failure(error):
        case Retryable(message=message, after_ms=after_ms):
            return Err(wit.Failure_Retryable(wit.Retryable(message, after_ms)))
        case Permanent(code=code, message=message):
            return Err(wit.Failure_Permanent(wit.Permanent(code, message)))
        case _:
            return error


def _invocation_of(call: wit.Invocation) -> Invocation:
    conversation = call.conversation and Conversation(
        id=call.conversation.id,
        inbox=call.conversation.inbox,
        assignee=call.conversation.assignee,
        state="open" if call.conversation.state == wit.ConversationState.OPEN else "closed",
    )
    return Invocation(
        run_id=call.run_id,
        step_id=call.step_id,
        attempt=call.attempt,
        idempotency_key=call.idempotency_key,
        now=call.now,
        payload=call.payload,
        contact=_contact_of(call.contact),
        conversation=conversation,
        steps=call.steps,
        settings=call.settings,
    )


def _contact_of(contact: wit.Contact) -> Contact:
    return Contact(
        id=contact.id,
        phone=contact.phone,
        email=contact.email,
        fields={field.name: json.loads(field.value) for field in contact.fields},
        tags=contact.tags,
        lists=contact.lists,
        opted_out=contact.opted_out,
    )
