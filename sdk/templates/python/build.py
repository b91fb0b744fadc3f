"""``.venv/bin/python build.py``: action.py → plugin.wasm"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "hookbox/sdk/python"))

from hookbox.build import build  # noqa: E402

built = build("action")
print(f"{built.manifest.name} {built.manifest.version}: {built.output}, {built.size / 1024 / 1024:.1f} MiB")
