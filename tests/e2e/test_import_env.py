"""``legend-desktop import-env`` as a process of its own, against the fake broker as another one."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import environment, run

NEEDS_NO_SCREEN = True
ROOT = Path(__file__).parents[2]
KEY, SECRET = "PKCANARYCANARY", "canary-secret-1234567890"


@pytest.fixture
def broker() -> Iterator[str]:
    """The address of a fake Alpaca."""
    words = ["-m", "tests.fakes.alpaca", "--port", "0", "--key", KEY, "--secret", SECRET]
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = next(line.split()[1] for line in process.stdout if line.startswith("READY"))
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=20)


def import_env(folder: Path, *words: str, **rows: str) -> subprocess.CompletedProcess[str]:
    file = folder / ".env"
    file.write_text("".join(f"{name}={value}\n" for name, value in rows.items()), encoding="utf-8")
    file.chmod(0o600)
    return run("import-env", *words, cwd=folder, env=environment(LEGEND_PROFILE_DIR=str(folder / "p")))


def files_with(folder: Path, *secrets: str) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in found if any(secret.encode() in path.read_bytes() for secret in secrets)]


def test_the_login_is_checked_and_without_a_key_store_nothing_is_kept(tmp_path: Path, broker: str) -> None:
    done = import_env(tmp_path, ALPACA_API_KEY=KEY, ALPACA_API_SECRET=SECRET, ALPACA_BASE_URL=broker)
    assert done.stderr == ""
    assert "ALPACA_API_KEY, ALPACA_API_SECRET" in done.stdout
    assert "ok: Keys are right" in done.stdout
    assert "no key store, so nothing was kept" in done.stdout
    assert done.returncode == 1
    assert KEY not in done.stdout
    assert SECRET not in done.stdout
    assert files_with(tmp_path / "p", KEY, SECRET) == []
    assert not (tmp_path / "p" / "config" / "connections.json").exists()


def test_a_wrong_secret_is_said_and_not_shown(tmp_path: Path, broker: str) -> None:
    done = import_env(tmp_path, ALPACA_API_KEY=KEY, ALPACA_API_SECRET="no-such-secret-777", ALPACA_BASE_URL=broker)
    assert done.returncode == 1
    assert "wrong: Keys are right" in done.stdout
    assert "no-such-secret-777" not in done.stdout + done.stderr
    assert files_with(tmp_path / "p", "no-such-secret-777") == []


def test_a_file_that_asks_for_real_money_needs_the_word(tmp_path: Path) -> None:
    done = import_env(tmp_path, ALPACA_API_KEY=KEY, ALPACA_API_SECRET=SECRET, BROKER_PAPER_TRADING="false")
    assert done.returncode == 1
    assert done.stderr == (
        "The file asks for real money (BROKER_PAPER_TRADING=false). Nothing was kept. "
        "Add --live if these are the keys of the live account.\n"
    )


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    done = run("import-env", "none.env", cwd=tmp_path, env=environment(LEGEND_PROFILE_DIR=str(tmp_path / "p")))
    assert done.returncode == 1
    assert done.stderr == f"{tmp_path / 'none.env'} cannot be read (No such file or directory).\n"
