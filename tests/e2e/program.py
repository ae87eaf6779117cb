"""The real program as a process of its own, with a profile of its own and nothing of this machine's settings."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.helpers.environment import clean_names

LIMIT_SECONDS = 180


def environment(**more: str) -> dict[str, str]:
    """A plain environment: no screen, no account. ``more`` is added, an empty text takes a name away."""
    names = {name: value for name, value in os.environ.items() if name not in clean_names([name])}
    names |= more
    return {name: value for name, value in names.items() if value}


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "legend_desktop", *args]


def run(*args: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run to the end; the test fails after three minutes."""
    return subprocess.run(
        command(*args),
        check=False,
        cwd=cwd,
        env=dict(env) if env is not None else environment(),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
    )


def start(*args: str, cwd: Path, env: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
    """Start and go on; the caller ends it."""
    return subprocess.Popen(
        command(*args),
        cwd=cwd,
        env=dict(env) if env is not None else environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
