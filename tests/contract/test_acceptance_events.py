"""The acceptance table: what the stream tells, what polling tells, and that both count the same fills once."""

from datetime import timedelta
from decimal import Decimal

from legend_desktop.brokers.base import OrderStreamKind
from legend_desktop.domain.enums import OrderSide, OrderState, OrderType
from legend_desktop.domain.executions import effective_executions, filled_quantity
from tests.contract.adapters import Open
from tests.contract.rows import needs, topic

BUY, SELL = OrderSide.BUY, OrderSide.SELL
LIMIT, MARKET = OrderType.LIMIT, OrderType.MARKET
S = OrderState
ALIVE = {S.ACCEPTED, S.WORKING, S.PARTIAL}


@topic("events by stream")
async def test_an_order_is_told_from_its_acceptance_to_its_last_fill(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.order_stream, "streamed order events")
        report = await made.resting(limit="175.51")
        for _ in range(4):
            await made.trade("175.51", 25)
        events = await made.told(report.broker_order_id)
        assert events[0].report.state in ALIVE
        assert events[-1].report.state is S.FILLED
        fills = [row for row in events if row.execution is not None]
        assert all(row.kind is OrderStreamKind.EXECUTION for row in fills)
        assert [row.report.filled_quantity for row in fills] == [Decimal(n) for n in (25, 50, 75, 100)]
        assert {row.report.client_order_id for row in events} == {report.client_order_id}
        assert [row.at for row in events] == sorted(row.at for row in events)


@topic("events by stream")
async def test_cancels_and_changes_are_told(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.order_stream, "streamed order events")
        first = await made.resting()
        second = await made.broker.replace_order(first.broker_order_id, made.intent(BUY, LIMIT, 100, limit="171"))
        await made.settle()
        await made.broker.cancel_order(second.broker_order_id)
        await made.settle()
        if made.broker.capabilities.replace_makes_new_order:
            assert (await made.told(first.broker_order_id))[-1].report.state is S.REPLACED
        assert (await made.told(second.broker_order_id))[-1].report.state is S.CANCELED


@topic("events by stream")
async def test_the_legs_of_a_bracket_are_told_as_a_family(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.order_stream and able.native_brackets, "streamed events of brackets")
        bracket = made.bracket(100)
        entry, target, stop = await made.broker.place_bracket_order(bracket)
        await made.settle()
        await made.move("173.80", "173.90", "173.85")
        for report, state in ((entry, S.FILLED), (target, S.CANCELED), (stop, S.FILLED)):
            last = (await made.told(report.broker_order_id))[-1].report
            assert (last.state, last.role, last.client_order_id) == (state, report.role, report.client_order_id)
            assert last.parent_broker_order_id == report.parent_broker_order_id
        told = [row.execution for row in await made.told(stop.broker_order_id) if row.execution is not None]
        read = (await made.broker.get_executions(made.since))[-1]
        assert {row.client_order_id for row in (*told, read)} == {bracket.legs[2].client_order_id}


@topic("events by stream")
async def test_what_others_do_on_the_account_is_told(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.order_stream, "streamed order events")
        report = await made.resting()
        made.cancel_elsewhere(report.broker_order_id)
        made.order_elsewhere()
        assert (await made.told(report.broker_order_id))[-1].report.state is S.CANCELED
        strange = [row.report for row in await made.events() if row.report.broker_order_id != report.broker_order_id]
        assert {(row.terms.quantity, row.terms.limit_price) for row in strange} == {(Decimal(7), Decimal(170))}
        assert strange[-1].state in ALIVE
        assert await made.open_ids() == {strange[-1].broker_order_id}


