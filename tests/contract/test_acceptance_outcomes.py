"""The acceptance table: the three outcomes of sending, rejects, and what proves that nothing was sent."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.brokers.base import OrderReport
from legend_desktop.brokers.errors import BrokerDown, OrderRefused, OutcomeUnknown
from legend_desktop.brokers.refusals import RefusalReason
from legend_desktop.domain.enums import OrderSide, OrderState, OrderType
from tests.contract.adapters import Open
from tests.contract.harness import Harness, Trouble, Verb
from tests.contract.rows import needs, topic

BUY, SELL = OrderSide.BUY, OrderSide.SELL
LIMIT, MARKET = OrderType.LIMIT, OrderType.MARKET
S = OrderState


async def copies(made: Harness, client_order_id: str) -> int:
    """How many orders the broker has under our id."""
    return sum(row.client_order_id == client_order_id for row in await made.broker.get_orders(since=made.since))


# ---- accepted


@topic("outcome: accepted")
async def test_the_report_is_what_was_asked_under_the_brokers_id(opened: Open) -> None:
    async with opened() as made:
        intent = made.intent(BUY, LIMIT, 10, limit="170")
        report = await made.broker.place_order(intent)
        assert report.broker_order_id
        assert report.status_text
        assert (report.client_order_id, report.terms) == (intent.client_order_id, intent.terms)
        assert report.state in {S.ACCEPTED, S.WORKING}
        assert await copies(made, intent.client_order_id) == 1


@topic("outcome: accepted")
async def test_our_id_finds_the_order_and_a_strange_one_nothing(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.client_order_ids, "look-up by our id")
        intent = made.intent(BUY, LIMIT, 10, limit="170")
        report = await made.place(intent)
        found = await made.broker.find_order(intent.client_order_id)
        assert found is not None
        assert found.broker_order_id == report.broker_order_id
        assert await made.broker.find_order("L0000000000000000000") is None
        assert await made.broker.get_order("no-such-order") is None


@topic("outcome: accepted")
async def test_each_order_is_stamped_once_as_sent(opened: Open) -> None:
    async with opened() as made:
        stamps: list[tuple[str, int]] = []
        made.broker.on_request_sent = lambda key, at: stamps.append((key, at))
        intent = made.intent(BUY, LIMIT, 100, limit="170")
        report = await made.place(intent)
        successor = made.intent(BUY, LIMIT, 100, limit="171")
        await made.broker.replace_order(report.broker_order_id, successor)
        await made.settle()
        bracket = made.bracket(10, limit="175.40")
        await made.broker.place_bracket_order(bracket)
        await made.settle()
        sent = [intent, successor, *bracket.legs]
        assert [key for key, _ in stamps] == [row.client_order_id for row in sent]
        assert [at for _, at in stamps] == sorted(at for _, at in stamps)


# ---- refused


@dataclass(frozen=True, slots=True)
class Nonsense:
    """An order that no broker takes, and the reasons that it may be refused for."""

    name: str
    change: dict[str, Any]
    reasons: frozenset[RefusalReason]


R = RefusalReason
NONSENSE = (
    Nonsense("a price between two steps", {"limit_price": Decimal("170.001")}, frozenset({R.PRICE_INCREMENT})),
    Nonsense("no shares", {"quantity": Decimal(0)}, frozenset({R.SIZE_TOO_SMALL})),
    Nonsense("no symbol at all", {"symbol": "NO SUCH"}, frozenset({R.UNKNOWN_SYMBOL})),
    Nonsense("a symbol that nobody lists", {"symbol": "ZZQX9"}, frozenset({R.UNKNOWN_SYMBOL})),
    Nonsense("more than the account can carry", {"quantity": Decimal(5_000)}, frozenset({R.BUYING_POWER})),
    Nonsense("a limit order without a limit", {"limit_price": None}, frozenset({R.OTHER, R.ORDER_TYPE})),
)


@topic("outcome: refused")
@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda row: row.name)
async def test_with_reason_words_and_advice(opened: Open, nonsense: Nonsense) -> None:
    async with opened() as made:
        intent = made.intent(BUY, LIMIT, 10, limit="170")
        with pytest.raises(OrderRefused) as caught:
            await made.broker.place_order(replace(intent, terms=replace(intent.terms, **nonsense.change)))
        assert caught.value.code in {reason.value for reason in nonsense.reasons}
        assert caught.value.broker_words
        assert caught.value.advice
        await made.settle()
        assert await made.broker.get_orders() == []


@topic("outcome: refused")
@pytest.mark.parametrize("other", [{"quantity": Decimal(20)}, {"limit_price": Decimal(171)}], ids=["size", "price"])
async def test_another_order_under_a_used_id_is_refused(opened: Open, other: dict[str, Any]) -> None:
    async with opened() as made:
        needs(made, lambda able: able.client_order_ids, "look-up by our id")
        intent = made.intent(BUY, LIMIT, 10, limit="170")
        await made.place(intent)
        with pytest.raises(OrderRefused) as caught:
            await made.broker.place_order(replace(intent, terms=replace(intent.terms, **other)))
        assert caught.value.code == R.DUPLICATE
        assert len(await made.broker.get_orders()) == 1


@topic("outcome: refused")
async def test_the_same_order_sent_twice_is_one_order(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.client_order_ids, "look-up by our id")
        intent = made.intent(BUY, LIMIT, 10, limit="170")
        first = await made.place(intent)
        (outcome,) = await asyncio.gather(made.broker.place_order(intent), return_exceptions=True)
        refused = isinstance(outcome, OrderRefused) and outcome.code == R.DUPLICATE
        assert refused or getattr(outcome, "broker_order_id", "") == first.broker_order_id
        assert await made.open_ids() == {first.broker_order_id}


@topic("outcome: refused")
async def test_the_brokers_own_words_are_kept(opened: Open) -> None:
    async with opened() as made:
        made.refuse_next("insufficient buying power")
        intent = made.intent(BUY, LIMIT, 10, limit="170")
        with pytest.raises(OrderRefused) as caught:
            await made.broker.place_order(intent)
        assert caught.value.broker_words == "insufficient buying power"
        assert "insufficient buying power" in caught.value.message
        assert caught.value.code == R.BUYING_POWER
        assert caught.value.advice
        assert await copies(made, intent.client_order_id) == 0
        again = await made.place(made.intent(BUY, LIMIT, 10, limit="170"))
        assert await made.open_ids() == {again.broker_order_id}


@topic("rejects")
async def test_an_order_that_the_venue_throws_out_is_rejected_with_its_words(opened: Open) -> None:
    async with opened() as made:
        made.reject_next("the venue does not take it")
        report = await made.place(made.intent(BUY, LIMIT, 10, limit="170"))
        await made.settle()
        after = await made.order(report.broker_order_id)
        assert (after.state, after.filled_quantity) == (S.REJECTED, Decimal(0))
        assert await made.open_ids() == set()
        last = (await made.told(report.broker_order_id))[-1].report
        assert last.state is S.REJECTED
        assert "the venue does not take it" in last.reason


@topic("rejects")
async def test_the_exits_of_a_rejected_entry_do_not_live(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.native_brackets, "brackets")
        reports = await rejected_bracket(made)
        assert {(await made.order(row.broker_order_id)).state for row in reports[1:]} <= {S.CANCELED, S.REJECTED}
        assert await made.position() == 0


async def rejected_bracket(made: Harness) -> list[OrderReport]:
    made.reject_next("the venue does not take it", Verb.BRACKET)
    reports = await made.broker.place_bracket_order(made.bracket(10, limit="175.40"))
    await made.settle()
    await made.settle()
    assert (await made.order(reports[0].broker_order_id)).state is S.REJECTED
    return reports


# ---- unknown


async def sent_into(made: Harness, verb: Verb, trouble: Trouble, request: Awaitable[Any]) -> OutcomeUnknown:
    """The error of a request that meets ``trouble``."""
    made.spoil_next(verb, trouble)
    sending = asyncio.ensure_future(request)
    if trouble is Trouble.HANG:
        error = await made.outcome_of_waiting(sending)
    else:
        await asyncio.wait({sending})
        error = sending.exception()
    assert isinstance(error, OutcomeUnknown), error
    assert error.message
    await made.settle()
    return error


@topic("outcome: unknown")
@pytest.mark.parametrize("trouble", list(Trouble), ids=lambda trouble: trouble.value)
async def test_an_order_is_found_by_our_id_or_is_not_there(opened: Open, trouble: Trouble) -> None:
    async with opened() as made:
        intent = made.intent(BUY, LIMIT, 10, limit="170")
        stamps: list[str] = []
        made.broker.on_request_sent = lambda key, at: stamps.append(key)
        await sent_into(made, Verb.PLACE, trouble, made.broker.place_order(intent))
        assert stamps == [intent.client_order_id]
        expected = 1 if trouble.carried_out else 0
        assert await copies(made, intent.client_order_id) == expected
        found = await made.broker.find_order(intent.client_order_id)
        assert (found is not None) == trouble.carried_out
        if found is not None:
            assert found.terms == intent.terms
            assert await made.open_ids() == {found.broker_order_id}


@topic("outcome: unknown")
@pytest.mark.parametrize("trouble", [Trouble.RESET_AFTER, Trouble.GATEWAY], ids=lambda trouble: trouble.value)
async def test_a_bracket_is_found_as_a_family(opened: Open, trouble: Trouble) -> None:
    async with opened() as made:
        needs(made, lambda able: able.native_brackets, "brackets")
        bracket = made.bracket(10, limit="175.40")
        await sent_into(made, Verb.BRACKET, trouble, made.broker.place_bracket_order(bracket))
        entry = await made.broker.find_order(bracket.entry.client_order_id)
        assert entry is not None
        rows = await made.broker.get_orders(open_only=True)
        assert len(rows) == 3
        legs = [row for row in rows if row.broker_order_id != entry.broker_order_id]
        assert {row.parent_broker_order_id for row in legs} == {entry.broker_order_id}
        assert {row.client_order_id for row in legs} == {leg.client_order_id for leg in bracket.legs[1:]}


@topic("outcome: unknown")
@pytest.mark.parametrize("trouble", [Trouble.RESET_BEFORE, Trouble.RESET_AFTER], ids=lambda trouble: trouble.value)
async def test_a_change_is_settled_by_asking(opened: Open, trouble: Trouble) -> None:
    async with opened() as made:
        needs(made, lambda able: able.replace, "changes")
        report = await made.resting()
        successor = made.intent(BUY, LIMIT, 100, limit="171")
        change = made.broker.replace_order(report.broker_order_id, successor)
        await sent_into(made, Verb.REPLACE, trouble, change)
        (alive,) = await made.broker.get_orders(open_only=True)
        expected = successor.terms if trouble.carried_out else report.terms
        assert alive.terms == expected
        assert (await made.broker.find_order(successor.client_order_id) is not None) == trouble.carried_out


@topic("outcome: unknown")
@pytest.mark.parametrize("trouble", [Trouble.RESET_BEFORE, Trouble.RESET_AFTER], ids=lambda trouble: trouble.value)
async def test_a_cancel_is_settled_by_asking(opened: Open, trouble: Trouble) -> None:
    async with opened() as made:
        report = await made.resting()
        await sent_into(made, Verb.CANCEL, trouble, made.broker.cancel_order(report.broker_order_id))
        alive = await made.open_ids()
        assert alive == (set() if trouble.carried_out else {report.broker_order_id})


@topic("outcome: unknown")
async def test_a_close_closes_once(opened: Open) -> None:
    async with opened() as made:
        await made.hold()
        intent = made.intent(SELL, MARKET, 100, reduce_only=True)
        await sent_into(made, Verb.CLOSE, Trouble.RESET_AFTER, made.broker.close_position(intent))
        found = await made.broker.find_order(intent.client_order_id)
        assert found is not None
        assert found.state is S.FILLED
        assert await made.position() == 0


# ---- not sent


@topic("outcome: not sent")
async def test_where_no_byte_can_leave_nothing_is_unknown(opened: Open) -> None:
    async with opened() as made:
        report = await made.resting()
        stamps: list[str] = []
        made.broker.on_request_sent = lambda key, at: stamps.append(key)
        await made.unplug()
        successor = made.intent(BUY, LIMIT, 100, limit="171")
        requests: tuple[Callable[[], Awaitable[Any]], ...] = (
            lambda: made.broker.place_order(made.intent(BUY, MARKET, 10)),
            lambda: made.broker.place_bracket_order(made.bracket(10)),
            lambda: made.broker.replace_order(report.broker_order_id, successor),
            lambda: made.broker.cancel_order(report.broker_order_id),
            lambda: made.broker.close_position(made.intent(SELL, MARKET, 1, reduce_only=True)),
        )
        for request in requests:
            with pytest.raises(BrokerDown) as caught:
                await request()
            assert caught.value.advice
        assert stamps == []
