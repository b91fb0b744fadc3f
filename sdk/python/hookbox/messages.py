"""Messages to the contact."""

from dataclasses import dataclass
from datetime import datetime
from typing import Sequence

from ._host import current, text
from .errors import Refusal


@dataclass(frozen=True)
class Media:
    """A file that goes with a message: an ``https`` URL, and its media type (``image/png``)."""

    url: str
    content_type: str


def send(body: str, *, inbox: str | None = None, media: Sequence[Media] = (), send_at: str | datetime | None = None) -> str:
    """Asks to send, and returns the message's id. Raises ``Refusal``.

    The host decides: to a contact that opted out it is recorded as suppressed. ``body`` has 1 to 10,000 characters, ``inbox`` is
    the automation's when left out, ``media`` are at most 10, ``send_at`` is a time (a text in RFC 3339) before which it is not
    sent. Needs ``messages.send`` for the inbox's name.
    """
    if isinstance(send_at, datetime):
        if send_at.tzinfo is None:
            raise Refusal("invalid", "send_at has no time zone")
        send_at = send_at.isoformat()
    attached = [(text("a medium's url", each.url), text("a medium's type", each.content_type)) for each in media]
    inbox = None if inbox is None else text("the name of an inbox", inbox)
    at = None if send_at is None else text("send_at", send_at)
    return current().send(inbox, text("the body of a message", body), attached, at)
