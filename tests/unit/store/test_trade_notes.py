"""What a person writes about trades is kept in the account's part of the journal, and the parts can be listed."""

from dataclasses import replace
from pathlib import Path

import pytest

from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.records import TradeNote
from legend_desktop.store.journal import journal_file, open_store
from tests.fakes.clock import FakeClock
from tests.unit.store.samples import PAPER, QUICK, a_journal, at, created, filled

NOTE = TradeNote("e1", "AAPL", at(2), "Late entry, chased — “again”.", ("chased", "opening"), at(9))


async def test_a_note_is_kept_changed_and_taken_away(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.save_trade_note(NOTE)
        changed = replace(NOTE, text="Chased.", tags=(), edited_at=at(12))
        await journal.save_trade_note(changed)
        assert await journal.load_trade_notes() == [changed]
    async with a_journal(tmp_path) as journal:
        assert await journal.load_trade_notes() == [changed]
        await journal.save_trade_note(replace(NOTE, text="", tags=()))
        assert await journal.load_trade_notes() == []


async def test_a_note_takes_the_place_of_those_it_replaces(tmp_path: Path) -> None:
    other = replace(NOTE, trade_key="e0", text="Older.", opened_at=at(1))
    apart = replace(NOTE, trade_key="e7", opened_at=at(7))
    async with a_journal(tmp_path) as journal:
        for note in (other, apart, NOTE):
            await journal.save_trade_note(note)
        assert await journal.load_trade_notes() == [other, NOTE, apart]
        await journal.save_trade_note(NOTE, replaces=["e0", "e1", "never there"])
        assert await journal.load_trade_notes() == [NOTE, apart]


async def test_parts_keep_their_notes_and_names_apart(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        for name in ("imported:Old broker", "imported:b", "alpaca:123", "imported:empty", "import"):
            part = journal.for_account(name)
            await part.save_trade_note(replace(NOTE, text=name))
            if name != "imported:empty":
                order = f"{name}:1"
                await part.record([created(order), filled(order, "e1", 5)])
        assert [row.text for row in await journal.for_account("imported:b").load_trade_notes()] == ["imported:b"]
        assert await journal.load_trade_notes() == []
        assert await journal.load_part_names("imported:") == ["imported:Old broker", "imported:b"]
        assert await journal.load_executions() == []


async def test_a_journal_that_cannot_be_written_keeps_no_note(tmp_path: Path) -> None:
    async with a_journal(tmp_path):
        pass
    journal = await open_store(journal_file(tmp_path, PAPER), PAPER, FakeClock(), options=QUICK, read_only=True)
    with pytest.raises(StoreError):
        await journal.save_trade_note(NOTE)
    assert await journal.load_trade_notes() == []
    await journal.close()
