"""What the author of a plugin uses.

An action is one function. It gets a call, changes the world through ``contacts``, ``lists``, ``conversations``, ``messages`` and
``state``, and returns its output. All of what it asked for happens together with the step, or none of it when it raises::

    from dataclasses import dataclass
    from hookbox import Call, action, lists, need, setting

    @dataclass(kw_only=True)
    class Settings:
        list: str = setting(title="List", minLength=1)

    @action(name="welcome", version="1.0.0", title="Welcome", description="Puts the contact on a list.", settings=Settings,
            needs=[need("lists.write", "*", reason="The list is chosen in the settings")])
    def run(call: Call[Settings]) -> None:
        lists.add(call.settings.list)

It refuses nothing of its own: what an action may do is the host's decision, told by a :class:`Refusal`. The host is the real one
in a component and :mod:`hookbox.mock` in a test.
"""

from . import contacts, conversations, http, lists, log, messages, state
from .action import Action, Need, Stop, action, need
from .call import Call, Contact, Conversation
from .errors import Failure, HttpError, Permanent, Refusal, Retryable
from .settings import Secret, setting

__all__ = [
    "Action",
    "Call",
    "Contact",
    "Conversation",
    "Failure",
    "HttpError",
    "Need",
    "Permanent",
    "Refusal",
    "Retryable",
    "Secret",
    "Stop",
    "action",
    "contacts",
    "conversations",
    "http",
    "lists",
    "log",
    "messages",
    "need",
    "setting",
    "state",
]
