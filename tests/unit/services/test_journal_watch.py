"""What the journal says of itself reaches the strip, the entries lock and Activity; kill verbs are written down."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.events import Alarm, Notice, NoticeLevel
from legend_desktop.services.desk import Desk, build_desk
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_ledger import JOURNAL_ALARM
from legend_desktop.services.task_supervisor import TaskSupervisor
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import Health, MemoryStore

T = TypeVar("T")
LOW = Health(False, "Only 12 MB are free at /p, so no new entry is sent. Cancels and exits still work. Free 200 MB.")


class World:
    def __init__(self) -> None:
        self.store = MemoryStore()
        self.alarms: dict[str, Alarm] = {}
        self.notices: list[Notice] = []
        clock = self.clock = FakeClock()
        bus = EventBus(raise_report)
        bus.subscribe(Alarm, self._on_alarm)
        bus.subscribe(Notice, self.notices.append)
        broker = SimulatorAdapter(clock, SimulatorConfig(quote_rate=0, self_driven=False))
        self.desk: Desk = build_desk(broker, self.store, bus=bus, clock=clock, supervisor=TaskSupervisor(raise_report))

    def _on_alarm(self, alarm: Alarm) -> None:
        self.alarms[alarm.key] = alarm
        if not alarm.active:
            del self.alarms[alarm.key]

    def entries_open(self) -> bool:
        return self.desk.core.context.risk.entries_open

    @property
    def said(self) -> list[tuple[NoticeLevel, str]]:
        return [(row.level, row.sentence) for row in self.notices]


def raise_report(error: BaseException, where: str) -> None:
    raise AssertionError(f"{where}: {error!r}") from error


async def test_case_58_a_journal_that_takes_no_entries_locks_them_before_an_order_finds_out() -> None:
    world = World()
    world.store.say_health(LOW)
    assert not world.entries_open()
    assert world.alarms[JOURNAL_ALARM].fact == "Only 12 MB are free at /p, so no new entry is sent."
    assert world.alarms[JOURNAL_ALARM].consequence == "Cancels and exits still work. Free 200 MB."
    assert world.said == [(NoticeLevel.NEEDS_YOU, LOW.sentence)]
    world.store.say_health(Health())
    assert world.entries_open()
    assert not world.alarms
    assert world.said[-1] == (NoticeLevel.GOOD, "The journal takes entries again.")


async def test_what_waits_in_the_spool_is_counted_on_the_strip_and_told_once() -> None:
    world = World()
    world.store.say_health(Health(False, "The disk is full.", spooled=1))
    assert world.alarms[JOURNAL_ALARM].consequence == (
        "No order is sent until the journal can be written again. 1 entry waits in the spool and will be written then."
    )
    world.store.say_health(Health(False, "The disk is full.", spooled=3))
    assert "3 entries wait" in world.alarms[JOURNAL_ALARM].consequence
    assert len(world.notices) == 1


async def test_a_mere_warning_locks_nothing_and_is_told_once_until_it_has_gone() -> None:
    world = World()
    for free in (480, 470):
        world.store.say_health(Health(True, f"Only {free} MB are free at /p. Free some room soon."))
    assert world.entries_open()
    assert not world.alarms
    assert world.said == [(NoticeLevel.WARNING, "Only 480 MB are free at /p. Free some room soon.")]
    world.store.say_health(Health())
    world.store.say_health(Health(True, "Only 470 MB are free at /p. Free some room soon."))
    assert len(world.notices) == 2


async def test_an_ended_desk_no_longer_listens() -> None:
    world = World()
    await world.desk.stop()
    world.store.say_health(LOW)
    assert not world.alarms


async def test_each_kill_verb_is_written_down_once() -> None:
    world = World()
    await world.desk.core.context.broker.connect()
    await world.desk.trading.cancel_all("aapl")
    await world.desk.trading.flatten_all("AAPL")
    await world.desk.trading.lock("Lunch.")
    assert [(row.verb, row.requested, row.note) for row in world.store.kills] == [
        ("cancel_all", 0, "aapl"),
        ("flatten", 0, "AAPL"),
        ("lock", 0, "Lunch."),
    ]
    await world.desk.supervisor.stop()
    await world.desk.stop()


async def through_time(world: World, work: Coroutine[Any, Any, T]) -> T:
    """The result of ``work``, moving the clock as long as it waits."""
    task = asyncio.get_running_loop().create_task(work)
    while not task.done():
        await world.clock.advance(1)
    return task.result()


async def test_a_flatten_that_the_line_broke_off_is_written_down_too() -> None:
    world = World()
    report = await through_time(world, world.desk.trading.flatten_all())
    assert report.residue, "nobody could look, so nothing is sure"
    assert [(row.verb, row.residue) for row in world.store.kills] == [("flatten", report.residue)]
    assert world.entries_open()


async def test_a_kill_verb_works_where_it_cannot_be_written_down() -> None:
    world = World()
    world.store.fail_with = StoreError("The disk is full.", code="disk_full")
    async with world.desk.core.context.broker:
        report = await through_time(world, world.desk.trading.cancel_all())
    assert report.residue == ()
    assert (NoticeLevel.ERROR, "The disk is full.") in world.said
