"""The Python of the README runs as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

from tests.e2e.program import LIMIT_SECONDS, environment

NEEDS_NO_SCREEN = True
ROOT = Path(__file__).parents[2]
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


def test_the_sample_trades_on_the_simulator(tmp_path: Path) -> None:
    samples = PYTHON.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(samples) == 1
    script = tmp_path / "sample.py"
    script.write_text(samples[0], encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        check=False,
        cwd=ROOT,
        env=environment(LEGEND_PROFILE_DIR=str(tmp_path / "profile"), PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert [line.split(":")[0].split(" ")[0] for line in lines] == ["Cash", "Order", "Risk", "Positions", "Cost"]
    assert "Positions: 1" in done.stdout
    shares = re.search(r": (\d+) shares", done.stdout)
    assert shares is not None
    assert int(shares[1]) > 100
