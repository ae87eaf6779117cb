"""Connecting, the account that is pinned, and reads that go to the last page or fail."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.brokers.alpaca.adapter import AlpacaAdapter
from legend_desktop.brokers.alpaca.config import AlpacaConfig
from legend_desktop.brokers.errors import AuthExpired, BrokerDown, OrderRefused
from legend_desktop.brokers.simulator.wall_clock import WallClock
from legend_desktop.domain.enums import ExecutionKind, OrderRole, OrderState, TradingMode
from legend_desktop.domain.executions import filled_quantity
from tests.fakes.alpaca.server import FakeAlpaca
from tests.helpers.waiting import until
from tests.unit.brokers.alpaca.samples import SELL
from tests.unit.brokers.alpaca.trading_world import LIMIT, MARKET, TradingWorld, credentials, started, trading

PAPER = TradingMode.PAPER


def adapter(fake: FakeAlpaca, mode: TradingMode = PAPER, **more: str) -> AlpacaAdapter:
    return AlpacaAdapter(AlpacaConfig.from_credentials(credentials(fake, **more), mode), WallClock())


# ---- session


async def test_the_account_proves_the_login_and_is_known_afterwards() -> None:
    async with trading() as world:
        assert world.broker.account_id == world.fake.state.account_id
        account = await world.broker.get_account()
        assert (account.account_id, account.buying_power) == (world.broker.account_id, Decimal(200_000))
        facts = world.broker.line
        assert (facts.requests_limit, facts.feed) == (200, "iex")
        assert facts.requests_left is not None
        assert facts.answer_p50_ms is not None
        assert "not the national best quote" in facts.feed_note
        assert [row.name for row in facts.streams] == ["orders", "quotes"]


@pytest.mark.parametrize(("wrong", "words"), [("AKWRONG", "make a live connection"), ("PKWRONG", "paper dashboard")])
async def test_case_84_keys_that_are_not_accepted_say_what_they_look_like(wrong: str, words: str) -> None:
    async with started(FakeAlpaca()) as fake:
        broker = adapter(fake, api_key=wrong)
        with pytest.raises(AuthExpired) as caught:
            await broker.connect()
        assert words in caught.value.advice
        assert wrong not in caught.value.sentence
        assert broker.account_id == ""
        with pytest.raises(BrokerDown, match="not connected"):
            await broker.get_account()


async def test_paper_keys_on_a_live_account_are_refused_by_its_answer() -> None:
    async with started(FakeAlpaca(live=True)) as fake:
        broker = adapter(fake, TradingMode.LIVE, api_key="PKOTHER")
        with pytest.raises(AuthExpired) as caught:
            await broker.connect()
        assert "keys of a paper account" in caught.value.advice


async def test_a_login_page_instead_of_json_ends_the_login() -> None:
    async with started(FakeAlpaca()) as fake:
        fake.faults.add("html_401", path="/v2/account")
        with pytest.raises(AuthExpired):
            await adapter(fake).connect()


async def test_case_52_another_account_than_the_pinned_one_is_a_hard_stop() -> None:
    async with started(FakeAlpaca()) as fake:
        with pytest.raises(AuthExpired) as caught:
            await adapter(fake, account_id="11111111-0000-4000-8000-000000000000").connect()
        assert caught.value.code == "other_account"
        async with adapter(fake, account_id=fake.state.account_id) as broker:
            assert broker.account_id == fake.state.account_id


async def test_case_52_an_account_that_changes_under_the_session_trades_no_more() -> None:
    async with trading() as world:
        world.fake.levers.change_account_id()
        with pytest.raises(AuthExpired):
            await world.broker.get_account()
        with pytest.raises(OrderRefused, match="another account"):
            await world.broker.place_order(world.intent(LIMIT, limit="170"))


async def test_a_revoked_key_ends_the_login_and_a_renewed_one_needs_no_restart() -> None:
    async with trading() as world:
        world.fake.levers.revoke_keys()
        for read in (world.broker.get_account, world.broker.get_positions, world.broker.get_orders):
            with pytest.raises(AuthExpired):
                await read()
        world.fake.levers.restore_keys()
        await world.broker.connect()
        assert await world.broker.get_positions() == []


@pytest.mark.allow_log("Alpaca has blocked trading")
async def test_a_blocked_account_connects_and_says_so() -> None:
    async with started(FakeAlpaca()) as fake:
        fake.levers.set_account(trading_blocked=True)
        async with adapter(fake) as broker:
            assert (await broker.get_account()).equity == 100_000


async def test_trap_5_the_account_of_before_july_2026_is_read_too() -> None:
    async with trading() as world:
        world.fake.switches.legacy_day_trade_fields = True
        assert (await world.broker.get_account()).equity == 100_000


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("status", {"status": 200, "body": "<html>"}),
        ("status", {"status": 200, "body": []}),
        ("status", {"status": 200, "body": {"id": "x"}}),
        ("rewrite", {"remove": ["buying_power"]}),
        ("status", {"status": 418, "body": {"message": "teapot"}}),
        ("status", {"status": 404, "body": "<html>wrong address</html>"}),
    ],
)
async def test_an_account_that_cannot_be_read_is_a_failure_and_never_zeros(kind: str, options: dict[str, Any]) -> None:
    async with started(FakeAlpaca()) as fake, adapter(fake) as broker:
        fake.faults.add(kind, path="/v2/account", times=None, **options)
        with pytest.raises((BrokerDown, AuthExpired)):
            await broker.get_account()


async def test_after_the_session_everything_says_that_it_is_over() -> None:
    async with started(FakeAlpaca()) as fake:
        broker = adapter(fake)
        async with broker:
            orders = broker.stream_order_events()
        assert [row async for row in orders] == []
        with pytest.raises(BrokerDown):
            await broker.get_positions()
        with pytest.raises(BrokerDown):
            broker.stream_order_events()
        assert broker.line.streams == ()
        async with broker:
            assert await broker.get_positions() == []


# ---- positions


async def test_trap_20_a_position_follows_its_fills_and_a_short_is_negative() -> None:
    async with trading() as world:
        await world.held("10")
        world.fake.levers.give("MSFT", "-7", "400")
        rows = {row.symbol: row for row in await world.broker.get_positions()}
        assert {name: row.quantity for name, row in rows.items()} == {"AAPL": Decimal(10), "MSFT": Decimal(-7)}
        one = await world.broker.get_position("aapl")
        assert one is not None
        assert (one.quantity, one.avg_entry_price, one.mark) == (Decimal(10), Decimal("175.52"), rows["AAPL"].mark)
        assert await world.broker.get_position("TSLA") is None


async def test_case_48_a_position_that_cannot_be_read_fails_the_whole_list() -> None:
    async with trading() as world:
        await world.held("10")
        world.fake.faults.add("status", path="/v2/positions", body=[{"symbol": "AAPL"}], status=200)
        with pytest.raises(BrokerDown):
            await world.broker.get_positions()
        world.fake.faults.add("status", path="/v2/positions", status=500, times=3)
        with pytest.raises(BrokerDown):
            await world.broker.get_positions()


# ---- orders


async def test_an_id_of_another_form_is_nobodys_and_is_not_asked_for() -> None:
    async with trading() as world:
        before = len(world.fake.state.requests)
        assert await world.broker.get_order("no-such-order") is None
        assert len(world.fake.state.requests) == before
        assert await world.broker.get_order(world.fake.state.new_id()) is None
        assert await world.broker.find_order("L0000000000000000000") is None


@pytest.mark.parametrize("path", ["/v2/orders/*", "/v2/orders:by_client_order_id", "/v2/positions/*"])
async def test_only_alpacas_own_404_says_that_there_is_none(path: str) -> None:
    async with trading() as world:
        report = await world.resting()
        world.fake.faults.add("status", path=path, status=404, body="<html>not found</html>", times=None)
        reads = {
            "/v2/orders/*": world.broker.get_order,
            "/v2/orders:by_client_order_id": world.broker.find_order,
            "/v2/positions/*": world.broker.get_position,
        }
        with pytest.raises(BrokerDown, match="404"):
            await reads[path](report.broker_order_id)


async def test_trap_16_lists_are_read_to_their_last_page() -> None:
    async with trading() as world:
        for _ in range(505):
            last = world.fake.levers.dashboard_order(
                symbol="AAPL", qty="1", side="buy", type="limit", limit_price="1.5"
            )
        await world.status(last.id, "new")
        rows = await world.broker.get_orders(open_only=True)
        assert len(rows) == len({row.broker_order_id for row in rows}) == 505
        assert [row.entered_at for row in rows] == sorted(row.entered_at for row in rows)


async def test_case_48_a_second_page_that_fails_fails_the_list() -> None:
    async with trading() as world:
        for _ in range(501):
            world.fake.levers.dashboard_order(symbol="AAPL", qty="1", side="buy", type="limit", limit_price="1.5")
        world.fake.faults.add("status", path="/v2/orders", skip=1, status=500, times=3)
        with pytest.raises(BrokerDown):
            await world.broker.get_orders(open_only=True)


async def test_a_list_that_leads_back_to_itself_is_given_up() -> None:
    async with trading() as world:
        row = {"id": world.fake.state.new_id(), "symbol": "AAPL", "side": "buy", "qty": "1", "status": "new"}
        world.fake.faults.add("status", path="/v2/orders", status=200, body=[row] * 500, times=None)
        with pytest.raises(BrokerDown, match="no end"):
            await world.broker.get_orders(open_only=True)


async def test_an_order_without_an_id_fails_the_list() -> None:
    async with trading() as world:
        world.fake.faults.add("status", path="/v2/orders", status=200, body=[{"symbol": "AAPL"}])
        with pytest.raises(BrokerDown):
            await world.broker.get_orders(open_only=True)


async def test_fact_7_an_order_that_nobody_can_read_leaves_the_others() -> None:
    async with trading() as world:
        report = await world.resting()
        spread = {"id": world.fake.state.new_id(), "side": "", "symbol": "", "order_class": "mleg", "status": "new"}
        plain = {"id": report.broker_order_id, "side": "buy", "symbol": "AAPL", "qty": "100", "status": "new"}
        world.fake.faults.add("status", path="/v2/orders", status=200, body=[spread, plain], times=2)
        assert [row.broker_order_id for row in await world.broker.get_orders(open_only=True)] == [
            report.broker_order_id
        ]


async def test_orders_since_take_in_the_instant_they_are_asked_from() -> None:
    async with trading() as world:
        first = await world.resting("170")
        second = await world.resting("171")
        entered = world.order(second.broker_order_id).submitted_at
        assert entered is not None
        await world.broker.cancel_order(first.broker_order_id)
        rows = await world.broker.get_orders(since=entered)
        assert second.broker_order_id in {row.broker_order_id for row in rows}
        later = await world.broker.get_orders(since=datetime.now(UTC) + timedelta(hours=1))
        assert [row.broker_order_id for row in later] == [second.broker_order_id]


async def test_case_47_an_order_placed_elsewhere_is_told_with_its_own_id() -> None:
    async with trading() as world:
        order = world.fake.levers.dashboard_order(symbol="MSFT", qty="3", side="buy", type="limit", limit_price="300")
        (row,) = await world.broker.get_orders(open_only=True)
        assert (row.broker_order_id, row.client_order_id) == (order.id, order.client_order_id)


async def test_an_order_in_dollars_from_elsewhere_is_read() -> None:
    async with trading() as world:
        order = world.fake.levers.dashboard_order(symbol="AAPL", notional="500.75", side="buy")
        await world.status(order.id, "filled")
        report = await world.broker.get_order(order.id)
        assert report is not None
        assert report.terms.quantity == report.filled_quantity > 2


# ---- executions


async def several_fills(world: TradingWorld, count: int) -> str:
    report = await world.resting("170", str(count + 1))
    for _ in range(count):
        world.fake.levers.fill(world.order(report.broker_order_id), 1, "170")
    return report.broker_order_id


async def test_activities_are_read_to_their_last_page() -> None:
    async with trading() as world:
        order_id = await several_fills(world, 250)
        rows = await world.broker.get_executions(world.since)
        assert [row.execution_id for row in rows] == [f"{order_id}:{n}" for n in range(1, 251)]


async def test_executions_since_take_in_their_first_instant_and_nothing_before() -> None:
    async with trading() as world:
        await several_fills(world, 3)
        first, second, third = await world.broker.get_executions(world.since)
        assert await world.broker.get_executions(second.executed_at) == [second, third]
        assert first.executed_at < second.executed_at


async def test_case_48_a_second_page_of_activities_that_fails_fails_the_list() -> None:
    async with trading() as world:
        await several_fills(world, 120)
        world.fake.faults.add("status", path="/v2/account/activities/FILL", skip=1, status=500, times=3)
        with pytest.raises(BrokerDown):
            await world.broker.get_executions(world.since)


async def test_a_fill_names_our_order_where_it_is_known() -> None:
    async with trading() as world:
        intent = world.intent(MARKET, "10")
        await world.broker.place_order(intent)
        await until(lambda: world.fake.state.executions, "the fill")
        (row,) = await world.broker.get_executions(world.since)
        assert row.client_order_id == intent.client_order_id


@pytest.mark.parametrize("fault", ["lose", "duplicate", "reverse"])
async def test_case_24_25_26_39_fills_are_the_same_set_whatever_the_stream_does(fault: str) -> None:
    async with trading(listening=True) as world:
        report = await world.resting("170", "10")
        await world.heard(report.broker_order_id, "new")
        faults = world.fake.faults.trading
        if fault == "lose":
            faults.lose = 2
        elif fault == "duplicate":
            faults.duplicate = True
        else:
            faults.reverse = 4
        for _ in range(4):
            world.fake.levers.fill(world.order(report.broker_order_id), 2, "170")
        await until(lambda: filled_quantity(world.executions()) == 8, "eight shares")
        listed = await world.broker.get_executions(world.since)
        assert {row.execution_id: row for row in world.executions()} == {row.execution_id: row for row in listed}


async def test_case_29_a_bust_takes_its_fill_back_and_a_correction_changes_it() -> None:
    async with trading(listening=True) as world:
        report = await world.resting("170", "10")
        order = world.order(report.broker_order_id)
        first = world.fake.levers.fill(order, 4, "170")
        second = world.fake.levers.fill(order, 3, "170")
        await until(lambda: filled_quantity(world.executions()) == 7, "both fills")
        world.fake.levers.bust(second)
        await until(lambda: filled_quantity(world.executions()) == 4, "the bust")
        world.fake.levers.correct(first, "169.5")
        await until(lambda: len(world.executions()) >= 4, "the correction")
        kinds = [row.kind for row in world.executions()]
        assert kinds.count(ExecutionKind.BUST) == kinds.count(ExecutionKind.CORRECTION) == 1
        assert filled_quantity(world.executions()) == 4
        (standing,) = [row for row in world.executions() if row.kind is ExecutionKind.CORRECTION]
        assert (standing.price, standing.corrects_id) == (Decimal("169.5"), f"{report.broker_order_id}:4")


async def test_case_46_a_session_that_begins_in_the_middle_knows_the_earlier_fills() -> None:
    async with started(FakeAlpaca()) as fake:
        async with adapter(fake) as first:
            world = TradingWorld(fake, first)
            report = await world.resting("170", "10")
            fake.levers.fill(world.order(report.broker_order_id), 4, "170")
            known = await first.get_executions(world.since)
        async with adapter(fake) as second:
            fake.levers.fill(world.order(report.broker_order_id), 6, "170")
            rows = await second.get_executions(world.since)
            assert [row.execution_id for row in rows][:1] == [row.execution_id for row in known]
            assert filled_quantity(rows) == 10
            order = await second.get_order(report.broker_order_id)
            assert order is not None
            assert order.state is OrderState.FILLED


async def test_case_23_the_legs_of_a_bracket_without_an_answer_are_found_by_their_entry() -> None:
    async with trading() as world:
        world.fake.faults.add("drop_after", method="POST", path="/v2/orders")
        bracket = world.bracket()
        with pytest.raises(Exception, match="carried out"):
            await world.broker.place_bracket_order(bracket)
        rows = {row.role: row for row in await world.broker.get_orders(since=world.since)}
        entry = rows[OrderRole.ENTRY]
        assert entry.client_order_id == bracket.entry.client_order_id
        assert [rows[role].client_order_id for role in (OrderRole.TARGET, OrderRole.STOP)] == [
            leg.client_order_id for leg in bracket.legs[1:]
        ]
    async with trading() as world:
        await world.held()
        world.fake.faults.add("drop_after", method="POST", path="/v2/orders")
        pair = [
            world.intent(LIMIT, "100", SELL, role=OrderRole.TARGET, limit="180"),
            world.intent(MARKET, "100", SELL, role=OrderRole.STOP),
        ]
        with pytest.raises(OrderRefused):
            await world.broker.place_oco_order(*pair)
