"""Several accounts in one file: each sees its own orders, lock and positions, and all share one chain of events."""

from decimal import Decimal
from pathlib import Path

from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.positions import Position
from legend_desktop.services.ports import OrderStore
from legend_desktop.store.journal import OrderJournal
from tests.unit.store.samples import a_journal, at, created, filled, happened

A, B = "LPT1A", "LPT1B"
HELD = [Position("AAPL", Decimal(100), Decimal("175.51"), Decimal(176), at(1))]


def two(journal: OrderJournal) -> tuple[OrderStore, OrderStore]:
    return journal.for_account("alpaca:1"), journal.for_account("alpaca:2")


async def test_an_account_sees_its_own_orders_alone(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        one, other = two(journal)
        await one.record([created(A), happened(A, OrderEventKind.SENT)])
        await other.record([created(B)])
        await one.record([filled(A, "e1", 40)])
        assert [log[0].client_order_id for log in await one.load_events()] == [A]
        assert [log[0].client_order_id for log in await other.load_events()] == [B]
        assert await journal.load_events() == []
        assert [row.execution_id for row in await one.load_executions()] == ["e1"]
        assert await other.load_executions() == []
    async with a_journal(tmp_path) as journal:
        assert journal.report.sentences == ()
        one, _ = two(journal)
        assert len((await one.load_events())[0]) == 3


async def test_a_lock_and_positions_belong_to_one_account(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        one, other = two(journal)
        await one.save_setting("trading.lock", "by you")
        await one.record_positions(HELD, at(1), "broker")
        assert await one.load_setting("trading.lock") == "by you"
        assert await other.load_setting("trading.lock") is None
        assert await other.load_positions() is None
        assert await journal.load_positions() is None
        assert await one.load_positions() == (at(1), HELD)
