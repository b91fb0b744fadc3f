"""The conversation of the automation's inbox with the contact. It begins with the first effect on it. All raise ``Refusal``."""

from ._host import current, text


def assign(member: str) -> None:
    """Assigns it to a member, by name. Needs ``conversations.write`` for ``assign``."""
    current().assign(text("the name of a member", member))


def unassign() -> None:
    """Leaves it to nobody. Needs ``conversations.write`` for ``unassign``."""
    current().unassign()


def close() -> None:
    """Closes it. Needs ``conversations.write`` for ``close``."""
    current().close()


def reopen() -> None:
    """Opens it again. Needs ``conversations.write`` for ``reopen``."""
    current().reopen()


def add_note(body: str) -> None:
    """Writes a note of at most 10,000 characters that only members see. Needs ``conversations.write`` for ``note``."""
    current().add_note(text("a note", body))
