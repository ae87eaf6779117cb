"""What a person sees who types the command, before any window."""

from pathlib import Path

from legend_desktop.version import __version__
from tests.e2e.program import environment, run

NEEDS_NO_SCREEN = True


def test_version_and_help(tmp_path: Path) -> None:
    assert run("--version", cwd=tmp_path).stdout == f"Legend Desktop {__version__}\n"
    helped = run("--help", cwd=tmp_path)
    assert helped.returncode == 0
    for word in ("demo", "settings", "--profile-dir", "--headless"):
        assert word in helped.stdout


def test_the_list_of_settings_takes_the_documents_names_from_dotenv_and_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DEFAULT_BROKER=alpaca\nALPACA_API_SECRET=canary-1234\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0o600)
    result = run("settings", cwd=tmp_path, env=environment(BROKER_PAPER_TRADING="false", LEGEND_PROFILE_DIR="p"))
    assert result.returncode == 0
    assert "alpaca  (.env)" in result.stdout
    assert "false  (environment)" in result.stdout
    assert "canary-1234" not in result.stdout + result.stderr
    assert str(tmp_path / "p") in result.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env"]


def test_a_wrong_command_line_is_told_and_starts_nothing(tmp_path: Path) -> None:
    result = run("demo", "--seed", "many", cwd=tmp_path)
    assert result.returncode == 2
    assert "--seed" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_missing_replay_file_is_one_sentence(tmp_path: Path) -> None:
    result = run("demo", "--headless", "--replay", "none.csv", cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr == "There is no file none.csv to replay. Check the name after --replay.\n"
