"""A session that breaks and comes back: entries locked meanwhile, quotes and polls alive again, nothing silent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from legend_desktop.brokers.base import OrderStreamEvent
from legend_desktop.brokers.errors import BrokerDown, RateLimited
from legend_desktop.brokers.simulator.faults import Cut, FailRead, NeverSent
from legend_desktop.brokers.simulator.streams import Stream
from legend_desktop.domain.enums import ConnectionState, OrderState, OrderType
from legend_desktop.domain.errors import LegendError, NotSupported, OrderDenied
from legend_desktop.domain.events import AccountChanged, ConnectionChanged, TradingStateChanged
from legend_desktop.domain.quotes import Quote
from tests.faults.invariants import check_settled
from tests.faults.world import World, a_world


def states(world: World) -> list[ConnectionState]:
    rows = [row.state for row in world.of_kind(ConnectionChanged)]
    return [row for number, row in enumerate(rows) if number == 0 or rows[number - 1] is not row]


async def test_start_locks_entries_until_the_first_comparison_has_ended_well() -> None:
    async with a_world() as world:
        first = world.of_kind(TradingStateChanged)
        assert not first[0].entries_open
        assert first[-1].entries_open
        assert states(world) == [ConnectionState.CONNECTING, ConnectionState.CONNECTED]


async def test_a_broken_stream_locks_entries_until_it_is_back_and_compared() -> None:
    async with a_world() as world:
        world.faults.on("connect", NeverSent(), nth=None)
        world.faults.on("get_clock", FailRead(), nth=None)
        world.broker.streams.cut_orders("The line broke")
        await world.run(0.1)
        assert not world.context.stream_alive
        assert "lost" in world.context.risk.reason
        with pytest.raises(OrderDenied, match="is lost"):
            await world.place(10)
        assert any("Stops that rest there work without this program." in row for row in world.notices())
        await world.run(20)
        assert world.desk.core.connection.state in {ConnectionState.LOST, ConnectionState.CONNECTING}
        world.faults.clear()
        await world.run(40)
        assert world.context.risk.entries_open
        assert states(world)[-1] is ConnectionState.CONNECTED
        assert any("is back after" in row for row in world.notices())
        assert (await world.place(10)).state is OrderState.FILLED
        await check_settled(world)


async def test_a_login_that_ended_is_not_tried_again_and_again_and_comes_back_on_the_wish_of_a_person() -> None:
    async with a_world() as world:
        world.faults.on("get_clock", FailRead("The key was revoked", login=True), nth=None)
        world.broker.streams.cut_orders()
        await world.run_fast(600, 0.5)
        assert len(tries(world)) <= 2
        assert states(world)[-1] is ConnectionState.LOGIN_ENDED
        assert any("login has ended" in row.fact for row in world.alarms.values())
        assert not entries(world)
        world.faults.clear()
        world.desk.core.connection.try_now()
        await world.run(5)
        assert entries(world)
        assert not any("login has ended" in row.fact for row in world.alarms.values())


async def test_entries_never_open_between_the_line_and_the_comparison() -> None:
    async with a_world(latency=0.5) as world:
        world.said.clear()
        world.broker.streams.cut_orders()
        await world.run(6)
        opened = [row.entries_open for row in world.of_kind(TradingStateChanged)]
        assert opened[-1]
        assert not any(opened[:-1]), "locked by the line, then by the comparison, without a gap"


def entries(world: World) -> bool:
    """Whether entries may be sent now."""
    return world.context.risk.entries_open


def tries(world: World) -> list[datetime]:
    """When the broker was asked to connect, the first time at the start left out."""
    return [row.at for row in world.of_kind(ConnectionChanged) if row.state is ConnectionState.CONNECTING][1:]


async def test_case_40_a_broker_that_is_down_is_asked_fewer_than_twenty_times_in_ten_minutes() -> None:
    async with a_world() as world:
        world.faults.on("get_clock", FailRead(), nth=None)
        world.broker.streams.cut_orders()
        await world.run_fast(600, 0.5)
        when = tries(world)
        assert 10 <= len(when) < 20
        assert sum(at - when[0] < timedelta(seconds=10) for at in when) >= 4, "a short break is over soon"
        world.faults.clear()
        await world.run_fast(70, 0.5)
        assert world.context.risk.entries_open


async def test_case_40_a_stream_that_opens_and_breaks_at_once_is_not_stormed_either() -> None:
    async with a_world() as world:
        world.faults.on("order_stream", Cut(), nth=None)
        world.broker.streams.cut_orders()
        for _ in range(1200):
            await world.tick(0.5)
            if world.desk.core.connection.state is ConnectionState.CONNECTED:
                world.broker.streams.cut_orders()
        assert len(tries(world)) < 20


async def test_case_40_quotes_that_break_again_and_again_are_not_stormed_either() -> None:
    async with a_world() as world:
        asked, stream = [], world.broker.stream_quotes

        def refuse(symbols: Sequence[str]) -> Stream[Quote]:
            asked.append(world.clock.now())
            raise BrokerDown("The quotes are down")

        world.broker.stream_quotes = refuse  # type: ignore[method-assign]
        world.broker.streams.cut_quotes()
        await world.run_fast(600, 0.5)
        assert 10 <= len(asked) < 20
        world.broker.stream_quotes = stream  # type: ignore[method-assign]
        await world.run_fast(61, 0.5)
        await world.quote(176, 176.02)
        quote = world.context.quotes.latest("AAPL")
        assert quote is not None
        assert str(quote.bid) == "176.00"


async def test_a_person_and_a_wake_up_end_the_pause_at_once() -> None:
    async with a_world() as world:
        world.faults.on("get_clock", FailRead(), nth=None)
        world.broker.streams.cut_orders()
        await world.run_fast(120, 0.5)
        before = len(tries(world))
        await world.trading.ask_broker()
        await world.tick(0.1)
        assert len(tries(world)) == before + 1
        await world.run_fast(0.6, 0.1)
        assert len(tries(world)) >= before + 2, "and the pauses begin short again"
        await world.run_fast(120, 0.5)
        before = len(tries(world))
        world.clock.jump(3600)
        world.faults.clear()
        await world.run(2.1)
        assert len(tries(world)) == before + 1
        assert world.desk.core.connection.state is ConnectionState.CONNECTED
        await world.trading.ask_broker()
        await world.run(2)
        assert len(tries(world)) == before + 1, "a line that is well is left alone"


async def test_the_account_is_polled_and_a_failing_poll_is_said_and_tried_again() -> None:
    async with a_world() as world:
        before = len(world.of_kind(AccountChanged))
        await world.run(10.2)
        assert len(world.of_kind(AccountChanged)) >= before + 5
        world.faults.on("get_account", FailRead("Too busy"), nth=None)
        await world.run(4)
        assert world.of_kind(ConnectionChanged)[-1].reason == "Too busy."
        world.faults.clear()
        await world.run(4)
        assert world.of_kind(ConnectionChanged)[-1].reason == ""


async def test_one_unknown_symbol_does_not_silence_the_others() -> None:
    async with a_world() as world:
        world.desk.core.connection.watch(["NOSUCH", "MSFT"])
        await world.run(3)
        world.post(400, 400.1, symbol="MSFT")
        world.post(175.6, 175.62)
        await world.run(0.2)
        assert world.context.quotes.latest("MSFT") is not None
        quote = world.context.quotes.latest("AAPL")
        assert quote is not None
        assert str(quote.bid) == "175.60"
        assert any("NOSUCH" in row for row in world.notices())


async def test_quotes_come_again_after_their_stream_broke() -> None:
    async with a_world() as world:
        world.broker.streams.cut_quotes()
        await world.run(1.5)
        await world.quote(176, 176.02)
        quote = world.context.quotes.latest("AAPL")
        assert quote is not None
        assert str(quote.bid) == "176.00"


async def test_an_order_event_that_cannot_be_taken_in_is_reported_and_the_stream_read_on() -> None:
    async with a_world() as world:
        ledger = world.context.ledger
        learn, broken = ledger.learn, [True]

        async def fail_once(events: object) -> object:
            if broken.pop() if broken else False:
                raise KeyError("a bug")
            return await learn(events)  # type: ignore[arg-type]

        ledger.learn = fail_once  # type: ignore[assignment,method-assign]
        world.broker.backstage.place_elsewhere(world.terms(50, kind=OrderType.LIMIT, limit=175))
        await world.run(5)
        assert world.reports.rows == ["order stream: KeyError('a bug')"]
        world.reports.rows.clear()
        assert [int(row.quantity) for row in world.orders] == [50], "the comparison after it has brought the order"
        assert world.context.stream_alive
        assert world.context.risk.entries_open


async def test_a_comparison_that_fails_through_a_bug_is_reported_locks_and_is_tried_again() -> None:
    async with a_world() as world:
        news = world.context.news
        read, broken = news.from_report, [True]

        def fail_once(*arguments: object) -> object:
            if broken.pop() if broken else False:
                raise ValueError("odd answer")
            return read(*arguments)  # type: ignore[arg-type]

        await world.place(10, kind=OrderType.LIMIT, limit=175)
        news.from_report = fail_once  # type: ignore[assignment,method-assign]
        result = await world.do(world.desk.core.reconciler.run())
        assert not result.ok
        assert "odd answer" in result.reason
        assert not world.context.risk.entries_open
        assert world.reports.rows == ["comparison: ValueError('odd answer')"]
        world.reports.rows.clear()
        await world.run(11)
        assert world.context.risk.entries_open


async def test_two_comparisons_wait_for_each_other_and_both_happen() -> None:
    async with a_world(latency=0.2) as world:
        import asyncio

        reconciler = world.desk.core.reconciler
        before = world.faults.calls("get_orders")
        both = [asyncio.ensure_future(reconciler.run(lock_entries=False)), asyncio.ensure_future(reconciler.run())]
        await world.run(0.3)
        assert not world.context.risk.entries_open, "the one that locks has locked though it still waits"
        await world.run(5)
        assert [(await row).ok for row in both] == [True, True]
        assert world.faults.calls("get_orders") == before + 2
        assert world.context.risk.entries_open


async def test_a_start_without_a_broker_raises_and_leaves_entries_locked() -> None:
    async with a_world(started=False) as world:
        world.faults.on("connect", NeverSent())
        with pytest.raises(BrokerDown):
            await world.do(world.desk.start())
        assert not world.context.risk.entries_open
        assert world.desk.core.connection.state is ConnectionState.LOST


async def test_an_instrument_is_looked_up_again_before_it_is_too_old_for_the_gate() -> None:
    async with a_world() as world:
        before = world.faults.calls("find_instrument")
        await world.place(10)
        assert world.faults.calls("find_instrument") == before
        await world.run_fast(26 * 3600, step=600)
        world.faults.on("find_instrument", FailRead())
        await world.fresh()
        await world.do(world.desk.core.know_symbol("AAPL", fresh_quote=True))
        assert (await world.place(11)).state is OrderState.FILLED, "a day later, and after one read that failed"


async def test_a_symbol_that_cannot_be_looked_up_raises() -> None:
    async with a_world() as world:
        world.faults.on("find_instrument", FailRead("Not now"))
        with pytest.raises(LegendError, match="Not now"):
            await world.do(world.desk.core.know_symbol("MSFT"))


class OpeningStream:
    """An order stream that must be opened first; ``error`` refuses it."""

    def __init__(self, stream: Stream[OrderStreamEvent], error: LegendError | None = None) -> None:
        self.stream = stream
        self.error = error
        self.opened = 0

    async def open(self) -> None:
        self.opened += 1
        if self.error is not None:
            raise self.error

    def __aiter__(self) -> "OpeningStream":
        return self

    async def __anext__(self) -> OrderStreamEvent:
        return await self.stream.__anext__()


async def test_case_41_a_stream_that_opens_slowly_is_open_before_anything_is_compared() -> None:
    async with a_world() as world:
        streams: list[OpeningStream] = []
        real = world.broker.stream_order_events

        def opening() -> OpeningStream:
            streams.append(OpeningStream(real()))
            return streams[-1]

        world.broker.stream_order_events = opening  # type: ignore[assignment]
        world.broker.streams.cut_orders()
        await world.run(5)
        assert [row.opened for row in streams] == [1]
        assert world.context.risk.entries_open


async def test_a_broker_that_asks_for_a_pause_before_the_next_opening_gets_it() -> None:
    async with a_world() as world:
        real = world.broker.stream_order_events
        busy = RateLimited("Another program uses the order stream.", retry_after=30)
        world.broker.stream_order_events = lambda: OpeningStream(real(), busy)  # type: ignore[assignment,return-value]
        world.broker.streams.cut_orders()
        await world.run_fast(180, 0.5)
        when = tries(world)
        assert len(when) >= 3
        assert all(later - earlier >= timedelta(seconds=30) for earlier, later in pairwise(when))
        assert not world.context.risk.entries_open
        world.broker.stream_order_events = real  # type: ignore[method-assign]
        await world.run_fast(80, 0.5)
        assert world.context.risk.entries_open


async def test_quotes_that_the_plan_does_not_grant_are_spoken_of_once_and_a_wished_pause_is_kept() -> None:
    async with a_world() as world:
        asked: list[datetime] = []
        errors: list[LegendError] = [NotSupported("No SIP quotes."), RateLimited("Too many.", retry_after=30)]

        def refuse(symbols: Sequence[str]) -> Stream[Quote]:
            asked.append(world.clock.now())
            raise errors[0] if len(asked) < 3 else errors[1]

        world.broker.stream_quotes = refuse  # type: ignore[method-assign]
        world.broker.streams.cut_quotes()
        await world.run_fast(180, 0.5)
        assert sum("No SIP quotes." in row for row in world.notices()) == 1
        assert sum("Too many." in row for row in world.notices()) == 1
        assert all(later - earlier >= timedelta(seconds=30) for earlier, later in pairwise(asked[2:]))
