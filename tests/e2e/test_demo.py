"""The main job from end to end, in a process of its own, as on a machine without a screen."""

import struct
from pathlib import Path

from tests.e2e.program import environment, run


def size_of_png(path: Path) -> tuple[int, int]:
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def test_without_a_screen_the_plain_command_says_so_and_runs_the_demo(tmp_path: Path) -> None:
    env = environment(QT_QPA_PLATFORM="", LEGEND_PROFILE_DIR=str(tmp_path / "p"))
    result = run(cwd=tmp_path, env=env)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "There is no screen here" in result.stderr.splitlines()[0]
    assert "legend-desktop demo --headless" in result.stderr.splitlines()[0]
    out = tmp_path / "legend-demo"
    pictures = sorted(out.glob("*.png"))
    assert len(pictures) >= 8, [path.name for path in pictures]
    assert all(min(size_of_png(path)) > 100 for path in pictures)
    page = (out / "best-execution.html").read_text(encoding="utf-8")
    assert "<html" in page
    assert "Personal execution report, not a regulatory filing." in page
    assert "<h2>Closed trades</h2>" in (out / "closed-trades.html").read_text(encoding="utf-8")
    for word in ("AAPL", "filled", "canceled"):
        assert word in result.stdout
    assert list((tmp_path / "p").iterdir()) == [], "the demo's own profile is left"


def test_the_same_seed_tells_the_same_story(tmp_path: Path) -> None:
    stories = []
    for number in ("one", "two"):
        result = run("demo", "--headless", "--seed", "5", "--out", number, cwd=tmp_path, env=environment())
        assert result.returncode == 0, result.stdout + result.stderr
        stories.append([line.split()[:4] for line in result.stdout.splitlines() if "AAPL" in line])
    assert stories[0] == stories[1]
    assert stories[0]
