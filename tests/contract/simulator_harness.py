"""The simulator on the acceptance table: a market that stands still, on a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

from legend_desktop.brokers.base import BrokerAdapter
from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.faults import (
    DropRequest,
    FailRead,
    Fault,
    GarbledAnswer,
    LoseAnswer,
    NeverSent,
    Refuse,
    RejectAfterAccept,
)
from legend_desktop.domain.enums import OrderSide, OrderType
from tests.contract.harness import PATIENCE_SECONDS, Harness, Trouble, Verb
from tests.contract.rows import not_offered
from tests.fakes.clock import FakeClock, settle

ROUTES = {
    Verb.PLACE: "place_order",
    Verb.BRACKET: "place_bracket_order",
    Verb.CLOSE: "close_position",
    Verb.REPLACE: "replace_order",
    Verb.CANCEL: "cancel_order",
}
TROUBLES: dict[Trouble, Fault] = {
    Trouble.HANG: LoseAnswer(PATIENCE_SECONDS - 1),
    Trouble.RESET_BEFORE: DropRequest(),
    Trouble.RESET_AFTER: LoseAnswer(words="The connection was reset"),
    Trouble.GATEWAY: LoseAnswer(words="The broker answered 504"),
    Trouble.FAULT: LoseAnswer(words="The broker answered 500"),
    Trouble.TRUNCATED: GarbledAnswer(),
}


class SimulatorHarness(Harness):
    """The simulator's own levers."""

    def __init__(self, broker: SimulatorAdapter, clock: FakeClock) -> None:
        super().__init__()
        self.broker: SimulatorAdapter = broker
        self.since = clock.now()
        self._clock = clock

    async def quote(self, bid: str, ask: str, size: int = 10_000) -> None:
        self.broker.backstage.post_quote("AAPL", Decimal(bid), Decimal(ask), bid_size=size, ask_size=size)
        await self.settle()

    async def trade(self, price: str, size: int = 10_000) -> None:
        self.broker.backstage.post_trade("AAPL", Decimal(price), size)
        await self.settle()

    async def settle(self) -> None:
        await self.broker.advance()
        await settle()

    async def arrived(self) -> int:
        """Its own checks stand at the broker's side: what it refuses has arrived and made no order."""
        return len(await self.broker.get_orders())

    def another_session(self) -> BrokerAdapter:
        return make_simulator(self._clock)

    def wrong_login(self) -> BrokerAdapter:
        not_offered("the simulator needs no login")

    def pinned_elsewhere(self) -> BrokerAdapter:
        not_offered("the simulator has one account, made with it")

    def swap_account(self) -> None:
        not_offered("the simulator has one account, made with it")

    def end_login(self) -> None:
        for route in ("connect", "get_account"):
            self.broker.faults.on(route, FailRead("The login has ended", login=True), nth=None)

    def refuse_next(self, words: str) -> None:
        self.broker.faults.on("place_order", Refuse(words, code="buying_power"))

    def reject_next(self, words: str, verb: Verb = Verb.PLACE) -> None:
        self.broker.faults.on(ROUTES[verb], RejectAfterAccept(words))

    def order_elsewhere(self) -> None:
        self.broker.backstage.place_elsewhere(self.intent(OrderSide.BUY, OrderType.LIMIT, 7, limit="170").terms)

    def cancel_elsewhere(self, broker_order_id: str) -> None:
        self.broker.backstage.cancel_elsewhere(broker_order_id)

    def spoil_next(self, verb: Verb, trouble: Trouble) -> None:
        self.broker.faults.on(ROUTES[verb], TROUBLES[trouble])

    async def held(self) -> None:
        await settle()

    async def time_passes(self, seconds: float) -> None:
        await self._clock.advance(seconds)

    async def unplug(self) -> None:
        for route in ROUTES.values():
            self.broker.faults.on(route, NeverSent(), nth=None)

    def fail_reads(self) -> None:
        self.broker.faults.on("get_account", FailRead(), nth=None)

    def slow_down(self, seconds: int) -> None:
        self.broker.faults.on("get_account", FailRead("Too many requests", retry_after=seconds), nth=None)

    async def cut_streams(self) -> None:
        self.broker.streams.cut_orders()
        self.broker.streams.cut_quotes()

    def mute_orders(self) -> None:
        self.broker.streams.silence_orders()


def make_simulator(clock: FakeClock) -> SimulatorAdapter:
    """A simulator from the factory whose prices stand still."""
    broker = BrokerFactory.create("simulator", clock=clock, self_driven=False, quote_rate=0)
    assert isinstance(broker, SimulatorAdapter)
    return broker


@asynccontextmanager
async def open_simulator() -> AsyncIterator[Harness]:
    """A connected simulator whose order stream is heard."""
    clock = FakeClock()
    broker = make_simulator(clock)
    listener: asyncio.Task[None] | None = None
    try:
        async with broker:
            harness = SimulatorHarness(broker, clock)
            listener = asyncio.create_task(harness.listen(broker.stream_order_events()))
            await harness.move("175.50", "175.52", "175.51")
            yield harness
    finally:
        if listener is not None:
            await listener
