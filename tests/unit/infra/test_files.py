import os
import threading
from pathlib import Path

import pytest

from legend_desktop.domain.errors import InvalidInput
from legend_desktop.infra.atomic_file import LatestWriter, write_atomic
from legend_desktop.infra.dotenv_file import read_dotenv


def test_a_failed_write_leaves_the_old_text_and_no_litter(tmp_path: Path) -> None:
    target = tmp_path / "a"
    write_atomic(target, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomic(target, "half \udcff")
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_the_newest_text_wins_and_every_submit_before_flush_is_covered(tmp_path: Path) -> None:
    writer = LatestWriter(tmp_path / "a", lambda error: None)
    for number in range(50):
        writer.submit(str(number))
    writer.flush()
    assert (tmp_path / "a").read_text(encoding="utf-8") == "49"
    writer.close()
    writer.submit("after close")
    writer.close()
    assert (tmp_path / "a").read_text(encoding="utf-8") == "after close"


def test_a_failed_write_is_told_and_the_next_one_is_tried(tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    folder = tmp_path / "later"
    writer = LatestWriter(
        folder / "a", lambda error: told.append((type(error).__name__, threading.current_thread().name))
    )
    writer.submit("x")
    writer.flush()
    folder.mkdir()
    writer.submit("x")
    writer.close()
    assert told == [("FileNotFoundError", "write a_0")]
    assert (folder / "a").read_text(encoding="utf-8") == "x"


def test_dotenv_takes_the_documents_lines_and_leaves_the_environment_alone(tmp_path: Path) -> None:
    place = tmp_path / ".env"
    place.write_text(
        "# Default broker\nDEFAULT_BROKER=alpaca\nBROKER_PAPER_TRADING=true  # Set to false for live trading\n"
        "ALPACA_API_KEY=\"a$b\"\nexport IB_ACCOUNT_ID='U1'\nEMPTY\n",
        encoding="utf-8-sig",
    )
    place.chmod(0o600)
    found = read_dotenv(place)
    assert found.values == {
        "DEFAULT_BROKER": "alpaca",
        "BROKER_PAPER_TRADING": "true",
        "ALPACA_API_KEY": "a$b",
        "IB_ACCOUNT_ID": "U1",
    }
    assert found.warnings == ()
    assert "a$b" not in repr(found)
    assert "ALPACA_API_KEY" not in os.environ


def test_dotenv_readable_by_others_is_read_with_a_warning(tmp_path: Path) -> None:
    place = tmp_path / ".env"
    place.write_text("DEFAULT_BROKER=alpaca\n", encoding="utf-8")
    place.chmod(0o644)
    assert "chmod 600" in read_dotenv(place).warnings[0]


def test_dotenv_refuses_links_large_and_strange_files(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_text("A=1", encoding="utf-8")
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "large").write_text("A=1\n" * 20_000, encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\xd8")
    for name, words in (
        ("link", "not a plain file"),
        ("large", "64 KB"),
        ("binary", "UTF-8"),
        ("none", "cannot be read"),
        (".", "not a plain file"),
    ):
        with pytest.raises(InvalidInput, match=words):
            read_dotenv(tmp_path / name)
