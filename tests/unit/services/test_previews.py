"""What an order would do, before it is sent: size, checks and words, and the same rules at the send."""

import asyncio
from decimal import Decimal

import pytest

from legend_desktop.brokers.simulator.faults import Refuse
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState, OrderType, TimeInForce
from legend_desktop.domain.errors import ConfirmationNeeded, OrderDenied
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.risk import GateLimits
from legend_desktop.domain.verdicts import Outcome
from legend_desktop.services.previews import QuickEntryRequest, QuickEntryResult
from tests.faults.invariants import check_settled, memory
from tests.faults.world import BUY, a_world, d

S = OrderState


def of_the_document(**changes: object) -> QuickEntryRequest:
    """The quick entry of the document's sample: 1 % of 100,000, stop 174, target 180."""
    values: dict[str, object] = {
        "symbol": "AAPL",
        "side": OrderSide.BUY,
        "account_size": 100000.00,
        "risk_percent": 1.0,
        "stop_loss_price": 174.00,
        "target_price": 180.00,
        "order_type": OrderType.MARKET,
        **changes,
    }
    return QuickEntryRequest(**values)  # type: ignore[arg-type]


async def test_the_documents_quick_entry_buys_about_650_shares_as_a_bracket() -> None:
    async with a_world() as world:
        await world.fresh()
        preview = world.trading.preview(of_the_document())
        assert preview.quantity == 649, "1,000 at risk over 1.52 and a spread of 0.02 a share"
        assert preview.sentence == "Buy 649 AAPL at market"
        assert preview.allowed
        assert not preview.needs_confirmation
        assert preview.percent_of_account is not None
        assert 110 < preview.percent_of_account < 120, "more than the account: buying power alone bounds paper"
        result = await world.do(world.trading.quick_entry(of_the_document()))
        await world.breathe()
        assert isinstance(result, QuickEntryResult)
        assert result["order"] is result.order
        assert result["position_sizing"].position_size == 649  # type: ignore[attr-defined]
        assert result.risk_amount is not None
        assert 980 < result.risk_amount <= 1000
        assert dict(result)["symbol"] == "AAPL"
        with pytest.raises(KeyError):
            result["nothing"]
        entry = world.now(result.order)
        assert (entry.state, entry.filled_quantity) == (S.FILLED, d(649))
        stop, target = world.leg(entry, "Stop"), world.leg(entry, "Target")
        assert (stop.terms.stop_price, stop.terms.order_type, stop.side) == (d(174), OrderType.STOP, OrderSide.SELL)
        assert (target.terms.limit_price, target.terms.time_in_force) == (d(180), TimeInForce.GTC)
        assert stop.intent.oco_group == target.intent.oco_group
        assert {stop.intent.role, target.intent.role} == {OrderRole.STOP, OrderRole.TARGET}
        assert entry.intent.plan is not None
        assert entry.intent.plan.stop_loss_price == 174
        assert entry.intent.label.startswith("Quick 1.00")
        await check_settled(world)


async def test_a_preview_stores_and_sends_nothing() -> None:
    async with a_world() as world:
        stored = len(memory(world).events)
        for _ in range(5):
            world.trading.preview(of_the_document())
        assert len(memory(world).events) == stored
        assert world.faults.calls("place_bracket_order") == 0
        assert world.orders == []


@pytest.mark.parametrize(
    ("wish", "shares"),
    [
        ({"quantity": 100}, 100),
        ({"quantity": "100"}, 100),
        ({"cash_risk": 500, "risk_percent": None}, 324),
        ({"order_value": 17_552}, 100),
        ({"risk_percent": 0.5, "account_size": None}, 324),
        ({"stop_loss_price": 177, "target_price": 170, "side": OrderSide.SELL, "quantity": 50}, 50),
    ],
)
async def test_the_size_comes_from_the_wish(wish: dict[str, object], shares: int) -> None:
    async with a_world() as world:
        await world.fresh()
        preview = world.trading.preview(of_the_document(**wish))
        assert preview.quantity == shares
        assert preview.allowed, preview.refusals


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"stop_loss_price": None}, "needs a stop"),
        ({"stop_loss_price": 176}, "stop"),
        ({"stop_loss_price": 175.52}, "stop"),
        ({"risk_percent": "lots"}, "Risk percent must be a number"),
        ({"risk_percent": -1}, "risk"),
        ({"account_size": 0}, "account"),
        ({"order_type": OrderType.LIMIT}, "limit"),
    ],
)
async def test_a_wish_that_cannot_be_sized_says_why_and_sends_nothing(wish: dict[str, object], words: str) -> None:
    async with a_world() as world:
        await world.fresh()
        preview = world.trading.preview(of_the_document(**wish))
        assert not preview.allowed
        assert any(words.lower() in row.sentence.lower() for row in preview.refusals), preview.refusals
        with pytest.raises(OrderDenied):
            await world.do(world.trading.quick_entry(of_the_document(**wish)))
        assert world.faults.calls("place_bracket_order") == 0


