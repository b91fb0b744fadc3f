"""Lines for whoever reads the run: 4 KiB a line, 256 KiB a step; what is past that is counted and dropped. Never raise.

``print`` writes there too.
"""

from ._host import current


def debug(message: object) -> None:
    """For whoever wrote the plugin."""
    _write("debug", message)


def info(message: object) -> None:
    """Worth knowing."""
    _write("info", message)


def warn(message: object) -> None:
    """Something is not as it should be."""
    _write("warn", message)


def error(message: object) -> None:
    """Something went wrong."""
    _write("error", message)


def _write(level: str, message: object) -> None:
    current().log(level, str(message).encode(errors="replace").decode())
