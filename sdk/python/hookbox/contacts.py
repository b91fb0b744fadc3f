"""Changes of the contact that the run is about. Each is an effect: it happens when the step commits. All raise ``Refusal``."""

import json
import math

from ._host import current, text
from .errors import Refusal


def set_field(name: str, value: str | int | float | bool) -> None:
    """Writes a field. Needs ``contacts.write`` for the name; ``phone``, ``email`` and ``external_id`` are refused."""
    scalar = isinstance(value, (str, int, float))
    if not scalar or (isinstance(value, float) and not math.isfinite(value)):
        raise Refusal("invalid", f'the value of field "{name}" is no text, finite number, true or false')
    if isinstance(value, str):
        text("the value of a field", value)
    current().set_field(text("the name of a field", name), json.dumps(value, ensure_ascii=False))


def clear_field(name: str) -> None:
    """Empties a field; nothing happens when it is empty. Needs ``contacts.write`` for the name."""
    current().clear_field(text("the name of a field", name))


def add_tag(tag: str) -> None:
    """Adds a tag, once. Needs ``contacts.tag`` for it."""
    current().add_tag(text("a tag", tag))


def remove_tag(tag: str) -> None:
    """Removes a tag; nothing happens when it is not there. Needs ``contacts.tag`` for it."""
    current().remove_tag(text("a tag", tag))
