"""The trading day: day orders end, auctions cross, closed markets wait, day figures start anew."""

from datetime import UTC, datetime

import pytest

from legend_desktop.brokers.errors import OrderRefused
from legend_desktop.brokers.simulator.config import MarketHours
from legend_desktop.brokers.simulator.day import Bell, day_at, next_open_and_close
from legend_desktop.brokers.simulator.units import to_micros, to_time
from legend_desktop.domain.enums import OrderState, OrderType, TimeInForce
from tests.fakes.clock import FakeClock
from tests.unit.brokers.simulator.rig import BUY, d, rig

S = OrderState
LIMIT = OrderType.LIMIT
NEW_YORK = MarketHours.NEW_YORK
HOUR = 3_600


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "regular", "extended", "bell", "rings"),
    [
        ("2026-11-23T14:29", False, True, Bell.OPEN, "2026-11-23T14:30"),
        ("2026-11-23T14:30", True, True, Bell.CLOSE, "2026-11-23T21:00"),
        ("2026-11-23T21:00", False, True, Bell.POST_CLOSE, "2026-11-24T01:00"),
        ("2026-11-24T01:00", False, False, Bell.MIDNIGHT, "2026-11-24T05:00"),
        ("2026-11-22T16:00", False, False, Bell.CLOSE, "2026-11-22T21:00"),
        ("2026-07-06T13:30", True, True, Bell.CLOSE, "2026-07-06T20:00"),
    ],
)
def test_new_york_hours(now: str, regular: bool, extended: bool, bell: Bell, rings: str) -> None:
    day = day_at(to_micros(at(now)), NEW_YORK)
    assert (day.regular, day.extended, day.next_bell, to_time(day.bell_at)) == (regular, extended, bell, at(rings))


def test_day_orders_end_at_the_close_of_the_next_session_they_can_trade_in() -> None:
    friday_evening = to_micros(at("2026-11-21T02:00"))
    day = day_at(friday_evening, NEW_YORK)
    assert to_time(day.day_end) == at("2026-11-23T21:00")
    assert to_time(day.extended_end) == at("2026-11-24T01:00")
    assert next_open_and_close(friday_evening) == (at("2026-11-23T14:30"), at("2026-11-23T21:00"))
    always = day_at(friday_evening, MarketHours.ALWAYS_OPEN)
    assert always.regular
    assert to_time(always.day_end) == at("2026-11-21T05:00")


async def test_with_the_market_always_open_day_orders_end_at_midnight_and_gtc_stays() -> None:
    async with rig() as made:
        day = await made.place(100, BUY, LIMIT, limit=170)
        gtc = await made.place(100, BUY, LIMIT, limit=170, tif=TimeInForce.GTC)
        await made.clock.advance(13.99 * HOUR)
        await made.pump()
        assert (await made.state(day.broker_order_id))[0] is S.WORKING
        await made.clock.advance(0.01 * HOUR)
        await made.pump()
        assert (await made.state(day.broker_order_id))[0] is S.EXPIRED
        assert (await made.state(gtc.broker_order_id))[0] is S.WORKING
        assert (await made.broker.get_clock()).is_open


async def test_an_order_for_a_closed_market_waits_for_the_open() -> None:
    async with rig(clock=FakeClock(at("2026-11-23T13:00")), market_hours=NEW_YORK) as made:
        clock = await made.broker.get_clock()
        assert (clock.is_open, clock.next_open) == (False, at("2026-11-23T14:30"))
        report = await made.place(100)
        assert (report.state, report.filled_quantity) == (S.ACCEPTED, d(0))
        with pytest.raises(OrderRefused) as caught:
            await made.broker.place_order(made.intent(100, BUY, LIMIT, limit=180, tif=TimeInForce.IOC))
        assert caught.value.code == "market_closed"
        await made.clock.advance(1.5 * HOUR)
        await made.pump()
        assert [event.report.state for event in made.events] == [S.ACCEPTED, S.WORKING, S.FILLED]
        assert (await made.broker.get_clock()).is_open


async def test_only_extended_hours_orders_trade_before_the_open_and_they_live_until_eight() -> None:
    async with rig(clock=FakeClock(at("2026-11-23T13:00")), market_hours=NEW_YORK) as made:
        early = await made.place(100, BUY, LIMIT, limit=175.52, extended=True)
        regular = await made.place(100, BUY, LIMIT, limit=175.52)
        assert await made.state(early.broker_order_id) == (S.FILLED, 100)
        assert await made.state(regular.broker_order_id) == (S.ACCEPTED, 0)
        resting = await made.place(100, BUY, LIMIT, limit=170, extended=True)
        await made.clock.advance(8 * HOUR)
        await made.pump()
        assert (await made.state(resting.broker_order_id))[0] is S.WORKING
        await made.clock.advance(4 * HOUR)
        await made.pump()
        assert (await made.state(resting.broker_order_id))[0] is S.EXPIRED


async def test_auction_orders_fill_whole_at_the_bell_or_not_at_all() -> None:
    async with rig(clock=FakeClock(at("2026-11-23T14:00"))) as made:
        await made.trade(175.51)
        opening = await made.place(5_00, tif=TimeInForce.OPG)
        too_low = await made.place(100, BUY, LIMIT, limit=175.40, tif=TimeInForce.OPG)
        closing = await made.place(100, tif=TimeInForce.CLS)
        assert await made.state(opening.broker_order_id) == (S.ACCEPTED, 0)
        await made.clock.advance(0.5 * HOUR)
        await made.pump()
        assert (await made.order(opening.broker_order_id)).average_fill_price == d("175.51")
        assert (await made.state(opening.broker_order_id)) == (S.FILLED, 500)
        assert await made.state(too_low.broker_order_id) == (S.CANCELED, 0)
        assert await made.state(closing.broker_order_id) == (S.ACCEPTED, 0)
        await made.clock.advance(6.5 * HOUR)
        await made.pump()
        assert await made.state(closing.broker_order_id) == (S.FILLED, 100)


async def test_midnight_starts_the_figures_of_a_new_day() -> None:
    async with rig() as made:
        await made.place(100)
        await made.quote(176.50, 176.52)
        await made.place(50, symbol="AAPL", side=made.intent(1).terms.side.opposite)
        before = await made.broker.get_account()
        assert before.realized_pl_today == d(49)
        await made.clock.advance(15 * HOUR)
        await made.pump()
        after = await made.broker.get_account()
        assert (after.realized_pl_today, after.start_of_day_equity) == (d(0), before.equity)
        assert after.day_pl == d(0)
