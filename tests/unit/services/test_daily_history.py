"""Daily bars in the background: value at risk of what is held, and the facts of an instrument that the broker omits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from legend_desktop.brokers.errors import BrokerDown
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.brokers.simulator.faults import FailRead
from legend_desktop.domain.events import ValueAtRiskChanged
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.quotes import Bar
from legend_desktop.services.symbol_history import SymbolHistory
from tests.fakes.clock import START, FakeClock
from tests.faults.world import NO_FEES, World, a_world, d


class Sparse(SimulatorAdapter):
    """A broker that says nothing of volatility and has bars of ``closes`` alone, the last of them of today."""

    def __init__(self, clock: FakeClock, closes: Sequence[float]) -> None:
        super().__init__(clock, SimulatorConfig(quote_rate=0, self_driven=False, fees=NO_FEES))
        self.closes = closes
        self.asked = 0
        self.down = False

    async def find_instrument(self, symbol: str) -> Instrument:
        found = await super().find_instrument(symbol)
        return replace(found, atr=None, daily_volatility=None, average_volume=None)

    async def get_bars(self, symbol: str, seconds: int, limit: int) -> list[Bar]:
        if seconds != 86_400:
            return await super().get_bars(symbol, seconds, limit)
        self.asked += 1
        if self.down:
            raise BrokerDown("The bars cannot be read.")
        days = [START.replace(hour=5) - timedelta(days=back) for back in range(len(self.closes))][::-1]
        return [
            Bar(symbol, day, d(close), d(close + 1), d(close - 1), d(close), Decimal(1000 + number))
            for number, (day, close) in enumerate(zip(days, self.closes, strict=True))
        ][-limit:]


def heard(world: World) -> list[ValueAtRiskChanged]:
    rows: list[ValueAtRiskChanged] = []
    world.bus.subscribe(ValueAtRiskChanged, rows.append)
    return rows


async def test_the_value_at_risk_of_what_is_held_by_the_days_that_the_broker_has() -> None:
    async with a_world() as world:
        rows = heard(world)
        await world.run(1)
        await world.place(100)
        await world.run(1)
        figures = rows[-1].figures
        assert figures is not None
        assert 200 <= figures.days <= 260
        assert figures.left_out == ()
        assert 0 < figures.var_money < figures.es_money < 17_550
        equity = world.context.account
        assert equity is not None
        assert figures.var_percent == pytest.approx(figures.var_money / float(equity.equity) * 100)
        await world.do(world.trading.close_position("AAPL"))
        await world.run(1)
        assert rows[-1] == ValueAtRiskChanged(None, "no positions")


async def test_too_few_days_are_said_with_their_number() -> None:
    clock = FakeClock()
    async with a_world(clock=clock, broker=Sparse(clock, [100.0] * 42)) as world:
        rows = heard(world)
        await world.place(100)
        await world.run(1)
        assert rows[-1] == ValueAtRiskChanged(None, "needs 60 days, has 40")


async def test_a_broker_that_does_not_answer_is_not_asked_again_and_again() -> None:
    async with a_world() as world:
        world.faults.on("get_bars", FailRead(), nth=None)
        rows = heard(world)
        await world.place(100)
        await world.run_fast(120)
        assert rows[-1] == ValueAtRiskChanged(None, "no daily bars")
        assert world.faults.calls("get_bars") == 1
        world.faults.clear("get_bars")
        await world.run_fast(600)
        assert rows[-1].figures is not None


async def test_days_are_asked_for_once_a_day_and_today_is_not_one_of_them() -> None:
    clock = FakeClock()
    broker = Sparse(clock, [100.0, 101.0, 102.0])
    async with a_world(clock=clock, broker=broker) as world:
        history = SymbolHistory(world.context)
        broker.asked = 0
        assert [bar.close for bar in await history.days("AAPL")] == [100, 101]
        assert [bar.close for bar in await history.days("AAPL")] == [100, 101]
        assert broker.asked == 1
        clock.jump(86_400)
        assert [bar.close for bar in await history.days("AAPL")] == [100, 101, 102]
        assert broker.asked == 2


async def test_what_the_broker_does_not_say_of_an_instrument_follows_from_its_days() -> None:
    clock = FakeClock()
    closes = [100.0, 101.0] * 15 + [100.0]
    async with a_world(clock=clock, broker=Sparse(clock, closes)) as world:
        first = await world.do(world.desk.core.know_symbol("MSFT"))
        assert first.atr is None
        await world.run(0.1)
        known = world.context.instruments["MSFT"]
        assert known.atr == d("2.0000")
        assert known.daily_volatility == d("0.0102")
        assert known.average_volume == d("1020")
        again = world.desk.core.history.completed(first)
        assert again == known


async def test_fewer_than_fourteen_days_give_no_average_range_and_nothing_is_made_up() -> None:
    clock = FakeClock()
    async with a_world(clock=clock, broker=Sparse(clock, [100.0] * 14)) as world:
        await world.do(world.desk.core.know_symbol("MSFT"))
        await world.run(0.1)
        known = world.context.instruments["MSFT"]
        assert (known.atr, known.daily_volatility, known.average_volume) == (None, None, None)


async def test_an_instrument_that_the_broker_describes_whole_asks_for_no_days() -> None:
    async with a_world() as world:
        await world.do(world.desk.core.know_symbol("MSFT"))
        await world.run(0.1)
        assert world.faults.calls("get_bars") == 0


async def test_a_failed_read_leaves_the_instrument_as_the_broker_described_it() -> None:
    clock = FakeClock()
    broker = Sparse(clock, [100.0] * 30)
    broker.down = True
    async with a_world(clock=clock, broker=broker) as world:
        await world.do(world.desk.core.know_symbol("JPM"))
        await world.run(0.1)
        assert world.context.instruments["JPM"].atr is None
