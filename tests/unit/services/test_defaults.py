"""Services given only a broker: the document's samples, on the profile's own journal."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from legend_desktop.brokers.base import BrokerType, OrderSide, OrderType
from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.brokers.simulator.faults import FailRead
from legend_desktop.brokers.simulator.wall_clock import WallClock
from legend_desktop.domain.enums import MatchingMethod, OrderState
from legend_desktop.domain.errors import LegendError, StoreError
from legend_desktop.domain.order_state import OrderEventKind, replay
from legend_desktop.domain.records import PositionAdjustment
from legend_desktop.infra.paths import profile_paths
from legend_desktop.services.defaults import core_for, desk_for
from legend_desktop.services.execution_analytics import ExecutionAnalyticsService
from legend_desktop.services.live_trading import LiveTradingService, QuickEntryRequest, terms_for
from legend_desktop.services.position_sync import PositionSyncService
from legend_desktop.store.journal import OrderJournal, open_store
from tests.helpers.waiting import until
from tests.unit.store.samples import PAPER, QUICK


class OtherBroker(SimulatorAdapter):
    """A broker with accounts that last, as any but the simulator has them."""

    broker = BrokerType.ALPACA


@asynccontextmanager
async def journal_of_profile() -> AsyncIterator[OrderJournal]:
    journal = await open_store(profile_paths().database(PAPER), PAPER, WallClock(), options=QUICK)
    try:
        yield journal
    finally:
        await journal.close()


def simulator() -> SimulatorAdapter:
    broker = BrokerFactory.create(broker_type=BrokerType.SIMULATOR, credentials={}, paper_trading=True)
    assert isinstance(broker, SimulatorAdapter)
    return broker


async def test_the_documents_samples_run_and_the_journal_on_disk_holds_the_intent() -> None:
    broker = simulator()
    async with broker:
        account = await broker.get_account()
        assert f"${account.cash:,.2f}" == "$100,000.00"
        trading = LiveTradingService(broker)
        result = await trading.quick_entry(
            QuickEntryRequest(
                symbol="AAPL",
                side=OrderSide.BUY,
                account_size=100000.00,
                risk_percent=1.0,
                stop_loss_price=174.00,
                target_price=180.00,
                order_type=OrderType.MARKET,
            )
        )
        order_id = result["order"].order_id  # type: ignore[attr-defined]
        assert order_id
        assert 550 < result["position_sizing"].position_size < 750  # type: ignore[attr-defined]
        assert f"${result['risk_amount']:,.2f}".startswith("$9")
        book = trading.core.context.book
        await until(lambda: book.all()[0].state is OrderState.FILLED, "the fill")

        (position,) = await broker.get_positions()
        assert f"{position.symbol}: {position.quantity} shares".startswith("AAPL: ")
        sync = PositionSyncService(broker)
        summary = await sync.get_portfolio_summary()
        assert summary.total_positions == 1
        assert [row.symbol for row in await sync.sync_positions()] == ["AAPL"]
        metrics = await sync.calculate_risk_metrics(
            symbol="AAPL", entry_price=175.50, stop_loss=174.00, account_size=100000.00
        )
        assert f"{metrics['risk_amount']:,.2f}"
        assert f"{metrics['r_multiple']:.2f}R"

        analytics = ExecutionAnalyticsService()
        order = book.all()[0]
        analytics.record_execution(order, 175.50)
        stats = analytics.get_aggregate_stats(symbol="AAPL")
        assert stats.avg_slippage_bps is not None
        assert (await sync.ready()) is (await trading.ready()), "one set of services for one broker"
    async with journal_of_profile() as journal:
        log = await journal.load_order_events(order.client_order_id)
        assert [row.kind for row in log][:2] == [OrderEventKind.CREATED, OrderEventKind.SENT]
        assert replay(log).filled_quantity == order.filled_quantity
        assert log[0].intent is not None
        assert log[0].intent.plan is not None
        assert log[0].intent.plan.stop_loss_price == Decimal(174)


async def test_an_account_in_memory_begins_anew_each_time_and_leaves_nothing_to_look_for() -> None:
    """The sample can be run again: what the last run left in its own simulation is history, not an open question."""
    for _ in range(2):
        broker = simulator()
        async with broker:
            core = await core_for(broker)
            assert core.context.book.all() == []
            assert core.context.risk.entries_open
            terms = terms_for("AAPL", "buy", "limit", 10, limit_price=170)
            order = await LiveTradingService(broker).place_order(terms, confirmed=frozenset({"price_collar"}))
            assert order.state is OrderState.WORKING
            await LiveTradingService(broker).place_order(terms_for("AAPL", "buy", "market", 5))
            await until(lambda core=core: core.context.positions, "the fill")  # type: ignore[misc]
    assert not await adjustments()


async def adjustments() -> list[PositionAdjustment]:
    async with journal_of_profile() as journal:
        return await journal.load_adjustments()


async def test_an_account_on_disk_goes_on_where_the_last_program_ended(tmp_path: Path) -> None:
    for number in range(2):
        broker = BrokerFactory.create("simulator", state_path=tmp_path / "account.jsonl")
        async with broker:
            core = await core_for(broker)
            assert len(core.context.book.open_orders()) == number
            terms = terms_for("AAPL", "buy", "limit", 10 + number, limit_price=170)
            await LiveTradingService(broker).place_order(terms, confirmed=frozenset({"price_collar"}))
    # a script with a simulation of its own in between must not disturb it
    async with simulator() as script:
        await LiveTradingService(script).place_order(terms_for("AAPL", "buy", "market", 5))
    async with BrokerFactory.create("simulator", state_path=tmp_path / "account.jsonl") as broker:
        core = await core_for(broker)
        assert [row.state for row in core.context.book.all()] == [OrderState.WORKING] * 2
        assert core.context.positions == {}
    assert not await adjustments()


async def test_two_brokers_of_one_script_share_the_profile_and_see_their_own_orders() -> None:
    first, second = simulator(), simulator()
    terms = terms_for("AAPL", "buy", "limit", 10, limit_price=170)
    async with first:
        async with second:
            one, other = await asyncio.gather(core_for(first), core_for(second))
            assert one is not other
            order = await LiveTradingService(first).place_order(terms, confirmed=frozenset({"price_collar"}))
            assert other.context.book.all() == []
            await LiveTradingService(second).place_order(terms, confirmed=frozenset({"price_collar"}))
        # the first goes on when the second has ended
        await LiveTradingService(first).cancel_order(order.client_order_id)
        await until(lambda: not one.context.book.open_orders(), "the cancel")
    async with simulator() as third:
        assert (await core_for(third)).context.risk.entries_open, "and the profile is free again"


async def test_a_broker_that_comes_while_the_last_one_leaves_gets_the_profile() -> None:
    first, second = simulator(), simulator()
    async with second:
        async with first:
            await core_for(first)
            leaving = asyncio.ensure_future(first.disconnect())
            await asyncio.sleep(0)
            core = await core_for(second)
            await leaving
        await LiveTradingService(second).place_order(terms_for("AAPL", "buy", "market", 5))
        await until(lambda: core.context.positions, "the fill")


async def test_an_account_is_not_opened_twice_in_one_script() -> None:
    first, second = OtherBroker(WallClock(), SimulatorConfig()), OtherBroker(WallClock(), SimulatorConfig())
    async with first, second:
        await core_for(first)
        with pytest.raises(LegendError, match="open in this program already") as refused:
            await core_for(second)
        assert refused.value.code == "account_in_use"
    async with second:
        assert (await core_for(second)).context.risk.entries_open, "it was free after the first had ended"


async def test_another_thread_of_the_program_does_not_share_the_profile() -> None:
    async def other() -> str:
        async with simulator() as broker:
            with pytest.raises(LegendError) as refused:
                await core_for(broker)
            return refused.value.code

    async with simulator() as broker:
        await core_for(broker)
        assert await asyncio.to_thread(asyncio.run, other()) == "profile_in_use"


async def test_a_second_program_on_the_profile_is_refused() -> None:
    program = """
