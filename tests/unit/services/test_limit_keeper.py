"""Limits that a person set survive a restart; a looser one holds from its session on."""

import asyncio
from dataclasses import replace
from decimal import Decimal

from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.events import AccountChanged, Notice
from legend_desktop.domain.risk import GateLimits
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.limit_keeper import SETTING, LimitKeeper
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.services.trading_core import build_core
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore
from tests.unit.viewmodels.builders import account, raise_report

SHIPPED = GateLimits()
TIGHT = replace(SHIPPED, reduce_loss_percent=Decimal(2))
LOOSE = replace(SHIPPED, reduce_loss_percent=Decimal("4.5"), max_position_percent=Decimal(40))
DAY = 24 * 3600


class World:
    """A program over ``store``; made anew it is a restart."""

    def __init__(self, store: MemoryStore, clock: FakeClock) -> None:
        self.said: list[str] = []
        self.bus = EventBus(raise_report)
        self.bus.subscribe(Notice, lambda row: self.said.append(row.sentence))
        broker = SimulatorAdapter(clock, SimulatorConfig(quote_rate=0, self_driven=False))
        core = build_core(broker, store, bus=self.bus, clock=clock, supervisor=TaskSupervisor(raise_report))
        self.risk = core.context.risk
        self.keeper = LimitKeeper(core.context)


async def test_tighter_limits_hold_after_a_restart_and_looser_ones_from_the_next_session() -> None:
    store, clock = MemoryStore(), FakeClock()
    world = World(store, clock)
    world.keeper.keep(TIGHT, LOOSE)
    await asyncio.sleep(0)
    again = World(store, clock)
    await again.keeper.load()
    assert again.risk.limits == TIGHT
    again.bus.publish(AccountChanged(account()))
    assert again.risk.limits == TIGHT
    await clock.advance(DAY)
    again.bus.publish(AccountChanged(account()))
    assert again.risk.limits == LOOSE
    assert again.said == ["The limits that you set for this session hold now."]


async def test_a_start_in_a_later_session_begins_with_the_looser_limits() -> None:
    store, clock = MemoryStore(), FakeClock()
    World(store, clock).keeper.keep(TIGHT, LOOSE)
    await clock.advance(DAY)
    again = World(store, clock)
    await again.keeper.load()
    assert again.risk.limits == LOOSE


async def test_limits_that_cannot_be_read_are_said_and_the_shipped_ones_hold() -> None:
    for text in ("{", '{"now": {"nonsense": "1"}, "later": {}, "from": "2026-11-24"}', '{"now": {"heat_limit_percent":'
                 ' "NaN"}, "later": {}, "from": "2026-11-24"}', "[]"):  # fmt: skip
        store = MemoryStore()
        store.settings[SETTING] = text
        world = World(store, FakeClock())
        await world.keeper.load()
        assert world.risk.limits == SHIPPED
        assert "cannot be read" in world.said[0]


async def test_limits_that_cannot_be_written_down_are_said() -> None:
    store = MemoryStore()
    world = World(store, FakeClock())
    store.fail_with = StoreError("The disk is full.", code="disk_full")
    world.keeper.keep(TIGHT, TIGHT)
    await asyncio.sleep(0)
    assert world.said == ["The limits hold, but they were not written down. The disk is full."]
