"""Words of the broker that surprise: unknown statuses, half-taken brackets, vanished legs and orders."""

from decimal import Decimal

import pytest

from legend_desktop.brokers.simulator.faults import Refuse, RefuseLeg, UnknownStatus
from legend_desktop.domain.enums import OrderRole, OrderState, OrderType
from legend_desktop.domain.errors import OrderDenied
from legend_desktop.domain.order_state import OrderEventKind
from tests.faults.invariants import check, check_settled
from tests.faults.world import SELL, a_world, d

S = OrderState


async def test_case_21_unknown_status_word_keeps_the_state_and_is_looked_up() -> None:
    async with a_world() as world:
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        before = world.faults.calls("get_order")
        world.broker.backstage.tell_strange_word(order.broker_order_id or "", "MAGIC")
        await world.breathe()
        assert world.state(order) == (S.WORKING, 0)
        assert world.faults.calls("get_order") > before
        log = await world.store.load_order_events(order.client_order_id)
        said = [row.reason for row in log if row.kind is OrderEventKind.STATUS]
        assert said == ["The broker says MAGIC, a word this program does not know."]
        await check_settled(world)


async def test_case_21_unknown_status_word_as_the_first_answer_is_looked_for() -> None:
    async with a_world() as world:
        world.broker.streams.silence_orders()
        world.faults.on("place_order", UnknownStatus("MAGIC", reads=2))
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        assert order.state is S.UNKNOWN
        await check(world)
        await world.run(5)
        assert world.state(order) == (S.WORKING, 0)
        await check_settled(world)


async def test_case_22_refused_stop_leg_raises_the_strip_and_can_be_repaired() -> None:
    async with a_world() as world:
        world.faults.on("place_bracket_order", RefuseLeg(OrderRole.STOP))
        entry = await world.enter(100)
        assert world.state(entry) == (S.FILLED, 100)
        stop = world.leg(entry, "Stop")
        assert (stop.state, stop.reason) == (S.REJECTED, "the leg was not accepted")
        await world.run(2.2)
        alarm = world.alarms["protection:AAPL"]
        assert alarm.fact == "100 of 100 AAPL shares have no stop."
        assert alarm.action == "order.repair_stop@AAPL"
        await world.fresh()
        repaired = await world.do(world.trading.repair_stop("AAPL"))
        await world.run(2.5)
        assert (repaired.terms.stop_price, repaired.quantity, world.now(repaired).state) == (d(174), d(100), S.WORKING)
        assert "protection:AAPL" not in world.alarms
        assert world.faults.calls("place_bracket_order") == 1
        (target,) = [row for row in world.context.book.open_orders() if row.terms.order_type is OrderType.LIMIT]
        assert target.intent.oco_group == repaired.intent.oco_group, "stop and target cancel each other again"
        await check_settled(world)
        await world.quote(173.5, 173.52)
        await world.trade(173.5)
        await world.run(1)
        assert world.held() == 0
        assert world.state(target)[0] is S.CANCELED


async def test_case_22_refused_target_leaves_the_stop_at_work_and_raises_nothing() -> None:
    async with a_world() as world:
        world.faults.on("place_bracket_order", RefuseLeg(OrderRole.TARGET))
        entry = await world.enter(100)
        await world.run(3)
        assert world.leg(entry, "Target").state is S.REJECTED
        assert world.leg(entry, "Stop").state is S.WORKING
        assert not world.alarms
        await check_settled(world)


async def test_case_51_stop_leg_deleted_elsewhere_raises_the_strip_and_no_order() -> None:
    async with a_world() as world:
        entry = await world.enter(100)
        await world.run(2.2)
        assert not world.alarms
        world.broker.backstage.cancel_elsewhere(world.leg(entry, "Stop").broker_order_id or "")
        await world.run(2.5)
        assert world.leg(entry, "Stop").cancel_origin == "broker"
        assert world.alarms["protection:AAPL"].fact == "100 of 100 AAPL shares have no stop."
        before = len(world.orders)
        await world.run(20)
        assert len(world.orders) == before, "no order goes out by itself"
        await world.fresh()
        await world.do(world.trading.repair_stop("AAPL"))
        await world.run(2.5)
        assert not world.alarms
        await check_settled(world)


