"""Runs one measured program in a process of its own and reads the JSON line that it prints last."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path.home() / ".cache" / "legend-benchmarks"


class RunFailed(RuntimeError):
    """The measured program did not end well; the text holds what it wrote."""


def run_json(
    command: Sequence[str], *, python: Path | None = None, seconds: float = 600.0, **environment: str
) -> dict[str, Any]:
    """Run ``python command...`` in the checkout, painting into memory; returns the object on the last line printed."""
    full = [str(python or sys.executable), *command]
    names = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LANGUAGE": "en", **environment}
    # compiled modules are kept, as on any machine where a program was started before
    names.pop("PYTHONDONTWRITEBYTECODE", None)
    names["PYTHONPYCACHEPREFIX"] = str(CACHE / "compiled")
    done = subprocess.run(full, cwd=ROOT, env=names, capture_output=True, text=True, timeout=seconds, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        raise RunFailed(f"{' '.join(full)} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def now_ns() -> str:
    """The instant that a measured process takes for its start: the clock is the same in every process."""
    return str(time.monotonic_ns())
