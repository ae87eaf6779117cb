"""Alpaca's two streams that repeat, swap, lose, garble or stop: every fill is counted once, every break is mended."""

import random
from decimal import Decimal

import pytest

from legend_desktop.domain.enums import ConnectionState, OrderSide, OrderState, OrderType
from legend_desktop.domain.errors import OrderDenied
from legend_desktop.domain.events import ConnectionChanged, NoticeLevel
from tests.fakes.alpaca.stream_faults import Rewrite
from tests.faults.alpaca_invariants import check, check_settled
from tests.faults.alpaca_world import AlpacaWorld, an_alpaca_world

S = OrderState
STREAM = "/stream"


async def back(world: AlpacaWorld) -> None:
    """Wait until the order stream is open again and the comparison after it has ended well."""
    await world.calm()
    for _ in range(120):
        if world.context.risk.entries_open and world.fake.stream.listening:
            return
        await world.run(1, 0.5)
    raise AssertionError("the order stream did not come back within two minutes")


async def test_case_24_every_event_told_twice_counts_once() -> None:
    async with an_alpaca_world() as world:
        world.faults.trading.duplicate = True
        order = await world.resting()
        for shares in (10, 20, 70):
            world.fake.levers.fill(world.there(order), shares, "175")
        await world.calm()
        assert world.state(order) == (S.FILLED, 100)
        assert len(world.now(order).executions) == 3
        await check_settled(world)


async def test_case_25_fill_on_the_stream_and_in_the_activities_counts_once() -> None:
    async with an_alpaca_world() as world:
        order = await world.place(100)
        for _ in range(3):
            await world.do(world.desk.core.reconciler.run())
        assert len(world.now(order).executions) == 1
        assert world.held() == 100
        await check_settled(world)


async def test_case_25_fill_that_only_the_activities_bring_counts_and_stays_one_when_told_late() -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        world.faults.trading.reverse = 3
        world.fake.levers.fill(world.there(order), 60, "175")
        await world.do(world.desk.core.reconciler.run())
        assert world.state(order) == (S.PARTIAL, 60)
        world.fake.levers.fill(world.there(order), 20, "175")
        world.fake.levers.fill(world.there(order), 20, "174.99")
        await world.calm()
        assert world.state(order) == (S.FILLED, 100)
        assert len(world.now(order).executions) == 3
        await check_settled(world)


@pytest.mark.parametrize("seed", range(10))
async def test_case_26_events_out_of_order_fold_to_the_same(seed: int) -> None:
    dice = random.Random(seed)
    async with an_alpaca_world() as world:
        order = await world.resting()
        there = world.there(order)
        parts = [dice.randint(1, 30) for _ in range(dice.randint(2, 4))]
        world.faults.trading.reverse = dice.randint(2, len(parts) + 1)
        world.faults.trading.duplicate = dice.random() < 0.3
        for shares in parts:
            world.fake.levers.fill(there, min(shares, int(there.leaves(Decimal(175)))), f"{175 - dice.random():.2f}")
            if not there.is_open:
                break
        if there.is_open:
            world.fake.levers.cancel(there)
        await world.calm()
        await check_settled(world)
        assert world.now(order).filled_quantity == there.filled_qty


@pytest.mark.parametrize("kept", ["none", "last"])
async def test_case_39_fills_while_the_stream_is_away_are_fetched(kept: str) -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        there = world.there(order)
        world.faults.trading.cut()
        await world.calm()
        world.fake.levers.fill(there, 30, "175")
        world.fake.levers.fill(there, 30, "174.9")
        if kept == "last":
            await back(world)
            world.fake.levers.fill(there, 40, "174.8")
        await check(world)
        await check_settled(world)
        await back(world)
        assert world.state(order) == ((S.FILLED, 100) if kept == "last" else (S.PARTIAL, 60))
        assert world.held() == there.filled_qty


async def test_case_39_fill_of_which_the_stream_lost_the_part_before_is_completed() -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        world.faults.trading.lose = 1
        world.fake.levers.fill(world.there(order), 30, "175")
        world.fake.levers.fill(world.there(order), 30, "174.9")
        await world.calm()
        assert world.state(order) == (S.PARTIAL, 60), "the second names a total that the first is missing from"
        assert {row.price for row in world.now(order).executions} == {Decimal("175"), Decimal("174.9")}
        await check_settled(world)


