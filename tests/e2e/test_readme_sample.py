"""The Python of the README runs as it stands there."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

from tests.e2e.program import LIMIT_SECONDS, environment
from tests.fakes.alpaca.server import FakeAlpaca

NEEDS_NO_SCREEN = True
ROOT = Path(__file__).parents[2]
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


def sample(number: int) -> str:
    """The simulator's sample, then Alpaca's."""
    samples = PYTHON.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(samples) == 2
    return str(samples[number])


def run_sample(number: int, folder: Path, **names: str) -> subprocess.CompletedProcess[str]:
    script = folder / "sample.py"
    script.write_text(sample(number), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        check=False,
        cwd=ROOT,
        env=environment(LEGEND_PROFILE_DIR=str(folder / "profile"), PYTHONPATH=str(ROOT), **names),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
    )


def test_the_sample_trades_on_the_simulator(tmp_path: Path) -> None:
    done = run_sample(0, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert [line.split(":")[0].split(" ")[0] for line in lines] == ["Cash", "Order", "Risk", "Positions", "Cost"]
    assert "Positions: 1" in done.stdout
    shares = re.search(r": (\d+) shares", done.stdout)
    assert shares is not None
    assert int(shares[1]) > 100


async def test_the_sample_with_keys_reads_an_account_at_alpaca(tmp_path: Path) -> None:
    async with FakeAlpaca() as fake:
        fake.levers.give("KO", "100", "62")
        keys = {"ALPACA_API_KEY": fake.key, "ALPACA_API_SECRET": fake.secret, "ALPACA_BASE_URL": fake.url}
        done = await asyncio.to_thread(run_sample, 1, tmp_path, **keys)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Cash: $")
    assert lines[1].startswith("Buying power: $")
    assert lines[2].startswith("KO: 100 shares at 62")
    assert lines[3].startswith("AAPL: 175.5")