async def test_old_quotes_size_nothing_and_the_send_asks_for_a_fresh_one() -> None:
    async with a_world() as world:
        await world.run(5)
        assert not world.trading.preview(of_the_document()).allowed
        world.post(175.50, 175.52)
        result = await world.do(world.trading.quick_entry(of_the_document()))
        assert result.order.state in {S.WORKING, S.FILLED}


async def test_a_confirm_check_wants_a_second_press_and_takes_only_that_one() -> None:
    async with a_world(limits=GateLimits(confirm_risk_percent=d("0.5"))) as world:
        await world.fresh()
        with pytest.raises(ConfirmationNeeded) as asked:
            await world.do(world.trading.quick_entry(of_the_document()))
        assert asked.value.checks == {"high_risk"}
        assert asked.value.code == "high_risk"
        assert world.orders == [], "nothing was sent and nothing written"
        with pytest.raises(ConfirmationNeeded):
            await world.do(world.trading.quick_entry(of_the_document(), frozenset({"duplicate"})))
        result = await world.do(world.trading.quick_entry(of_the_document(), asked.value.checks))
        assert result.order.state in {S.WORKING, S.FILLED}
        assert any("second press" in row for row in result.warnings)


async def test_what_the_gate_denies_is_written_down_with_its_verdicts() -> None:
    async with a_world() as world:
        with pytest.raises(OrderDenied) as refused:
            await world.place(20_000)
        (order,) = world.orders
        assert order.state is S.DENIED
        assert order.reason == refused.value.message
        kinds = [row.kind for row in await world.store.load_order_events(order.client_order_id)]
        assert kinds == [OrderEventKind.CREATED, OrderEventKind.DENIED]
        texts = memory(world).verdicts[order.client_order_id]
        assert any(row.startswith("max_quantity: deny - ") for row in texts)
        assert {row.outcome for row in refused.value.verdicts} >= {Outcome.PASS, Outcome.DENY}
        await check_settled(world)


async def test_a_brokers_refusal_is_an_answer_with_its_words_not_an_exception() -> None:
    async with a_world() as world:
        world.faults.on("place_bracket_order", Refuse("not enough settled cash"))
        result = await world.quick(100)
        assert result.order.state is S.REJECTED
        assert any("not enough settled cash" in row for row in result.errors)
        assert {row.state for row in world.orders} == {S.REJECTED}
        await check_settled(world)


async def test_a_plain_order_against_the_position_is_an_exit_and_needs_no_stop() -> None:
    async with a_world() as world:
        await world.place(100)
        await world.run(1.1)
        await world.fresh()
        request = QuickEntryRequest("AAPL", OrderSide.SELL, quantity=40)
        assert world.trading.preview(request).allowed
        result = await world.do(world.trading.quick_entry(request))
        await world.breathe()
        assert world.now(result.order).intent.reduce_only
        assert world.held() == 60


async def test_numbers_may_be_floats_texts_or_decimals() -> None:
    async with a_world() as world:
        await world.fresh()
        quantities = {
            world.trading.preview(of_the_document(risk_percent=value)).quantity
            for value in (1, 1.0, "1", "1.0", Decimal(1))
        }
        assert quantities == {Decimal(649)}


async def test_two_symbols_at_once_are_two_orders() -> None:
    async with a_world() as world:
        world.post(400, 400.02, symbol="MSFT")
        await world.fresh()
        calls = [
            world.trading.quick_entry(QuickEntryRequest(symbol, BUY, stop_loss_price=stop, quantity=10))
            for symbol, stop in (("AAPL", 174), ("MSFT", 396))
        ]
        both = asyncio.gather(*calls)
        await world.run(1)
        assert {row.order.symbol for row in await both} == {"AAPL", "MSFT"}
        await world.run(1)
        assert (world.held(), world.held("MSFT")) == (10, 10)
        await check_settled(world)
