"""Kills at random instants under load, one after the other on the same profile."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.faults.trading_child import command

NEEDS_NO_SCREEN = True


@pytest.mark.parametrize("seed", [56, 57])
def test_case_56_hundred_kills_at_random_instants_lose_nothing_and_double_nothing(tmp_path: Path, seed: int) -> None:
    """After each kill the next start checks I1 to I6 and I8; a life that finds one broken ends the storm by itself."""
    run = subprocess.run(
        command("storm", tmp_path, f"100:{seed}"),
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert run.returncode == 0, f"{run.stdout[-2000:]}\n{run.stderr[-8000:]}"
    assert run.stdout.startswith("100 kills under load")
