"""What is on disk: nothing accepted is forgotten, a restart goes on where it stopped, damage is named."""

import asyncio
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from legend_desktop.brokers.errors import OutcomeUnknown
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.brokers.simulator.state import StateFile
from legend_desktop.domain.enums import OrderState, OrderType, TimeInForce
from legend_desktop.domain.errors import StoreError
from tests.fakes.clock import START, FakeClock
from tests.unit.brokers.simulator.rig import BUY, SELL, Rig, d, rig

S = OrderState
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
LIMIT = OrderType.LIMIT


async def busy_day(made: Rig) -> None:
    """A position with a half-filled bracket, a trailing stop and a dead order."""
    reports = await made.broker.place_bracket_order(made.bracket(100, limit=175.51))
    await made.pump()
    await made.trade(175.51, 40)
    await made.place(200)
    await made.place(50, SELL, OrderType.TRAILING_STOP, amount=2, tif=TimeInForce.GTC)
    dead = await made.place(10, BUY, LIMIT, limit=150)
    await made.broker.cancel_order(dead.broker_order_id)
    await made.broker.replace_order(
        reports[2].broker_order_id, made.intent(100, SELL, OrderType.STOP, stop=173, tif=TimeInForce.GTC)
    )
    await made.pump()


async def test_a_restart_keeps_account_orders_positions_and_goes_on_counting(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "simulator.jsonl"
    clock = FakeClock()
    async with rig(state_path=path, clock=clock) as made:
        await busy_day(made)
        before = (await made.broker.get_orders(), await made.fills(), await made.broker.get_positions())
        account = await made.broker.get_account()
    await clock.advance(5)
    async with rig(state_path=path, clock=clock) as made:
        orders = await made.broker.get_orders()
        assert orders == before[0]
        assert await made.fills() == before[1]
        positions = await made.broker.get_positions()
        assert [(row.symbol, row.quantity, row.avg_entry_price) for row in positions] == [
            (row.symbol, row.quantity, row.avg_entry_price) for row in before[2]
        ]
        after = await made.broker.get_account()
        assert (after.cash, after.start_of_day_equity) == (account.cash, account.start_of_day_equity)
        fresh = await made.place(1)
        numbers = [row.broker_order_id for row in orders]
        assert fresh.broker_order_id > max(numbers)
        ids = [fill.execution_id for fill in await made.fills()]
        assert len(ids) == len(set(ids))


async def test_a_bracket_goes_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "simulator.jsonl"
    async with rig(state_path=path) as made:
        await busy_day(made)
        entry = next(row for row in await made.broker.get_orders() if row.state is S.PARTIAL)
    async with rig(state_path=path) as made:
        await made.quote(175.50, 175.51)
        assert await made.state(entry.broker_order_id) == (S.FILLED, 100)
        legs = [row for row in await made.broker.get_orders(open_only=True) if row.parent_broker_order_id]
        assert {(row.terms.quantity, row.state) for row in legs} == {(d(100), S.WORKING)}
        await made.quote(172.9, 172.95)
        await made.trade(172.9)
        rows = {row.broker_order_id: row for row in await made.broker.get_orders()}
        assert sorted(str(rows[leg.broker_order_id].state) for leg in legs) == ["canceled", "filled"]
        assert await made.position() == 200 - 50


async def test_after_a_kill_everything_that_was_answered_is_there(tmp_path: Path) -> None:
    path = tmp_path / "simulator.jsonl"
    async with rig(state_path=path) as made:
        for number in range(1, 6):
            report = await made.broker.place_order(made.intent(number, BUY, LIMIT, limit=170))
            killed = tmp_path / f"killed-{number}.jsonl"
            shutil.copyfile(path, killed)
            rows = StateFile(killed).load()
            assert any(getattr(row, "broker_id", "") == report.broker_order_id for row in rows)
        await made.place(100)
        told = [event.execution for event in made.events if event.execution is not None]
        shutil.copyfile(path, tmp_path / "killed.jsonl")
    async with rig(state_path=tmp_path / "killed.jsonl") as made:
        assert await made.fills() == told
        assert await made.position() == 100
        assert len(await made.broker.get_orders(open_only=True)) == 5


_TRADER = """
import asyncio, sys
from pathlib import Path
from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.domain.enums import BrokerType, OrderSide, OrderType, TradingMode
from legend_desktop.domain.orders import OrderIntent, OrderTerms
from datetime import UTC, datetime
from decimal import Decimal

async def main():
    async with BrokerFactory.create(state_path=Path(sys.argv[1])) as broker:
        for number in range(10_000):
            terms = OrderTerms("AAPL", OrderSide.BUY, OrderType.MARKET, Decimal(1))
            report = await broker.place_order(OrderIntent(
                f"C{number}", BrokerType.SIMULATOR, TradingMode.PAPER, "SIM-0001", terms, datetime.now(UTC)))
            print(report.broker_order_id, flush=True)

asyncio.run(main())
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
async def test_case_54_a_real_kill_loses_no_answered_order(tmp_path: Path) -> None:
    path = tmp_path / "simulator.jsonl"
    for answers in (1, 7, 23):
        path.unlink(missing_ok=True)
        trader = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _TRADER, str(path), stdout=asyncio.subprocess.PIPE
        )
        assert trader.stdout is not None
        answered = [(await trader.stdout.readline()).decode().strip() for _ in range(answers)]
        trader.kill()
        answered += (await trader.stdout.read()).decode().split()
        await trader.wait()
        async with rig(state_path=path) as made:
            known = {row.broker_order_id: row for row in await made.broker.get_orders()}
            assert set(answered) <= set(known)
            bought = sum(int(row.filled_quantity) for row in known.values())
            assert sum(int(fill.quantity) for fill in await made.broker.get_executions(LONG_AGO)) == bought
            assert await made.position() == bought


async def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "simulator.jsonl"
    async with rig(state_path=path) as made:
        await made.broker.place_order(made.intent(1, BUY, LIMIT, limit=170))
        whole = path.read_bytes()
        await made.broker.place_order(made.intent(2, BUY, LIMIT, limit=170))
        extra = path.read_bytes()[len(whole) :]
    for cut in range(0, len(extra), 37):
        path.write_bytes(whole + extra[:cut])
        async with rig(state_path=path) as made:
            assert 1 <= len(await made.broker.get_orders()) <= 2


async def test_damage_inside_the_file_is_named_and_the_file_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "simulator.jsonl"
    async with rig(state_path=path) as made:
        await made.place(1)
    text = b"rubbish\n" + path.read_bytes()
    path.write_bytes(text)
    broker = SimulatorAdapter(FakeClock(), SimulatorConfig(state_path=path))
    with pytest.raises(StoreError, match="damaged in line 1"):
        await broker.connect()
    assert path.read_bytes() == text


async def test_day_orders_that_ended_while_nobody_ran_are_expired_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "simulator.jsonl"
    clock = FakeClock()
    async with rig(state_path=path, clock=clock) as made:
        day = await made.place(1, BUY, LIMIT, limit=170)
        gtc = await made.place(1, BUY, LIMIT, limit=170, tif=TimeInForce.GTC)
    await clock.advance(86_400)
    async with rig(state_path=path, clock=clock) as made:
        assert (await made.state(day.broker_order_id))[0] is S.EXPIRED
        assert (await made.state(gtc.broker_order_id))[0] is S.WORKING
    await clock.advance(8 * 86_400)
    async with rig(state_path=path, clock=clock) as made:
        keys = [row.broker_order_id for row in await made.broker.get_orders(since=START)]
        assert keys == [day.broker_order_id, gtc.broker_order_id], "as loaded"
    async with rig(state_path=path, clock=clock) as made:
        assert [row.broker_order_id for row in await made.broker.get_orders()] == [gtc.broker_order_id]


async def test_an_auction_order_waits_for_its_bell_after_a_restart_too(tmp_path: Path) -> None:
    path = tmp_path / "simulator.jsonl"
    clock = FakeClock()
    async with rig(state_path=path, clock=clock) as made:
        closing = await made.place(1, tif=TimeInForce.CLS)
    async with rig(state_path=path, clock=clock) as made:
        await made.quote(175.50, 175.52)
        assert await made.state(closing.broker_order_id) == (S.ACCEPTED, 0)
        await clock.advance(6 * 3_600)
        await made.pump()
        assert await made.state(closing.broker_order_id) == (S.FILLED, 1)


async def test_a_write_that_fails_makes_the_outcome_unknown_and_is_made_up_for(tmp_path: Path) -> None:
    path = tmp_path / "simulator.jsonl"
    async with rig(state_path=path) as made:
        journal = made.broker._session._journal
        assert journal is not None
        file = journal._file
        handle, file._handle = file._handle, None
        intent = made.intent(7, BUY, LIMIT, limit=170)
        with pytest.raises(OutcomeUnknown, match="cannot be written"):
            await made.broker.place_order(intent)
        assert [event.report.client_order_id for event in made.events] == [intent.client_order_id]
        file._handle = handle
        await made.broker.place_order(made.intent(8, BUY, LIMIT, limit=170))
        shutil.copyfile(path, tmp_path / "copy.jsonl")
    async with rig(state_path=tmp_path / "copy.jsonl") as made:
        assert [int(row.terms.quantity) for row in await made.broker.get_orders()] == [7, 8]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs folder rights that hold")
async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    broker = SimulatorAdapter(FakeClock(), SimulatorConfig(state_path=folder / "simulator.jsonl"))
    with pytest.raises(StoreError, match="cannot be written"):
        await broker.connect()


async def test_a_second_session_of_the_same_adapter_goes_on_with_its_own_books(tmp_path: Path) -> None:
    settings = SimulatorConfig(quote_rate=0, self_driven=False, state_path=tmp_path / "simulator.jsonl")
    made = Rig(SimulatorAdapter(FakeClock(), settings), FakeClock())
    async with made.broker:
        await made.quote(175.50, 175.52)
        report = await made.place(10, BUY, LIMIT, limit=170)
    async with made.broker:
        await made.quote(169.90, 169.95)
        assert await made.state(report.broker_order_id) == (S.FILLED, 10)
        assert await made.position() == 10
    async with made.broker:
        assert await made.position() == 10


async def test_in_memory_the_account_outlives_a_disconnect() -> None:
    broker = SimulatorAdapter(FakeClock(), SimulatorConfig(quote_rate=0, self_driven=False))
    made = Rig(broker, FakeClock())
    async with broker:
        await made.place(10, BUY, LIMIT, limit=170)
    async with broker:
        assert len(await broker.get_orders(open_only=True)) == 1