import asyncio, sys
from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.domain.errors import LegendError, StoreError
from legend_desktop.services.live_trading import LiveTradingService
async def main():
    broker = BrokerFactory.create("simulator")
    async with broker:
        try:
            await LiveTradingService(broker).ready()
        except LegendError as error:
            sys.stdout.write(error.code)
asyncio.run(main())
"""
    broker = simulator()
    async with broker:
        await core_for(broker)
        run = subprocess.run(  # noqa: ASYNC221  the second program must run while this one holds the profile
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
        )
        assert (run.stdout, run.stderr) == ("profile_in_use", "")


async def test_a_first_use_that_fails_leaves_the_profile_free_for_the_next() -> None:
    broker = simulator()
    async with broker:
        broker.faults.on("get_clock", FailRead("Not now"))
        with pytest.raises(LegendError, match="Not now"):
            await core_for(broker)
        core = await core_for(broker)
        assert core.context.risk.entries_open


async def test_services_that_begin_at_the_same_time_share_one_desk() -> None:
    broker = SimulatorAdapter(WallClock(), SimulatorConfig(quote_rate=0))
    async with broker:
        first, second = await asyncio.gather(desk_for(broker), desk_for(broker))
        assert first is second


async def test_a_service_that_was_not_awaited_says_so() -> None:
    broker = simulator()
    with pytest.raises(RuntimeError, match="ready"):
        LiveTradingService(broker).core  # noqa: B018
    with pytest.raises(RuntimeError, match="ready"):
        PositionSyncService(broker).core  # noqa: B018


async def test_the_database_that_the_settings_name_is_used_as_in_the_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "elsewhere" / "history.sqlite3"
    place.parent.mkdir()
    monkeypatch.setenv("LEGEND_DATABASE_URL", f"sqlite:///{place}")
    async with simulator() as broker:
        order = await LiveTradingService(broker).place_order(terms_for("AAPL", "buy", "market", 5))
    paths = profile_paths()
    assert not paths.database(PAPER).exists()
    journal = await open_store(place, PAPER, WallClock(), options=QUICK)
    try:
        assert [row.kind for row in await journal.load_order_events(order.client_order_id)][:2] == [
            OrderEventKind.CREATED,
            OrderEventKind.SENT,
        ]
    finally:
        await journal.close()


async def test_backups_stand_where_the_window_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "elsewhere" / "history.sqlite3"
    place.parent.mkdir()
    monkeypatch.setenv("LEGEND_DATABASE_URL", f"sqlite:///{place}")
    async with simulator() as broker:
        await core_for(broker)
    assert not (place.parent / "backups").exists()
    assert list(profile_paths().backup_dir.iterdir())


async def test_a_server_that_does_not_answer_is_said_and_nothing_goes_to_a_file_instead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LEGEND_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    async with simulator() as broker:
        with pytest.raises(StoreError):
            await core_for(broker)
    assert not profile_paths().database(PAPER).exists()


async def test_trades_are_matched_as_the_settings_say() -> None:
    paths = profile_paths()
    paths.create()
    paths.settings_file.write_text('{"version": 1, "settings": {"trading.matching": "lifo"}}')
    async with simulator() as broker:
        desk = await desk_for(broker)
        assert desk.round_trips._method is MatchingMethod.LIFO


@pytest.mark.allow_log("are damaged")
async def test_a_damaged_settings_file_is_said_and_stays_where_it_is(caplog: pytest.LogCaptureFixture) -> None:
    paths = profile_paths()
    paths.create()
    paths.settings_file.write_text("{")
    async with simulator() as broker:
        await core_for(broker)
    assert paths.settings_file.read_text() == "{"
    assert any("settings" in row.getMessage() for row in caplog.records)
