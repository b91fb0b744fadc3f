"""Makes the component: gives an action's module an interpreter by componentize-py.

A project's own ``build.py`` calls it, with the Python of the venv that componentize-py is installed in. A fault of the manifest shows
before that is started, which takes seconds. Only modules that are imported at build time exist in the component.
"""

import importlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from .action import Action, Manifest

#: Where the package is found.
_HERE = Path(__file__).resolve().parents[1]

#: The name of the module that the component begins with. It is no one else's.
_ENTRY = "hookbox_entry"


@dataclass(frozen=True)
class Built:
    """What was built: the manifest, the component's path and its size."""

    manifest: Manifest
    output: Path
    size: int


def build(
    module: str = "action",
    *,
    output: str | Path = "plugin.wasm",
    wit: str | Path = _HERE.parents[1] / "wit",
    paths: Sequence[str | Path] = (".",),
) -> Built:
    """Makes a component of the module that has one action.

    ``paths`` is where it and what it imports is found. Fails when the module has no action or several, when it imports what is not
    there, or when the interpreter does not start with it.
    """
    folders = [str(Path(path).resolve()) for path in paths]
    sys.path[:0] = folders
    name, action = _action_of(module)
    calls_out = any(need.capability == "http" for need in action.manifest.needs)
    with tempfile.TemporaryDirectory(prefix="hookbox-build-") as work:
        (Path(work) / f"{_ENTRY}.py").write_text(_entry(module, name, calls_out))
        _componentize(Path(wit), "action" if calls_out else "effects", [work, str(_HERE), *folders], Path(output))
    return Built(action.manifest, Path(output).resolve(), Path(output).stat().st_size)


def _action_of(module: str) -> tuple[str, Action]:
    found = [(name, value) for name, value in vars(importlib.import_module(module)).items() if isinstance(value, Action)]
    if len(found) != 1:
        sys.exit(f"{module}.py has {len(found)} functions with @action, and a plugin is one")
    return found[0]


def _entry(module: str, name: str, calls_out: bool) -> str:
    """Says which host there is, and exports the action. What the action does not ask for it does not import."""
    host = ("_component_http", "CallingHost") if calls_out else ("_component", "ComponentHost")
    return f"""\
from hookbox._component import exports_of
from hookbox.{host[0]} import {host[1]}
from {module} import {name} as action

WitWorld = exports_of(action, {host[1]}())
"""


def _componentize(wit: Path, world: str, paths: Sequence[str], output: Path) -> None:
    program = shutil.which("componentize-py", path=str(Path(sys.executable).parent))
    if program is None:
        sys.exit(f"there is no componentize-py beside {sys.executable}: pip install -r requirements.txt")
    command = [program, "--quiet", "--wit-path", str(wit), "--world", world, "--full-names", "componentize", _ENTRY]
    for path in paths:
        command += ["--python-path", path]
    ended = subprocess.run([*command, "--output", str(output)], capture_output=True, text=True)
    if ended.returncode != 0:
        # What follows is the backtrace of the tool itself.
        sys.exit((ended.stdout + ended.stderr).split("\nStack backtrace:")[0].rstrip())
