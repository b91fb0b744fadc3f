"""What the plugin remembers between calls: per plugin and workspace, seen by no other. All raise ``Refusal``.

A commit checks that nothing read here changed meanwhile; if it did, the step runs again. Keys have 1 to 256 bytes; a step may use
100 of them. ``state`` is granted for a key, or for all that begin alike (``leads:*``).
"""

from ._host import current, text, whole


def get(key: str) -> str | None:
    """The value of a key. Needs ``state`` for the key."""
    return current().get_state(text("a key", key))


def set(key: str, value: str, *, ttl_ms: int | None = None) -> None:
    """Sets a value of at most 64 KiB, for ``ttl_ms`` milliseconds when given. Needs ``state`` for the key."""
    ttl_ms = None if ttl_ms is None else whole("ttl_ms", ttl_ms, 0, 2**64 - 1)
    current().set_state(text("a key", key), text("a value", value), ttl_ms)


def delete(key: str) -> None:
    """Forgets a key. Needs ``state`` for the key."""
    current().delete_state(text("a key", key))


def increment(key: str, by: int = 1) -> int:
    """Adds to a whole number, which begins at 0, and returns the sum. Needs ``state`` for the key.

    A value that was set for some time keeps its end.
    """
    return current().increment_state(text("a key", key), whole("what is added", by, -(2**63), 2**63 - 1))
