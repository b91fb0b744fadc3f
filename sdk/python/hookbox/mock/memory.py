"""Plugin state under the mock host, by the rules of a real one. The clock stands still during a call, so nothing expires in it."""

import re
from typing import Mapping

from ..errors import Refusal
from .rules import Grants, granted, state_key, state_value

_KEYS_OF_A_CALL_MAX = 100
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")


class Memory:
    """What the plugin remembers, and which keys the call used."""

    def __init__(self, kept: Mapping[str, str], grants: Grants) -> None:
        self.kept = dict(kept)
        self._grants = grants
        self._used: set[str] = set()

    def get(self, key: str) -> str | None:
        self._open(key)
        return self.kept.get(key)

    def set(self, key: str, value: str, ttl_ms: int | None) -> None:
        self._open(key)
        state_value(value)
        if ttl_ms == 0:
            raise Refusal("invalid", "a value is kept for at least a millisecond")
        self.kept[key] = value

    def delete(self, key: str) -> None:
        self._open(key)
        self.kept.pop(key, None)

    def increment(self, key: str, by: int) -> int:
        self._open(key)
        before = self.kept.get(key, "0")
        if not _WHOLE.fullmatch(before):
            raise Refusal("invalid", "what is kept under this key is no whole number")
        total = int(before) + by
        if not -(2**63) <= total < 2**63:
            raise Refusal("invalid", "the sum is past the whole numbers of 64 bits")
        self.kept[key] = str(total)
        return total

    def _open(self, key: str) -> None:
        """Refuses a key that the call may not use."""
        state_key(key)
        granted(self._grants, "state", key)
        if len(self._used) >= _KEYS_OF_A_CALL_MAX and key not in self._used:
            raise Refusal("limit", f"a step may use {_KEYS_OF_A_CALL_MAX} keys of state")
        self._used.add(key)
