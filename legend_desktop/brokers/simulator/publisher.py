"""Brings events to the open streams, with the duplicates, swaps, losses and cuts of the fault plan."""

from collections.abc import Sequence
from typing import TypeVar

from legend_desktop.brokers.base import OrderStreamEvent
from legend_desktop.brokers.errors import BrokerDown
from legend_desktop.brokers.simulator.faults import Cut, Duplicate, Fault, FaultPlan, Reorder, Silence, shuffled
from legend_desktop.brokers.simulator.feed import SymbolFeed
from legend_desktop.brokers.simulator.streams import QUOTES_KEPT, Channel, OrderChannel, QuoteChannel, Stream
from legend_desktop.domain.quotes import Quote

T = TypeVar("T")


class Publisher:
    """The open streams of one session."""

    def __init__(self, plan: FaultPlan) -> None:
        self._plan = plan
        self._orders: list[OrderChannel] = []
        self._quotes: list[QuoteChannel] = []
        self._held: list[OrderStreamEvent] = []
        self._window: Reorder | None = None
        self._fresh_holds = False

    # --- opening

    def open_orders(self) -> Stream[OrderStreamEvent]:
        """A stream of every order event from now on."""
        channel: OrderChannel = Channel()
        self._orders[:] = [other for other in self._orders if not other.closed]
        self._orders.append(channel)
        return Stream(channel, lambda: _drop(self._orders, channel))

    def open_quotes(self, feeds: Sequence[SymbolFeed]) -> Stream[Quote]:
        """A stream that begins with the present quote of each of ``feeds`` and tells of each change."""
        faulty = self._plan.touches("quote_stream")
        channel: QuoteChannel = _FaultyQuotes(self, self._plan) if faulty else Channel(QUOTES_KEPT)
        self._quotes[:] = [other for other in self._quotes if not other.closed]
        self._quotes.append(channel)
        for feed in feeds:
            if feed.has_market:
                channel.push(feed.to_quote())
            feed.watchers.append(channel)

        def detach() -> None:
            _drop(self._quotes, channel)
            for feed in feeds:
                _drop(feed.watchers, channel)

        return Stream(channel, detach)

    # --- order events

    def publish(self, events: Sequence[OrderStreamEvent]) -> None:
        """Send order events on their way."""
        for event in events:
            faults = self._plan.take("order_stream")
            for fault in faults:
                self._spoil(fault)
            if self._window is not None:
                self._held.append(event)
                self._fresh_holds = True
                if len(self._held) >= self._window.window:
                    self.release()
                continue
            copies = 1 + sum(fault.times for fault in faults if isinstance(fault, Duplicate))
            for _ in range(copies):
                self._send(event)

    def _spoil(self, fault: Fault) -> None:
        if isinstance(fault, Cut):
            self.cut_orders(fault.words)
        elif isinstance(fault, Silence):
            self.silence_orders(fault.events)
        elif isinstance(fault, Reorder):
            self._window = fault

    def _send(self, event: OrderStreamEvent) -> None:
        for channel in self._orders:
            channel.push(event)

    def release(self, *, idle: bool = False) -> None:
        """Let held events go in their shuffled order; when ``idle`` only if none came since the last call."""
        if idle and self._fresh_holds:
            self._fresh_holds = False
            return
        window, held = self._window, self._held
        if window is None or not held:
            return
        self._window, self._held = None, []
        for place in shuffled(len(held), window.seed):
            self._send(held[place])

    # --- trouble on the line

    def cut_orders(self, words: str = "The stream was cut") -> None:
        """Break every open order stream."""
        _break(self._orders, words)

    def cut_quotes(self, words: str = "The stream was cut") -> None:
        """Break every open quote stream."""
        _break(self._quotes, words)

    def silence_orders(self, events: int | None = None) -> None:
        """The open order streams stay up and say nothing for ``events`` events (``None``: for ever)."""
        for channel in self._orders:
            channel.silence(events)

    def silence_quotes(self, events: int | None = None) -> None:
        """The open quote streams stay up and say nothing."""
        for channel in self._quotes:
            channel.silence(events)

    def close(self) -> None:
        """End all streams: the session is over."""
        self.release()
        for orders in self._orders:
            orders.close()
        for quotes in self._quotes:
            quotes.close()
        self._orders.clear()
        self._quotes.clear()


class _FaultyQuotes(Channel[Quote]):
    """A quote channel that asks the plan about each quote; only opened where the plan says anything about quotes."""

    def __init__(self, publisher: Publisher, plan: FaultPlan) -> None:
        super().__init__(QUOTES_KEPT)
        self._publisher = publisher
        self._plan = plan

    def push(self, item: Quote) -> None:
        """Queue a quote unless the plan spoils it."""
        times = 1
        for fault in self._plan.take("quote_stream"):
            if isinstance(fault, Cut):
                self._publisher.cut_quotes(fault.words)
            elif isinstance(fault, Silence):
                self.silence(fault.events)
            elif isinstance(fault, Duplicate):
                times += fault.times
        for _ in range(times):
            super().push(item)


def _break(channels: list[Channel[T]], words: str) -> None:
    for channel in tuple(channels):
        channel.close(BrokerDown(f"{words}."))


def _drop(rows: list[Channel[T]], row: Channel[T]) -> None:
    rows[:] = [other for other in rows if other is not row]