async def test_case_39_broken_line_locks_entries_and_says_what_still_works() -> None:
    async with an_alpaca_world() as world:
        await world.enter(100)
        world.fault("status", "GET", STREAM, times=None)
        world.faults.trading.cut()
        await world.calm()
        assert not world.context.risk.entries_open
        assert any("Stops that rest there work without this program." in row for row in world.notices())
        await world.fresh()
        with pytest.raises(OrderDenied):
            await world.do(world.trading.place_order(world.terms(kind=OrderType.LIMIT, limit=175)))
        await world.do(world.trading.close_position("AAPL"))
        await check(world)
        await check_settled(world)
        await back(world)
        assert world.held() == world.held_there() == 0, "a close goes out without a stream"


async def test_case_40_stream_that_accepts_and_closes_is_tried_with_growing_pauses() -> None:
    async with an_alpaca_world() as world:
        opened = world.fake.stream.opened
        told = len(world.notices())
        world.faults.trading.close_at_once = 10_000
        world.faults.trading.cut()
        await world.run(600, 1)
        assert 3 <= world.fake.stream.opened - opened < 60
        assert len(world.notices()) - told < 5, "said once, not at every try"
        await check(world)
        world.heal()
        await back(world)
        await check_settled(world)


@pytest.mark.parametrize("status", [406, 429])
async def test_case_40_second_stream_of_the_key_is_said_and_asked_for_rarely(status: int) -> None:
    async with an_alpaca_world() as world:
        rule = world.fault("status", "GET", STREAM, status=status, times=None)
        world.faults.trading.cut()
        await world.run(300, 1)
        assert 1 <= rule.used <= 12, "half a minute between two tries at least"
        assert not world.context.risk.entries_open
        await check(world)
        world.heal()
        await back(world)
        await check_settled(world)


async def test_case_40_place_on_the_stream_that_another_program_took_is_not_fought_for() -> None:
    async with an_alpaca_world() as world:
        opened = world.fake.stream.opened
        world.faults.trading.cut()
        world.fault("status", "GET", STREAM, status=406, times=2)
        await world.run(25, 0.5)
        assert world.fake.stream.opened == opened
        await back(world)
        assert world.fake.stream.opened == opened + 1
        await check_settled(world)


@pytest.mark.parametrize("seed", range(4))
async def test_case_41_events_while_a_comparison_reads_are_neither_lost_nor_doubled(seed: int) -> None:
    dice = random.Random(seed)
    async with an_alpaca_world() as world:
        order = await world.resting()
        there = world.there(order)
        path = dice.choice(["/v2/orders", "/v2/account/activities/FILL", "/v2/positions", "/v2/account"])
        world.faults.trading.cut()
        await world.calm()
        rule = world.fault("hang_after", "GET", path, times=1, seconds=0.05)
        for _ in range(300):
            await world.tick(0.1)
            if rule.used and there.filled_qty == 0:
                world.fake.levers.fill(there, 40, "175")
                break
        await check(world)
        await check_settled(world)
        assert world.state(order) == (S.PARTIAL, 40)
        assert world.held() == 40


@pytest.mark.parametrize("fault", ["garbage", "huge"])
async def test_case_42_frame_that_cannot_be_read_takes_the_line_down_and_nothing_else(fault: str) -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        setattr(world.faults.trading, fault, 1)
        world.fake.levers.fill(world.there(order), 40, "175")
        await world.calm()
        assert world.context.stream_alive is False
        await back(world)
        assert world.state(order) == (S.PARTIAL, 40)
        await check_settled(world)


@pytest.mark.parametrize("frames", ["text", "binary"])
async def test_case_42_both_kinds_of_frames_are_read(frames: str) -> None:
    async with an_alpaca_world() as world:
        world.faults.trading.frames = frames
        order = await world.place(100)
        assert world.state(order) == (S.FILLED, 100)
        await check_settled(world)


