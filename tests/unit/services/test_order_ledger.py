"""The one way into the order book: on disk first, each fact once, and real money kept whatever the disk says."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from legend_desktop.domain.enums import BrokerType, OrderState
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.events import Alarm, ExecutionReceived, OrderChanged
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind, replay
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_ledger import OrderLedger
from tests.fakes.clock import START, FakeClock
from tests.fakes.memory_store import MemoryStore
from tests.unit.store.samples import created, filled, happened

K = OrderEventKind
A = "LPT1A"


class Ledger(OrderLedger):
    """A ledger over a journal in memory, with what it announced."""

    def __init__(self) -> None:
        self.memory = MemoryStore()
        self.said: list[object] = []
        bus = EventBus(fail)
        for kind in (OrderChanged, ExecutionReceived, Alarm):
            bus.subscribe(kind, self.said.append)
        super().__init__(self.memory, bus, FakeClock())

    def state(self) -> tuple[OrderState, int]:
        order = self.book.get(A)
        assert order is not None
        return order.state, int(order.filled_quantity)


def fail(error: BaseException, where: str) -> None:
    raise AssertionError(where) from error


async def sent() -> Ledger:
    ledger = Ledger()
    await ledger.intend([created(A), happened(A, K.SENT)])
    return ledger


async def test_an_intent_that_cannot_be_written_is_not_in_the_book() -> None:
    ledger = Ledger()
    ledger.memory.fail_with = StoreError("The disk is full.", advice="Free some.")
    with pytest.raises(StoreError):
        await ledger.intend([created(A), happened(A, K.SENT)])
    assert ledger.book.get(A) is None
    assert [row.key for row in ledger.said if isinstance(row, Alarm)] == ["journal"]
    ledger.memory.fail_with = None
    await ledger.intend([created(A), happened(A, K.SENT)])
    assert ledger.state() == (OrderState.SENDING, 0)
    alarms = [row for row in ledger.said if isinstance(row, Alarm)]
    assert [row.active for row in alarms] == [True, False]


async def test_what_the_broker_did_is_counted_though_the_disk_fails() -> None:
    ledger = await sent()
    broke: list[StoreError | None] = []
    ledger.on_journal = broke.append
    ledger.memory.fail_with = StoreError("The disk is full.")
    await ledger.learn([happened(A, K.WORKING, broker_order_id="B"), filled(A, "e1", 100)])
    assert ledger.state() == (OrderState.FILLED, 100)
    assert [str(row) for row in broke] == ["The disk is full."]


async def test_repeated_news_is_neither_stored_nor_told() -> None:
    ledger = await sent()
    news = [happened(A, K.WORKING, broker_order_id=f"B-{A}"), filled(A, "e1", 40)]
    assert len(await ledger.learn(news)) == 2
    stored, said = len(ledger.memory.events), len(ledger.said)
    for _ in range(3):
        assert await ledger.learn(news) == []
        assert await ledger.learn([filled(A, "e1", 40), filled(A, "e1", 40)]) == []
    assert (len(ledger.memory.events), len(ledger.said)) == (stored, said)
    assert ledger.state() == (OrderState.PARTIAL, 40)


async def test_the_same_execution_twice_in_one_batch_counts_once() -> None:
    ledger = await sent()
    await ledger.learn([filled(A, "e1", 40), filled(A, "e1", 40), filled(A, "e2", 10)])
    assert ledger.state() == (OrderState.PARTIAL, 50)
    assert len([row for row in ledger.said if isinstance(row, ExecutionReceived)]) == 2


async def test_an_event_about_an_order_that_nobody_created_is_dropped() -> None:
    ledger = Ledger()
    assert await ledger.learn([happened("X", K.WORKING), filled("X", "e1", 5)]) == []
    assert ledger.memory.events == []


async def test_news_behind_what_is_known_changes_nothing() -> None:
    ledger = await sent()
    await ledger.learn([happened(A, K.WORKING, broker_order_id="B"), happened(A, K.CANCELED)])
    before = ledger.book.get(A)
    for kind in (K.ACCEPTED, K.WORKING, K.CANCELED, K.EXPIRED, K.AMBIGUOUS):
        assert await ledger.learn([happened(A, kind, 9, broker_order_id="B")]) == []
    assert ledger.book.get(A) == before


async def test_a_new_broker_id_is_news() -> None:
    ledger = await sent()
    await ledger.learn([happened(A, K.WORKING, broker_order_id="B1")])
    await ledger.learn([happened(A, K.WORKING, broker_order_id="B2")])
    order = ledger.book.get(A)
    assert order is not None
    assert order.broker_order_ids == ("B1", "B2")
    assert ledger.book.by_broker_id("B1") is order


async def test_writers_take_turns_and_the_log_replays_to_the_book() -> None:
    ledger = await sent()
    turn = asyncio.Event()
    ledger.memory.slow = turn.wait
    tasks = [asyncio.ensure_future(ledger.learn([filled(A, f"e{number}", 5, number)])) for number in range(20)]
    await asyncio.sleep(0)
    assert ledger.state() == (OrderState.SENDING, 0), "nothing reaches the book before it is on disk"
    turn.set()
    await asyncio.gather(*tasks)
    assert ledger.state() == (OrderState.FILLED, 100)
    assert replay(await ledger.memory.load_order_events(A)) == ledger.book.get(A)


async def test_an_overfill_and_a_late_fill_raise_the_strip_once() -> None:
    ledger = await sent()
    await ledger.learn([filled(A, "e1", 100), filled(A, "e2", 7), filled(A, "e3", 1)])
    assert ledger.state() == (OrderState.ATTENTION, 108)
    alarms = [row for row in ledger.said if isinstance(row, Alarm)]
    assert [(row.key, row.active) for row in alarms] == [(f"overfill:{A}", True)]
    await ledger.learn([happened(A, K.DECIDED, 5)])
    ended = [row.key for row in ledger.said if isinstance(row, Alarm) and not row.active]
    assert f"overfill:{A}" in ended


async def test_loading_brings_back_the_open_and_the_recent_orders() -> None:
    ledger = await sent()
    await ledger.learn([filled(A, "e1", 100)])
    fresh = OrderLedger(ledger.memory, EventBus(fail), FakeClock())
    assert await fresh.load(START, (BrokerType.ALPACA, "SIM-0001")) == []
    assert await fresh.load(START, (BrokerType.SIMULATOR, "SIM-0002")) == []
    orders = await fresh.load(START, (BrokerType.SIMULATOR, "SIM-0001"))
    assert [row.client_order_id for row in orders] == [A]
    assert fresh.book.get(A) == ledger.book.get(A)
    assert fresh.book.has_execution("e1")
    assert await fresh.learn([filled(A, "e1", 100)]) == [], "what was counted before the restart is not counted again"


async def test_a_second_creation_of_the_same_order_is_dropped() -> None:
    ledger = await sent()
    other = created(A)
    assert other.intent is not None
    changed = replace(other, intent=replace(other.intent, label="again"))
    assert await ledger.learn([changed]) == []
    order = ledger.book.get(A)
    assert order is not None
    assert order.intent.label == ""
    assert order.quantity == Decimal(100)


async def test_a_failing_detail_is_told_and_borne() -> None:
    ledger = await sent()
    ledger.memory.fail_with = StoreError("The disk is full.")
    await ledger.keep([], [])
    assert isinstance(ledger.said[-1], Alarm)


def test_events_are_values() -> None:
    assert OrderEvent(A, K.SENT, START) == OrderEvent(A, K.SENT, START)
