"""One call under the mock host: what is granted and exists, and what the action has asked for so far."""

from typing import Any, Iterable

from .._host import Answered, Outgoing
from . import rules
from .memory import Memory
from .outside import Outside

#: A change that the action asked for, as the API shows it: ``{"kind": "add-tag", "tag": "vip"}``.
Effect = dict[str, Any]


class Session:
    """The other end of the SDK's functions: checks as a real host does, then writes the effect down."""

    def __init__(
        self,
        grants: rules.Grants,
        inbox: str,
        inboxes: Iterable[str],
        lists: Iterable[str],
        members: Iterable[str],
        memory: Memory,
        outside: Outside,
    ) -> None:
        self._grants = grants
        self._inbox = inbox
        self._inboxes = {inbox, *inboxes}
        self._lists = set(lists)
        self._members = set(members)
        self.memory = memory
        self.outside = outside
        self.effects: list[Effect] = []
        self.lines: list[dict[str, str]] = []

    def set_field(self, name: str, value: str) -> None:
        rules.field_name(name)
        scalar = rules.field_value(value)
        rules.granted(self._grants, "contacts.write", name)
        self._buffer("set-field", name=name, value=scalar)

    def clear_field(self, name: str) -> None:
        rules.field_name(name)
        rules.granted(self._grants, "contacts.write", name)
        self._buffer("clear-field", name=name)

    def add_tag(self, tag: str) -> None:
        rules.tag(tag)
        rules.granted(self._grants, "contacts.tag", tag)
        self._buffer("add-tag", tag=tag)

    def remove_tag(self, tag: str) -> None:
        rules.tag(tag)
        rules.granted(self._grants, "contacts.tag", tag)
        self._buffer("remove-tag", tag=tag)

    def add_to_list(self, name: str) -> None:
        rules.granted(self._grants, "lists.write", name)
        rules.known("list", name, self._lists)
        self._buffer("add-to-list", list=name)

    def remove_from_list(self, name: str) -> None:
        rules.granted(self._grants, "lists.write", name)
        rules.known("list", name, self._lists)
        self._buffer("remove-from-list", list=name)

    def assign(self, member: str) -> None:
        rules.granted(self._grants, "conversations.write", "assign")
        rules.known("member", member, self._members)
        self._buffer("assign", to=member)

    def unassign(self) -> None:
        self._on_conversation("unassign")

    def close(self) -> None:
        self._on_conversation("close")

    def reopen(self) -> None:
        self._on_conversation("reopen")

    def _on_conversation(self, kind: str) -> None:
        rules.granted(self._grants, "conversations.write", kind)
        self._buffer(kind)

    def add_note(self, body: str) -> None:
        rules.note(body)
        rules.granted(self._grants, "conversations.write", "note")
        self._buffer("add-note", body=body)

    def send(self, inbox: str | None, body: str, media: list[tuple[str, str]], send_at: str | None) -> str:
        name = self._inbox if inbox is None else inbox
        rules.message(body, media, send_at)
        rules.granted(self._grants, "messages.send", name)
        rules.known("inbox", name, self._inboxes)
        message = f"msg_{sum(effect['kind'] == 'send' for effect in self.effects) + 1}"
        attached = [{"url": url, "content_type": content_type} for url, content_type in media]
        self._buffer("send", message=message, inbox=inbox, body=body, media=attached, send_at=send_at)
        return message

    def get_state(self, key: str) -> str | None:
        return self.memory.get(key)

    def set_state(self, key: str, value: str, ttl_ms: int | None) -> None:
        self.memory.set(key, value, ttl_ms)

    def delete_state(self, key: str) -> None:
        self.memory.delete(key)

    def increment_state(self, key: str, by: int) -> int:
        return self.memory.increment(key, by)

    def log(self, level: str, message: str) -> None:
        self.lines.append({"level": level, "message": rules.printable(message)})

    def http(self, outgoing: Outgoing) -> Answered:
        return self.outside.answer(outgoing)

    def _buffer(self, kind: str, **members: Any) -> None:
        rules.room_for_an_effect(len(self.effects))
        self.effects.append({"kind": kind, **members})