async def test_case_51_repair_takes_the_stop_of_the_open_trade_not_of_an_older_one() -> None:
    async with a_world() as world:
        await world.enter(100, stop=171)
        await world.do(world.trading.flatten_all())
        await world.run(1)
        await world.place(50)
        with pytest.raises(OrderDenied, match="without a planned stop"):
            await world.do(world.trading.repair_stop("AAPL"))
        order = await world.do(world.trading.repair_stop("AAPL", 173))
        assert (order.quantity, order.terms.stop_price) == (d(50), d(173))
        await check_settled(world)


async def test_case_51_refused_entry_with_another_stop_does_not_count_as_a_plan() -> None:
    async with a_world() as world:
        entry = await world.enter(100, stop=174, target=None)
        await world.do(world.trading.cancel_order(world.leg(entry, "Stop").client_order_id))
        world.faults.on("place_bracket_order", Refuse("not today"))
        await world.run(1.5)
        await world.enter(50, stop=160, target=None, confirmed=frozenset({"high_risk"}))
        order = await world.do(world.trading.repair_stop("AAPL"))
        assert order.terms.stop_price == 174
        await check_settled(world)


async def test_case_51_stop_smaller_than_the_position_is_repaired_to_all_shares() -> None:
    async with a_world() as world:
        await world.enter(100, target=None)
        await world.run(1.5)
        await world.place(60)
        await world.run(2.5)
        assert world.alarms["protection:AAPL"].fact == "60 of 160 AAPL shares have no stop."
        await world.fresh()
        await world.do(world.trading.repair_stop("AAPL"))
        await world.run(2.5)
        (risk,) = world.desk.sync.position_risks()
        assert (int(risk.stop_quantity), int(risk.unprotected_quantity)) == (160, 0)
        assert not world.alarms
        await check_settled(world)


async def test_case_51_repair_leaves_the_price_of_a_stop_that_was_moved() -> None:
    async with a_world() as world:
        await world.enter(100, target=None)
        await world.run(1.5)
        await world.place(60)
        await world.do(world.trading.move_stop("AAPL", 175.2))
        await world.run(2.5)
        await world.fresh()
        added = await world.do(world.trading.repair_stop("AAPL"))
        assert (int(added.quantity), added.terms.stop_price) == (60, Decimal("175.2"))
        assert {row.terms.stop_price for row in world.context.book.open_orders()} == {Decimal("175.2")}
        await check_settled(world)


async def test_case_51_stop_larger_than_the_position_raises_the_strip() -> None:
    async with a_world() as world:
        await world.place(100)
        await world.do(world.trading.move_stop("AAPL", 174))
        world.broker.backstage.place_elsewhere(world.terms(40, SELL))
        await world.run(2.5)
        assert world.held() == 60
        alarm = world.alarms["protection:AAPL"]
        assert alarm.fact == "The AAPL stop is for 100 shares, you hold 60."
        await world.fresh()
        await world.do(world.trading.repair_stop("AAPL", 174))
        await world.run(2.5)
        assert not world.alarms
        await check_settled(world)


async def test_acknowledged_order_that_vanished_needs_a_person_and_stays_on_the_strip_after_a_restart() -> None:
    from tests.faults.world import begin, restarted

    async with a_world() as world:
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        await world.run(1)
        desk = world.broker._session.running().desk
        del desk.orders[order.broker_order_id or ""], desk.open[order.broker_order_id or ""]
        result = await world.do(world.desk.core.reconciler.run())
        assert world.state(order)[0] is S.ATTENTION
        assert any("no longer knows it" in row for row in result.differences)
        assert f"attention:{order.client_order_id}" in world.alarms
        fresh = await restarted(world)
        await begin(fresh)
        assert f"attention:{order.client_order_id}" in fresh.alarms
        with pytest.raises(OrderDenied):
            await fresh.place(10)
        assert (await fresh.do(fresh.trading.cancel_all())).residue == (), "nothing of it can be open there"
        await fresh.do(fresh.trading.decide_unknown(order.client_order_id, exists=False, note="It is gone."))
        assert fresh.state(order)[0] is S.REJECTED
        assert not fresh.alarms
        await fresh.stop()
        assert not fresh.reports.rows
