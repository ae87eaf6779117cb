"""Rows of figures, their goals, and the statistics that every benchmark uses."""

import json
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

PEERS = Path(__file__).parent / "peers"


@dataclass(frozen=True)
class Row:
    """One figure.

    ``goal`` in words, ``ok`` ``None`` where there is no goal, ``peer`` the figure of the program compared.
    """

    benchmark: str
    figure: str
    value: float | None
    unit: str
    goal: str = ""
    peer: float | None = None
    ok: bool | None = None

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    def as_text(self) -> str:
        verdict = {True: "met", False: "MISSED", None: ""}[self.ok]
        value = "-" if self.value is None else f"{self.value:,.3f}".rstrip("0").rstrip(".")
        peer = "" if self.peer is None else f"peer {self.peer:,.3f}".rstrip("0").rstrip(".")
        return f"{self.benchmark:<12} {self.figure:<44} {value:>14} {self.unit:<8} {self.goal:<18} {peer:<14} {verdict}"


def at_most(benchmark: str, figure: str, value: float, unit: str, goal: float, peer: float | None = None) -> Row:
    """A figure that must not exceed ``goal``."""
    return Row(benchmark, figure, value, unit, f"<= {goal:g}", peer, value <= goal)


def at_least(benchmark: str, figure: str, value: float, unit: str, goal: float, peer: float | None = None) -> Row:
    """A figure that must reach ``goal``."""
    return Row(benchmark, figure, value, unit, f">= {goal:g}", peer, value >= goal)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of ``values`` lie (nearest rank)."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


def machine() -> str:
    """The machine in one line."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    cores = 0
    if info.exists():
        lines = info.read_text().splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        cores = len(names)
        model = names[0] if names else model
    return (
        f"{platform.system()} {platform.machine()}, {cores} cores ({model}), Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}"
    )


def peer_python(name: str, requirement: str) -> Path | None:
    """The interpreter of an environment of its own that holds ``requirement``; made with uv on first use.

    ``None`` where it cannot be made (no network), so that the comparison is left out and said to be.
    """
    folder = Path.home() / ".cache" / "legend-benchmarks" / name
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    marker = folder / "ready"
    if marker.exists():
        return python
    steps = [
        ["uv", "venv", "--quiet", "--clear", "--python", f"{sys.version_info.major}.{sys.version_info.minor}", folder],
        ["uv", "pip", "install", "--quiet", "--python", python, requirement],
    ]
    for step in steps:
        try:
            subprocess.run([str(part) for part in step], check=True, timeout=900)
        except (OSError, subprocess.SubprocessError):
            return None
    marker.write_text(requirement)
    return python
