"""How things go wrong: what the host refuses, what the network does, and what an action says of itself."""

from typing import Literal


class Refusal(Exception):
    """The host did not take something.

    The call goes on, and the action may do something else; if it is not caught, the step fails for good with the same code.

    ``code`` is ``not-granted`` (a grant is missing, and the message names it; or the operator, or the guard of private addresses,
    forbids the place), ``invalid`` (the argument makes no sense) or ``limit`` (the message names the limit and its size).
    """

    def __init__(self, code: Literal["not-granted", "invalid", "limit"], message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class HttpError(Exception):
    """A request has no answer; the service may have taken it all the same. If it is not caught, the step is tried again.

    ``code`` is ``timeout`` (nothing came in time) or ``network`` (there is no such host, it did not take the connection, or broke
    it). An answer with a status like 404 or 500 is an answer and no error.
    """

    def __init__(self, code: Literal["timeout", "network"], message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Failure(Exception):
    """The action did not succeed. None of its effects happen."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Retryable(Failure):
    """It may succeed later: the step is tried again by its schedule, but not before ``after_ms`` milliseconds."""

    def __init__(self, message: str, *, after_ms: int | None = None) -> None:
        super().__init__(message)
        if after_ms is not None and not 0 <= after_ms < 2**64:
            raise ValueError(f"after_ms is a number of milliseconds, not {after_ms}")
        self.after_ms = after_ms


class Permanent(Failure):
    """It will never succeed with this input: the run fails at once. ``code`` is a short word for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def as_failure(error: Exception) -> Failure | None:
    """The error as a failure of the action; ``None`` when it is a fault of the plugin."""
    match error:
        case Failure():
            return error
        case Refusal():
            return Permanent(error.code, error.message)
        case HttpError():
            return Retryable(error.message)
        case _:
            return None
