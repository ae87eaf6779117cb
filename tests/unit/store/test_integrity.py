"""Rows that were changed behind the journal's back are found."""

import sqlite3
from pathlib import Path

import pytest

from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.store.integrity import chain_doubts, full_damage, own_doubts, quick_damage, row_doubts
from legend_desktop.store.opening import open_looker
from tests.unit.store.samples import a_journal, created, filled, happened

A, B = "LPT1A", "LPT1B"


async def write(folder: Path) -> None:
    async with a_journal(folder) as journal:
        for name in (A, B):
            await journal.record([created(name), happened(name, OrderEventKind.SENT)])
            await journal.record([filled(name, f"e-{name}", 60)])


def tamper(folder: Path, *statements: str) -> None:
    connection = sqlite3.connect(folder / "paper.sqlite3")
    for name in ("order_event_no_update", "order_event_no_delete", "execution_no_update", "execution_no_delete"):
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def doubts(folder: Path, last: int | None = None) -> list[str]:
    link = open_looker(folder / "paper.sqlite3", 1)
    try:
        assert quick_damage(link) == []
        return own_doubts(link, last=last)
    finally:
        link.close()


async def test_an_untouched_journal_has_none(tmp_path: Path) -> None:
    await write(tmp_path)
    assert doubts(tmp_path) == []
    assert doubts(tmp_path, last=2) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE order_event SET body = replace(body, '60', '61') WHERE seq = 3", "event 3 is not what was written"),
        ("UPDATE order_event SET to_state = 'filled' WHERE seq = 2", "event 2 is not what was written"),
        ("UPDATE order_event SET order_id = 2 WHERE seq = 2", "event 2 is not what was written"),
        ("UPDATE order_event SET hash = zeroblob(32) WHERE seq = 2", "event 2 is not what was written"),
        ("UPDATE order_event SET prev_hash = zeroblob(32) WHERE seq = 4", "event 4 is not what was written"),
        ("DELETE FROM order_event WHERE seq = 4", "order events 4 to 4 are missing"),
        ("DELETE FROM order_event WHERE seq = 6", "the order LPT1B has 2 of its 3 events"),
        ("DELETE FROM execution WHERE order_id = 1", "add up to 0, its events to 60"),
        ("UPDATE execution SET qty_u = 61000000 WHERE order_id = 1", "add up to 61, its events to 60"),
        ("UPDATE orders SET state = 'canceled' WHERE id = 2", "noted as canceled, its events say partial"),
    ],
)
async def test_a_change_behind_the_back_is_found(tmp_path: Path, statement: str, said: str) -> None:
    await write(tmp_path)
    tamper(tmp_path, statement)
    assert any(said in doubt for doubt in doubts(tmp_path)), doubts(tmp_path)


async def test_only_the_last_events_are_checked_when_asked(tmp_path: Path) -> None:
    await write(tmp_path)
    tamper(tmp_path, "UPDATE order_event SET hash = zeroblob(32) WHERE seq = 1")
    link = open_looker(tmp_path / "paper.sqlite3", 1)
    assert chain_doubts(link, last=3) == []
    assert chain_doubts(link) != []
    link.close()


async def test_rows_whose_parents_are_gone_are_damage(tmp_path: Path) -> None:
    await write(tmp_path)
    tamper(tmp_path, "DELETE FROM account")
    link = open_looker(tmp_path / "paper.sqlite3", 1)
    assert any("that are gone" in found for found in full_damage(link))
    link.close()


async def test_an_event_that_cannot_be_read_is_found(tmp_path: Path) -> None:
    await write(tmp_path)
    tamper(tmp_path, "UPDATE order_event SET body = '{' WHERE seq = 6")
    link = open_looker(tmp_path / "paper.sqlite3", 1)
    assert row_doubts(link) == ["the events of the order LPT1B cannot be read"]
    link.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE order_event SET kind = 'x' WHERE seq = 1",
        "DELETE FROM order_event WHERE seq = 1",
        "UPDATE execution SET qty_u = 1",
        "DELETE FROM execution",
    ],
)
async def test_the_log_and_the_executions_are_append_only(tmp_path: Path, statement: str) -> None:
    await write(tmp_path)
    connection = sqlite3.connect(tmp_path / "paper.sqlite3")
    with pytest.raises(sqlite3.IntegrityError, match=r"are never (changed|deleted)"):
        connection.execute(statement)
    connection.close()
