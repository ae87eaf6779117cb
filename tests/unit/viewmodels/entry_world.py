"""Order entry over a whole desk on the simulator: real services, a market and a clock in the hands of a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from legend_desktop.domain.enums import BrokerType, OrderType, TradingMode
from legend_desktop.services.own_costs import OwnCosts
from legend_desktop.viewmodels.action_router import ActionRouter
from legend_desktop.viewmodels.order_entry import OrderEntryViewModel
from legend_desktop.viewmodels.symbol_focus import SymbolFocus
from legend_desktop.viewmodels.ticket_actions import register_ticket_actions
from tests.fakes.clock import settle
from tests.fakes.memory_store import MemoryStore
from tests.faults.world import World, a_world

D = Decimal


@dataclass
class Entry:
    """The view-model with its world; ``states`` lists every state it announced."""

    world: World
    model: OrderEntryViewModel
    focus: SymbolFocus
    router: ActionRouter
    states: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        """The state by its word: a plain text, so that a test may look at it twice."""
        return self.model.state.value

    def type(self, **texts: str) -> None:
        """Type into fields by name."""
        for name, text in texts.items():
            self.model.set_text(name, text)

    def draft(self, **texts: str) -> None:
        """The quick entry of the examples: 0.20 % to 173.75, target 179.20."""
        self.type(**{"risk": "0.20", "stop": "173.75", "target": "179.20", **texts})

    def foot_is_dead(self) -> bool:
        """True while presses on the foot do nothing."""
        return self.model.guarded

    def asks_again(self) -> bool:
        """True while a second press would count."""
        return self.model.awaiting_confirmation

    async def pass_guard(self) -> None:
        """Let the foot's guard time pass; the quote is fresh afterwards."""
        await self.world.run(0.7)
        await self.world.fresh()
        self.model.refresh()

    async def send(self) -> bool:
        """Press, and let the market act on it."""
        await self.world.fresh()
        sent = self.model.send()
        await self.world.breathe()
        return sent

    async def settle(self) -> None:
        await settle()

    def rows(self) -> dict[str, str]:
        """What the result shows, label by label."""
        result = self.model.result
        return {row.label: plain(f"{row.value} {row.note}") for row in (*result.rows, *result.exit_rows)}

    def sent(self) -> list[OrderType]:
        """The kinds of every order of the book, exits included."""
        return [order.terms.order_type for order in self.world.orders]


def plain(text: str) -> str:
    """``text`` with plain spaces and minus signs."""
    return text.replace("\u202f", " ").replace("\u2212", "-").strip()


def make_live(world: World) -> None:
    """Let the simulator pass for a live account at Alpaca; it takes no order then."""
    world.broker.mode = TradingMode.LIVE
    world.broker.broker = BrokerType.ALPACA
    assert isinstance(world.store, MemoryStore)
    world.store.mode = TradingMode.LIVE


@asynccontextmanager
async def an_entry(*, live: bool = False, symbol: str = "AAPL", **settings: Any) -> AsyncIterator[Entry]:
    """Order entry on a started desk with AAPL at 175.50 by 175.52."""
    async with a_world(**settings) as world:
        if live:
            make_live(world)
        focus = SymbolFocus(symbol)
        analytics = world.desk.analytics
        model = OrderEntryViewModel(
            world.trading,
            world.bus,
            world.supervisor,
            world.clock,
            focus,
            metrics_of=analytics.order_metrics,
            own_costs=OwnCosts(analytics),
        )
        entry = Entry(world, model, focus, ActionRouter())
        register_ticket_actions(entry.router, model)
        model.state_changed.connect(entry.states.append)
        entry.router.refused.connect(entry.refusals.append)
        await world.breathe()
        model.refresh()
        try:
            yield entry
        finally:
            model.dispose()