@topic("events by poll")
async def test_reads_alone_tell_the_life_of_an_order(opened: Open) -> None:
    async with opened() as made:
        made.mute_orders()
        report = await made.resting(limit="175.51")
        states = [(await made.order(report.broker_order_id)).state]
        await made.trade("175.51", 30)
        (alive,) = await made.broker.get_orders(open_only=True)
        states.append(alive.state)
        await made.trade("175.51", 70)
        assert await made.broker.get_orders(open_only=True) == []
        states.append((await made.order(report.broker_order_id)).state)
        assert states[0] in {S.ACCEPTED, S.WORKING}
        assert states[1:] == [S.PARTIAL, S.FILLED]
        assert filled_quantity(await made.broker.get_executions(made.since)) == 100
        assert await made.events() == []


@topic("events by poll")
async def test_reads_say_the_same_as_the_stream(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.order_stream, "streamed order events")
        report = await made.resting(limit="175.51")
        await made.trade("175.51", 30)
        await made.broker.cancel_order(report.broker_order_id)
        await made.settle()
        last = (await made.told(report.broker_order_id))[-1].report
        read = await made.order(report.broker_order_id)
        for name in ("state", "filled_quantity", "average_fill_price", "terms", "client_order_id"):
            assert getattr(read, name) == getattr(last, name), name


@topic("events by poll")
async def test_the_list_of_orders_is_whole_and_in_order(opened: Open) -> None:
    async with opened() as made:
        first = await made.place(made.intent(BUY, MARKET, 10))
        second = await made.resting()
        family = []
        if made.broker.capabilities.native_brackets:
            family = await made.broker.place_bracket_order(made.bracket(10, limit="175.40"))
            await made.settle()
        found = await made.broker.get_orders(since=made.since)
        rows = [first, second, *family]
        assert {row.broker_order_id for row in found} == {row.broker_order_id for row in rows}
        assert [row.entered_at for row in found] == sorted(row.entered_at for row in found)
        assert await made.open_ids() == {row.broker_order_id for row in rows[1:]}


@topic("executions since")
async def test_the_same_execution_from_stream_and_poll_counts_once(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.order_stream, "streamed order events")
        report = await made.resting(limit="175.51")
        for _ in range(4):
            await made.trade("175.51", 25)
        told = [row.execution for row in await made.told(report.broker_order_id) if row.execution is not None]
        polled = await made.broker.get_executions(made.since)
        assert [row.execution_id for row in told] == [row.execution_id for row in polled]
        assert len(effective_executions([*told, *polled, *told])) == 4
        assert filled_quantity([*told, *polled]) == 100


@topic("executions since")
async def test_they_tell_order_side_price_and_time(opened: Open) -> None:
    async with opened() as made:
        intent = made.intent(BUY, MARKET, 100)
        report = await made.place(intent)
        await made.place(made.intent(SELL, MARKET, 40, reduce_only=True))
        bought, sold = await made.broker.get_executions(made.since)
        assert (bought.side, bought.quantity, bought.price) == (BUY, Decimal(100), Decimal("175.52"))
        assert (bought.broker_order_id, bought.client_order_id) == (report.broker_order_id, intent.client_order_id)
        assert (sold.side, sold.quantity, sold.price) == (SELL, Decimal(40), Decimal("175.50"))
        assert made.since <= bought.executed_at <= sold.executed_at


@topic("executions since")
async def test_the_boundary_is_included_and_nothing_before_it(opened: Open) -> None:
    async with opened() as made:
        for _ in range(3):
            await made.place(made.intent(BUY, MARKET, 10))
        rows = await made.broker.get_executions(made.since)
        last = rows[-1]
        found = await made.broker.get_executions(last.executed_at)
        assert last.execution_id in {row.execution_id for row in found}
        assert all(row.executed_at >= last.executed_at for row in found)
        assert await made.broker.get_executions(last.executed_at + timedelta(seconds=1)) == []


@topic("executions since")
async def test_a_new_session_names_them_alike(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.keeps_account, "account that outlives its session")
        await made.resting(limit="175.51")
        for _ in range(4):
            await made.trade("175.51", 25)
        before = await made.broker.get_executions(made.since)
        async with made.another_session() as again:
            after = await again.get_executions(made.since)
        assert [row.execution_id for row in after] == [row.execution_id for row in before]
