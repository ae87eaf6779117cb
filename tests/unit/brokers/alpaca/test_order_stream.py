"""The order stream against the fake as a real server: every event, every order of them, and every way it ends."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.brokers.alpaca.mute_watch import MuteWatch
from legend_desktop.brokers.alpaca.parse import order_report
from legend_desktop.brokers.alpaca.stream import OrderStream
from legend_desktop.brokers.base import OrderReport, OrderStreamEvent, OrderStreamKind
from legend_desktop.brokers.errors import AuthExpired, BrokerDown, RateLimited
from legend_desktop.brokers.shared_line import KEPT_SECONDS, SharedStream
from legend_desktop.domain.enums import ExecutionKind, OrderRole, OrderState
from legend_desktop.domain.executions import Execution, effective_executions, filled_quantity
from tests.fakes.alpaca.records import FakeOrder
from tests.helpers.waiting import until
from tests.unit.brokers.alpaca.market_world import MarketWorld, a_market_world, passing, soon
from tests.unit.brokers.alpaca.samples import NOW, order_row

NEW = {"symbol": "AAPL", "side": "buy", "qty": "10", "type": "limit", "limit_price": "170"}


async def opened(world: MarketWorld) -> SharedStream[OrderStreamEvent]:
    stream = world.orders.events()
    await soon(stream.open())
    return stream


async def through(stream: SharedStream[OrderStreamEvent], word: str, skip: int = 0) -> list[OrderStreamEvent]:
    """Events up to the one whose order then has the status ``word``; so many of those are passed."""
    found = []
    while True:
        found.append(await soon(anext(stream)))
        if found[-1].report.status_text == word:
            if skip == 0:
                return found
            skip -= 1


def placed(world: MarketWorld, **fields: Any) -> FakeOrder:
    return world.fake.levers.dashboard_order(**{**NEW, "client_order_id": "LP0001", **fields})


def executions(events: list[OrderStreamEvent]) -> list[Execution]:
    return [event.execution for event in events if event.execution is not None]


async def by_rest(world: MarketWorld) -> list[Execution]:
    """The same fills as the activities list them."""
    rows = await soon(world.client.fills())
    return world.desk.fills.from_activities(rows, world.clock.now(), world.desk.client_id_of)


def tell(world: MarketWorld, event: str, order: FakeOrder, **fields: Any) -> None:
    world.fake.levers.emit(event, order, **fields)


class TestEvents:
    @pytest.mark.parametrize("text", [False, True])
    async def test_an_order_from_its_acceptance_to_its_fill_in_frames_of_either_kind(self, text: bool) -> None:
        async with a_market_world() as world:
            world.fake.switches.text_frames = text
            stream = await opened(world)
            placed(world)
            world.fake.market.set_quote("AAPL", "169.98", "170")
            events = await through(stream, "filled")
            words = list(dict.fromkeys(event.report.status_text for event in events))
            assert words == ["pending_new", "new", "filled"]
            last = events[-1]
            assert (last.kind, last.report.state) == (OrderStreamKind.EXECUTION, OrderState.FILLED)
            assert last.report.client_order_id == "LP0001"
            assert last.execution is not None
            assert (str(last.execution.quantity), str(last.execution.price)) == ("10", "170")
            assert last.execution.venue is None, "Alpaca does not say it"
            assert world.orders.facts.last_message_at is not None

    async def test_case_24_a_doubled_event_is_one_execution(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            world.fake.faults.trading.duplicate = True
            order = placed(world)
            world.fake.levers.fill(order, "4")
            world.fake.levers.fill(order)
            events = await through(stream, "filled", skip=1)
            ids = [row.execution_id for row in executions(events)]
            assert len(ids) == 4
            assert len(set(ids)) == 2
            assert filled_quantity(executions(events)) == 10

    async def test_case_25_the_same_fill_by_stream_and_by_rest_is_one(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            world.fake.levers.fill(order, "4")
            world.fake.levers.fill(order)
            heard = executions(await through(stream, "filled"))
            read = await by_rest(world)
            assert [row.execution_id for row in read] == [row.execution_id for row in heard]
            assert filled_quantity([*heard, *read]) == 10

    @pytest.mark.parametrize("seed", range(8))
    async def test_case_26_fills_in_any_order_make_the_same_sum(self, seed: int) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            world.fake.faults.trading.mute = True
            order = placed(world)
            for quantity in ("3", "1", "4", "2"):
                await world.clock.advance(1)
                world.fake.levers.fill(order, quantity)
            world.fake.faults.trading.mute = False
            told = list(world.fake.state.events)
            random.Random(seed).shuffle(told)
            for event in told:
                world.fake.stream.tell(event)
            found: list[Execution] = []
            events: list[OrderStreamEvent] = []
            while filled_quantity(found) != 10:
                events.append(await soon(anext(stream)))
                found = executions(events)
            assert {row.execution_id for row in found} == {row.execution_id for row in await by_rest(world)}

    async def test_case_28_a_fill_after_the_cancel_is_an_execution_too(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            world.fake.levers.cancel(order)
            await through(stream, "canceled")
            await world.clock.advance(1)
            order.filled_qty, order.filled_value = Decimal(3), Decimal(510)
            tell(world, "partial_fill", order, execution_id="late", price="170", qty="3", position_qty="3")
            event = await soon(anext(stream))
            assert event.report.state is OrderState.CANCELED
            assert event.execution is not None
            assert event.execution.quantity == 3

    async def test_case_29_a_bust_takes_the_fill_back_and_keeps_its_row(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            first = world.fake.levers.fill(order, "4")
            world.fake.levers.fill(order, "6")
            events = await through(stream, "filled")
            world.fake.levers.bust(first)
            bust = await soon(anext(stream))
            assert bust.execution is not None
            assert bust.execution.kind is ExecutionKind.BUST
            rows = [*executions(events), bust.execution]
            assert len(rows) == 3
            assert filled_quantity(rows) == 6

    async def test_case_29_a_correction_replaces_the_price_and_keeps_both_rows(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            made = world.fake.levers.fill(order)
            events = await through(stream, "filled")
            world.fake.levers.correct(made, "169.5")
            corrected = await soon(anext(stream))
            assert corrected.execution is not None
            assert corrected.execution.kind is ExecutionKind.CORRECTION
            rows = [*executions(events), corrected.execution]
            assert [(str(row.quantity), str(row.price)) for row in effective_executions(rows)] == [("10", "169.5")]

    async def test_case_29_a_bust_of_a_fill_that_nobody_here_knows_makes_the_fills_be_read(self) -> None:
        async with a_market_world() as world:
            order = placed(world)
            first = world.fake.levers.fill(order, "4")
            world.fake.levers.fill(order, "5")
            stream = await opened(world)
            world.fake.levers.bust(first)
            event = await soon(anext(stream))
            assert event.execution is not None
            assert [str(row.quantity) for row in await by_rest(world)] == ["5"]

    async def test_case_30_a_fill_without_figures_is_told_by_the_orders_total(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            world.fake.faults.add(kind="status", path="/v2/account/activities/*", status=200, body=[], times=None)
            order.filled_qty, order.filled_value = Decimal(7), Decimal(1190)
            tell(world, "partial_fill", order, execution_id=None, price=None, qty=None)
            event = [row async for row in taken(stream, 3)][-1]
            assert event.execution is None
            assert event.report.filled_quantity == 7
            assert event.report.average_fill_price == 170

    async def test_case_30_a_fill_that_was_missed_is_read_with_the_next_one(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            await through(stream, "new")
            world.fake.faults.trading.lose = 1
            world.fake.levers.fill(order, "4")
            world.fake.levers.fill(order)
            events = [row async for row in taken(stream, 2)]
            assert sorted(str(row.quantity) for row in executions(events)) == ["4", "6"]

    async def test_case_31_twins_of_one_instant_are_two_fills_and_stay_two(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            world.fake.levers.fill(order, "5", "170")
            world.fake.levers.fill(order, "5", "170")
            heard = executions(await through(stream, "filled"))
            assert len({row.execution_id for row in heard}) == 2
            assert {row.execution_id for row in await by_rest(world)} == {row.execution_id for row in heard}

    async def test_trap_20_case_20_a_refusal_after_the_acceptance_brings_the_brokers_words(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            world.fake.levers.reject(order, "not today")
            event = (await through(stream, "rejected"))[-1]
            assert event.report.state is OrderState.REJECTED
            assert "not today" in event.report.reason

    async def test_case_21_a_status_that_nobody_knows_keeps_the_word_and_no_state(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            world.fake.levers.set_status_word(order, "magic", event="new")
            event = (await through(stream, "magic"))[-1]
            assert event.report.state is None

    async def test_case_21_an_event_that_nobody_knows_makes_the_order_be_read_again(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            await through(stream, "new")
            world.fake.faults.trading.rewrite = None
            tell(world, "moonwalked", order)
            told = await soon(anext(stream))
            again = await soon(anext(stream))
            assert told.kind is again.kind is OrderStreamKind.STATUS
            assert world.asked(f"/v2/orders/{order.id}") == 1

    async def test_a_restated_order_is_read_again(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            await through(stream, "new")
            tell(world, "restated", order)
            await until(lambda: world.asked(f"/v2/orders/{order.id}") == 1)
            assert [row.report.broker_order_id async for row in taken(stream, 2)] == [order.id, order.id]

    @pytest.mark.parametrize(
        ("event", "kind"),
        [
            ("order_cancel_rejected", OrderStreamKind.CANCEL_REFUSED),
            ("order_replace_rejected", OrderStreamKind.REPLACE_REFUSED),
        ],
    )
    async def test_a_refused_cancel_or_change_says_why_and_the_order_is_read_again(
        self, event: str, kind: OrderStreamKind
    ) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            await through(stream, "new")
            tell(world, event, order, reason="too late")
            told = await soon(anext(stream))
            assert (told.kind, told.report.reason) == (kind, "too late")
            await until(lambda: world.asked(f"/v2/orders/{order.id}") == 1)

    async def test_a_replaced_order_names_its_successor_and_the_successor_its_fore_runner(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            await through(stream, "new")
            fresh = world.fake.engine.request_replace(order, {"limit_price": Decimal(169), "client_order_id": "LP0002"})
            events = await through(stream, "new")
            old = next(row.report for row in events if row.report.status_text == "replaced")
            assert (old.broker_order_id, old.replaced_by_broker_order_id) == (order.id, fresh.id)
            assert (old.state, str(old.terms.limit_price)) == (OrderState.REPLACED, "170")
            new = events[-1].report
            assert (new.client_order_id, new.replaces_broker_order_id) == ("LP0002", order.id)

    async def test_the_legs_of_a_bracket_placed_elsewhere_know_their_entry(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            exits = {"take_profit": {"limit_price": "180"}, "stop_loss": {"stop_price": "160"}}
            entry = placed(world, order_class="bracket", **exits)
            seen: dict[str, OrderReport] = {}
            while len(seen) < 3:
                event = await soon(anext(stream))
                seen[event.report.broker_order_id] = event.report
            roles = {row.role for key, row in seen.items() if key != entry.id}
            assert roles == {OrderRole.TARGET, OrderRole.STOP}
            assert {row.parent_broker_order_id for key, row in seen.items() if key != entry.id} == {entry.id}

    async def test_a_spread_of_options_is_passed_over(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            strange = {"id": "00000000-0000-4000-8000-000000000001", "symbol": "", "side": "", "status": "new"}
            world.fake.stream.tell({"event": "new", "order": strange})
            placed(world)
            assert (await soon(anext(stream))).report.client_order_id == "LP0001"

    async def test_a_field_that_cannot_be_read_costs_neither_the_order_nor_the_line(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            await through(stream, "new")
            tell(world, "fill", order, price={"new": "shape"}, qty="", execution_id=7)
            event = await soon(anext(stream))
            assert event.report.broker_order_id == order.id


class TestLogIn:
    async def test_the_second_form_is_tried_once_where_the_first_is_refused(self) -> None:
        async with a_market_world() as world:
            seen: list[dict[str, Any]] = []
            act = world.fake.stream._act

            async def only_the_new_form(client: Any, action: str, asked: dict[str, Any]) -> None:
                seen.append(asked)
                await act(client, action, {"action": action} if action == "authenticate" else asked)

            world.fake.stream._act = only_the_new_form  # type: ignore[method-assign]
            await opened(world)
            assert [row["action"] for row in seen] == ["authenticate", "auth", "listen"]

    async def test_wrong_keys_end_the_login_after_two_tries_and_no_more(self) -> None:
        async with a_market_world() as world:
            world.fake.levers.revoke_keys()
            stream = world.orders.events()
            with pytest.raises(AuthExpired):
                await soon(stream.open())
            assert world.fake.stream.opened == 1
            await until(lambda: not world.fake.stream.clients)

    async def test_an_upgrade_that_is_refused_ends_the_login(self) -> None:
        async with a_market_world() as world:
            world.fake.faults.add(kind="status", path="/stream", status=401, body="<html>")
            with pytest.raises(AuthExpired):
                await soon(world.orders.events().open())

    @pytest.mark.parametrize("status", [429, 406])
    async def test_a_stream_that_is_taken_asks_for_half_a_minute(self, status: int) -> None:
        async with a_market_world() as world:
            world.fake.faults.add(kind="status", path="/stream", status=status, body="")
            with pytest.raises(RateLimited) as caught:
                await soon(world.orders.events().open())
            assert (caught.value.retry_after or 0) >= 30

    async def test_a_second_program_that_takes_over_is_said_and_not_fought(self) -> None:
        async with a_market_world() as world, a_rival(world) as rival:
            world.fake.switches.second_connection = "kill"
            stream = await opened(world)
            await rival()
            with pytest.raises(RateLimited, match="Another program took over the order stream") as caught:
                await soon(anext(stream))
            assert (caught.value.retry_after or 0) >= 30

    async def test_a_stream_that_does_not_offer_order_events_is_no_stream(self) -> None:
        async with a_market_world() as world:
            act = world.fake.stream._act

            async def without(client: Any, action: str, asked: dict[str, Any]) -> None:
                await act(
                    client, action, asked if action != "listen" else {"action": "listen", "data": {"streams": []}}
                )

            world.fake.stream._act = without  # type: ignore[method-assign]
            with pytest.raises(BrokerDown, match="does not offer order events"):
                await soon(world.orders.events().open())


class TestEnds:
    async def test_case_40_a_stream_that_accepts_and_closes_does_not_open(self) -> None:
        async with a_market_world() as world:
            world.fake.faults.trading.close_at_once = 1
            with pytest.raises(BrokerDown):
                await soon(world.orders.events().open())
            assert world.orders.facts.cuts == 0

    async def test_case_39_a_cut_is_told_and_counted_and_the_next_reader_opens_anew(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            await through(stream, "new")
            world.fake.faults.trading.cut()
            with pytest.raises(BrokerDown):
                await through(stream, "never")
            world.fake.levers.fill(order)
            await world.clock.advance(5)
            again = await opened(world)
            assert [str(row.quantity) for row in await by_rest(world)] == ["10"], "for the stream does not repeat it"
            facts = world.orders.facts
            assert (facts.cuts, facts.name) == (1, "orders")
            assert 5 <= facts.blind_seconds < 6
            await again.aclose()

    async def test_case_41_what_happens_once_the_stream_is_open_is_kept_for_a_reader_who_is_busy(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            world.fake.levers.fill(order)
            told = world.fake.state.events
            await until(lambda: told and world.fake.faults.trading.sent == len(told), "everything was sent")
            assert [str(row.quantity) for row in executions(await through(stream, "filled"))] == ["10"]

    @pytest.mark.parametrize("what", ["garbage", "huge"])
    async def test_case_42_a_frame_that_cannot_be_read_ends_the_stream(self, what: str) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            setattr(world.fake.faults.trading, what, 1)
            placed(world)
            with pytest.raises(BrokerDown):
                await through(stream, "filled")

    async def test_case_44_a_login_that_is_never_answered_ends(self) -> None:
        async with a_market_world() as world:
            world.fake.faults.trading.login_silent = True
            line = OrderStream(
                world.config, world.client, world.desk, world.clock, world.supervisor.start, login_seconds=0.05
            )
            with pytest.raises(BrokerDown, match="did not answer the log-in"):
                await soon(line.events().open())
            await until(lambda: not world.fake.stream.clients, "the place is freed")

    async def test_case_44_a_stream_that_says_nothing_of_what_lists_show_is_cut(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            await through(stream, "new")
            world.fake.faults.trading.mute = True
            await listed(world)
            await listed(world)
            await passing(world, 7)
            assert world.orders.facts.cuts == 0, "nothing has happened, so silence is right"
            world.fake.levers.fill(order)
            await listed(world)
            await passing(world, 7)
            with pytest.raises(BrokerDown, match="brought nothing of a change"):
                await through(stream, "filled")

    async def test_case_38_a_stream_that_tells_what_lists_show_stays(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            order = placed(world)
            await listed(world)
            world.fake.levers.fill(order, "4")
            await listed(world)
            world.fake.levers.fill(order)
            await listed(world)
            await through(stream, "filled")
            await passing(world, 20)
            assert world.orders.facts.cuts == 0

    async def test_two_readers_share_one_socket_and_both_hear_everything(self) -> None:
        async with a_market_world() as world:
            one, two = await opened(world), await opened(world)
            assert world.fake.stream.opened == 1
            placed(world)
            for stream in (one, two):
                assert (await through(stream, "new"))[-1].report.client_order_id == "LP0001"

    async def test_without_a_reader_the_place_is_freed(self) -> None:
        async with a_market_world() as world:
            stream = await opened(world)
            await stream.aclose()
            await passing(world, KEPT_SECONDS + 2)
            await until(lambda: not world.fake.stream.clients)
            assert world.orders.facts.cuts == 0


class TestMuteWatch:
    def test_a_change_that_the_stream_told_before_or_after_the_list_is_none_missed(self) -> None:
        watch = MuteWatch()
        watch.listed([report("0")], 0)
        watch.streamed("B1", Decimal(4), ended=False)
        watch.listed([report("0")], 1)  # this list was on its way already
        watch.listed([report("4")], 2)
        watch.listed([report("9")], 3)
        watch.streamed("B1", Decimal(9), ended=False)
        assert not watch.overdue(10**12)

    def test_a_first_look_proves_nothing(self) -> None:
        watch = MuteWatch()
        watch.listed([report("10", "filled")], 0)
        assert not watch.overdue(10**12)

    def test_a_missed_end_is_overdue_after_five_seconds(self) -> None:
        watch = MuteWatch()
        watch.listed([report("0")], 0)
        watch.listed([report("0", "canceled")], 1)
        assert not watch.overdue(4_999_999_999)
        assert watch.overdue(5_000_000_001)


def report(filled: str, status: str = "new") -> OrderReport:
    return order_report(order_row(id="B1", filled_qty=filled, status=status), NOW)


@asynccontextmanager
async def a_rival(world: MarketWorld) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Another program with the same keys: called, it opens the stream."""
    line = OrderStream(world.config, world.client, world.desk, world.clock, world.supervisor.start)
    reader = line.events()

    async def come() -> None:
        await soon(reader.open())

    yield come
    await line.close()


async def taken(stream: SharedStream[OrderStreamEvent], count: int) -> Any:
    for _ in range(count):
        yield await soon(anext(stream))


async def listed(world: MarketWorld) -> None:
    """What a comparison does: read the list of orders, tell the stream what it shows."""
    rows = await soon(world.client.orders(status="all", since=world.clock.now() - timedelta(days=1)))
    world.orders.listed(world.desk.reports(world.desk.learn(rows)))