@pytest.mark.parametrize(
    "rewrite",
    [
        Rewrite(remove=["order"]),
        Rewrite(remove=["qty", "price"]),
        Rewrite(replace={"qty": None, "price": None}),
        Rewrite(replace={"filled_qty": None}),
        Rewrite(replace={"order": None}),
        Rewrite(remove=["execution_id", "timestamp", "event_id", "at"]),
        Rewrite(words={"fill": "moon_fill", "partial_fill": "moon_fill"}),
        Rewrite(add={"extra": {"deep": [1, None]}}),
    ],
    ids=["no_order", "no_numbers", "null_numbers", "null_total", "null_order", "no_ids", "unknown_event", "more"],
)
async def test_case_42_events_with_holes_lose_no_fill(rewrite: Rewrite) -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        world.faults.trading.rewrite = rewrite
        world.fake.levers.fill(world.there(order), 40, "175")
        await world.run(1)
        await check(world)
        await check_settled(world)
        assert world.state(order) == (S.PARTIAL, 40)
        assert world.held() == 40


async def test_case_42_quote_stream_that_garbles_comes_back() -> None:
    async with an_alpaca_world() as world:
        world.faults.data.garbage = 1
        await world.fresh()
        await world.run(5)
        await world.quote(176.00, 176.02)
        quote = world.context.quotes.latest("AAPL")
        assert quote is not None
        assert quote.bid == Decimal("176")
        await check_settled(world)


async def test_case_44_order_stream_that_is_mute_is_found_by_the_comparison_and_opened_anew() -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        opened = world.fake.stream.opened
        world.faults.trading.mute = True
        await world.run(11, 0.5)
        world.fake.levers.fill(world.there(order), 40, "175")
        await world.run(30, 0.5)
        assert world.state(order) == (S.PARTIAL, 40), "the comparison brought it"
        assert world.fake.stream.opened > opened, "and the stream is not believed any more"
        assert any("The line to Alpaca broke." in row for row in world.notices())
        world.heal()
        await back(world)
        await check_settled(world)


async def test_case_45_stale_quotes_block_market_orders_while_the_stream_is_up() -> None:
    async with an_alpaca_world() as world:
        world.faults.data.mute = True
        world.fault("status", "GET", "/v2/stocks/*", times=None)  # nobody can say that the old quote still stands
        await world.run(10, 0.5)
        assert world.desk.core.connection.state is ConnectionState.CONNECTED
        with pytest.raises(OrderDenied) as refused:
            await world.do(world.trading.place_order(world.terms()))
        assert "quote" in {row.check for row in refused.value.verdicts if row.outcome != "pass"}, refused.value
        assert world.posts == 0
        world.heal()
        assert (await world.place(100)).state is S.FILLED
        await check_settled(world)


async def test_case_39_close_whose_cancels_nobody_can_confirm_is_not_sent() -> None:
    async with an_alpaca_world() as world:
        await world.enter(100)
        world.fault("status", "GET", "*", times=None)
        world.faults.trading.cut()
        await world.calm()
        with pytest.raises(OrderDenied) as refused:
            await world.do(world.trading.close_position("AAPL"))
        assert "Nothing was closed, for both could fill." in refused.value.sentence
        assert world.posts == 1
        await check(world)
        world.heal()
        await back(world)
        await check_settled(world)


async def test_case_18_many_orders_with_events_before_their_answers_agree() -> None:
    async with an_alpaca_world() as world:
        world.fake.switches.fill_before_answer = True
        for number in range(6):
            side = OrderSide.BUY if number % 2 == 0 else OrderSide.SELL
            if side is OrderSide.BUY:
                await world.place(100 + number)
            else:
                await world.fresh()
                await world.do(world.trading.close_position("AAPL"))
            await world.run(1.2)
        await check_settled(world)
        assert world.held() == 0
        assert {row.state for row in world.orders} == {S.FILLED}


async def test_line_that_comes_back_says_so_once() -> None:
    async with an_alpaca_world() as world:
        world.faults.trading.cut()
        await back(world)
        states = [row.state for row in world.of_kind(ConnectionChanged)]
        assert states.count(ConnectionState.LOST) >= 1
        assert states[-1] is ConnectionState.CONNECTED
        good = [row for row in world.said if getattr(row, "level", None) is NoticeLevel.GOOD]
        assert sum("is back after" in row.sentence for row in good) == 1
        await check_settled(world)
