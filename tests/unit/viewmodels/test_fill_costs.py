"""The cost in the toast of a fill, from the bus to the corner of the window."""

from typing import Any

from legend_desktop.domain.events import Notice
from legend_desktop.domain.order_state import OrderEventKind as K
from legend_desktop.services.event_bus import EventBus
from legend_desktop.viewmodels.fill_costs import FillCosts
from legend_desktop.viewmodels.notifications import EventNotes, NotificationsViewModel
from tests.unit.services.test_execution_analytics import Desk, execution, intent


class World:
    """An account whose orders are measured, and the toasts over it."""

    def __init__(self) -> None:
        self.desk = Desk()
        bus: EventBus = self.desk.bus
        self.told: list[tuple[str, int]] = []
        self.notes = EventNotes(bus, self.desk.clock, cost_of=FillCosts(self.desk.service))
        self.toasts = NotificationsViewModel(bus, self.desk.clock)
        bus.subscribe(Notice, lambda row: self.told.append((row.sentence, self.desk.clock.monotonic_ns())))

    async def trade(self, key: str, price: str, **more: Any) -> str:
        """One filled order at a mid of 175.51; what its toast says."""
        self.desk.show("175.50", "175.52")
        await self.desk.send(intent(key, **more))
        await self.desk.clock.advance(0.1)
        row = execution(key, 100, price, f"x-{key}", more.get("side", intent().terms.side), at=self.desk.clock.now())
        await self.desk.tell(key, K.EXECUTION, execution=row)
        return self.toasts.toasts()[-1].sentence

    async def close(self) -> None:
        self.notes.dispose()
        self.toasts.dispose()
        await self.desk.stop()


async def test_the_toast_of_a_fill_carries_its_cost_and_what_is_usual() -> None:
    world = World()
    assert await world.trade("LP01", "175.52") == "Bought 100 AAPL at 175.52. Cost 0.6 bp, $1.00."
    assert await world.trade("LP02", "175.53") == (
        "Bought 100 AAPL at 175.53. Cost 1.1 bp, $2.00; your median here 0.6."
    )
    assert await world.trade("LP03", "175.50") == (
        "Bought 100 AAPL at 175.50. Saved 0.6 bp, $1.00; your median here 0.9 cost."
    )
    await world.close()


async def test_the_cost_is_there_at_the_instant_of_the_fill() -> None:
    world = World()
    await world.trade("LP01", "175.52")
    sentence, told_ns = world.told[-1]
    assert "bp" in sentence
    assert told_ns == world.desk.clock.monotonic_ns()
    await world.close()


async def test_a_fill_without_a_quote_says_so_and_shows_no_zero() -> None:
    world = World()
    await world.desk.send(intent("LP01"))
    row = execution("LP01", 100, "175.52", "x1", at=world.desk.clock.now())
    await world.desk.tell("LP01", K.EXECUTION, execution=row)
    assert world.toasts.toasts()[-1].sentence == "Bought 100 AAPL at 175.52. Cost not known: no quote."
    await world.close()


async def test_a_part_is_told_with_the_cost_so_far() -> None:
    world = World()
    world.desk.show("175.50", "175.52")
    await world.desk.send(intent("LP01"))
    await world.desk.filled("LP01", 40, "175.53", "x1")
    said = world.toasts.toasts()[-1].sentence
    assert said == "Bought 40 of 100 AAPL, so far at 175.53. Cost 1.1 bp, $0.80."
    await world.close()
