"""The acceptance table: what an adapter declares is taken, and what it does not is refused before anything leaves."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from legend_desktop.brokers.capabilities import Capabilities
from legend_desktop.brokers.errors import OrderRefused
from legend_desktop.brokers.refusals import RefusalReason
from legend_desktop.domain.enums import OrderSide, OrderType, TimeInForce, TradingMode
from legend_desktop.domain.errors import NotSupported
from tests.contract.adapters import Open
from tests.contract.harness import Harness
from tests.contract.rows import not_offered, topic

BUY, SELL = OrderSide.BUY, OrderSide.SELL
LIMIT, MARKET = OrderType.LIMIT, OrderType.MARKET


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that an adapter declares or not; ``prepare`` comes before ``use``, which asks the broker for it."""

    name: str
    declared: Callable[[Capabilities], bool]
    use: Callable[[Harness], Awaitable[Any]]
    prepare: Callable[[Harness], Awaitable[Any]] | None = None


def sends(
    kind: OrderType, quantity: int | str = 10, *, side: OrderSide = BUY, **terms: Any
) -> Callable[[Harness], Any]:
    async def use(made: Harness) -> None:
        intent = made.intent(side, kind, quantity, **terms)
        report = await made.place(intent)
        assert report.terms == intent.terms

    return use


async def changes(made: Harness) -> None:
    (row,) = await made.broker.get_orders(open_only=True)
    await made.broker.replace_order(row.broker_order_id, made.intent(BUY, LIMIT, 100, limit="169"))


async def pairs(made: Harness) -> None:
    await made.broker.place_oco_order(made.exit(LIMIT, 100, limit="180"), made.exit(OrderType.STOP, 100, stop="170"))


KINDS: dict[OrderType, dict[str, Any]] = {
    MARKET: {},
    LIMIT: {"limit": "170"},
    OrderType.STOP: {"stop": "180"},
    OrderType.STOP_LIMIT: {"stop": "180", "limit": "181"},
    OrderType.TRAILING_STOP: {"trail": "2"},
}


def takes_kind(kind: OrderType) -> Callable[[Capabilities], bool]:
    return lambda able: kind in able.order_types


def takes_life(life: TimeInForce) -> Callable[[Capabilities], bool]:
    return lambda able: life in able.times_in_force


def both(one: Callable[[Capabilities], bool], two: Callable[[Capabilities], bool]) -> Callable[[Capabilities], bool]:
    return lambda able: one(able) and two(able)


FEATURES = (
    *(
        Feature(f"{kind.value.replace('_', '-')} orders", takes_kind(kind), sends(kind, **prices))
        for kind, prices in KINDS.items()
    ),
    *(
        Feature(f"{life.value} orders", takes_life(life), sends(LIMIT, limit="170", time_in_force=life))
        for life in TimeInForce
    ),
    Feature(
        "trails by per cent",
        both(takes_kind(OrderType.TRAILING_STOP), lambda able: able.trailing_percent),
        sends(OrderType.TRAILING_STOP, percent="1.5"),
    ),
    Feature("fractions of a share", lambda able: able.fractional, sends(MARKET, "0.25")),
    Feature("short sales", lambda able: able.short_sales, sends(MARKET, side=SELL)),
    Feature("extended hours", lambda able: able.extended_hours, sends(LIMIT, limit="170", extended_hours=True)),
    Feature("changes", lambda able: able.replace, changes, lambda made: made.resting()),
    Feature(
        "brackets", lambda able: able.native_brackets, lambda made: made.broker.place_bracket_order(made.bracket(9))
    ),
    Feature("OCO pairs", lambda able: able.native_oco, pairs, lambda made: made.hold()),
    Feature("look-up by our id", lambda able: able.client_order_ids, lambda made: made.broker.find_order("nobody")),
)


@topic("capabilities")
@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
async def test_as_declared(opened: Open, feature: Feature) -> None:
    async with opened() as made:
        if feature.prepare is not None:
            await feature.prepare(made)
        if feature.declared(made.broker.capabilities):
            await feature.use(made)
            await made.settle()
            return
        arrived = await made.arrived()
        with pytest.raises((OrderRefused, NotSupported)) as caught:
            await feature.use(made)
        assert caught.value.message
        assert caught.value.advice
        assert await made.arrived() == arrived
        not_offered(caught.value.message)


@topic("capabilities")
async def test_its_notes_are_sentences(opened: Open) -> None:
    async with opened() as made:
        notes = made.broker.capabilities.notes
        assert notes
        assert all(note[0].isupper() and note.endswith(".") for note in notes)


@topic("capabilities")
@pytest.mark.parametrize(
    "change", [{"account_id": "somebody else"}, {"mode": TradingMode.LIVE}], ids=["another account", "another mode"]
)
async def test_an_order_decided_for_it_never_leaves(opened: Open, change: dict[str, Any]) -> None:
    async with opened() as made:
        arrived = await made.arrived()
        with pytest.raises(OrderRefused) as caught:
            await made.broker.place_order(replace(made.intent(BUY, MARKET, 1), **change))
        assert caught.value.code == RefusalReason.PERMISSION
        assert await made.arrived() == arrived
