"""The lists that the contact is on. All raise ``Refusal``."""

from ._host import current, text


def add(name: str) -> None:
    """Puts the contact on a list, once. Needs ``lists.write`` for the list's name."""
    current().add_to_list(text("the name of a list", name))


def remove(name: str) -> None:
    """Takes the contact off a list; nothing happens when it is not on it. Needs ``lists.write`` for the list's name."""
    current().remove_from_list(text("the name of a list", name))
