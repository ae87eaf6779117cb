import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from legend_desktop.app.hooks import ErrorReporter
from legend_desktop.app.poster import Poster
from legend_desktop.app.qt_loop import run_app
from legend_desktop.app.stall_guard import Post, StallGuard
from legend_desktop.app.stop_signal import StopSignal
from legend_desktop.brokers.errors import BrokerDown
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.quotes import Quote
from legend_desktop.infra.clock import SystemClock
from legend_desktop.infra.watchdog import Finding, Trouble, Watchdog
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.services.risk_state import STALL, RiskState
from legend_desktop.services.task_supervisor import TaskSupervisor, log_report
from tests.helpers.waiting import until


class Machine:
    """A guard over a real loop and a real thread, with clocks that the test moves."""

    def __init__(self, quote_wait: float = 600, post: Post | None = None) -> None:
        self.seconds = 100.0
        self.seen: dict[Trouble, threading.Event] = {trouble: threading.Event() for trouble in Trouble}
        self.risk = RiskState(EventBus(log_report), SystemClock(), TradingMode.PAPER)
        self.quotes = QuoteBoard(SystemClock())
        self.supervisor = TaskSupervisor()
        self.compared = 0
        self.told: list[Finding] = []
        self.broker_is_down = False
        self.guard = StallGuard(
            self.risk,
            self.quotes,
            self.compare,
            self.supervisor,
            post=post,
            on_finding=self.told.append,
            make_watchdog=self.watchdog,
            quote_wait=quote_wait,
            retry=0.001,
        )

    def watchdog(self, on_finding: Callable[[Finding], None]) -> Watchdog:
        def spy(finding: Finding) -> None:
            on_finding(finding)
            self.seen[finding.trouble].set()

        return Watchdog(spy, monotonic=lambda: self.seconds, wall=lambda: self.seconds, every=0.001)

    async def compare(self) -> bool:
        self.compared += 1
        if self.broker_is_down and self.compared % 2:
            raise BrokerDown("The broker does not answer.")
        return not self.broker_is_down

    def stall(self) -> None:
        """What a slot that hangs for six seconds looks like to the watching thread."""
        for step in (Trouble.STALL, Trouble.LONG_STALL):
            while not self.seen[step].wait(0.005):
                self.seconds += 0.5

    def quote(self) -> None:
        one = Decimal(100)
        price = Decimal("175.50")
        self.quotes.put(Quote("AAPL", price, price + Decimal("0.02"), one, one, price, datetime.now(UTC)))

    async def stop(self) -> None:
        self.guard.stop()
        await self.supervisor.stop()


def waits_for_a_quote(machine: Machine) -> bool:
    return machine.compared > 0 and machine.risk.has(STALL) and not machine.risk.entries_open


@pytest.mark.allow_log("has not answered|answers again")
def test_case_89_a_slot_that_hangs_six_seconds_locks_entries_before_queued_input_and_until_fresh(
    qapp: QApplication,
) -> None:
    order: list[str] = []

    async def main(stop: StopSignal) -> int:
        poster = Poster()
        machine = Machine(post=poster.post)
        machine.guard.start()
        await asyncio.sleep(0.01)
        assert machine.risk.entries_open

        def slot() -> None:
            machine.stall()
            QTimer.singleShot(0, lambda: order.append("click" if not machine.risk.has(STALL) else "click refused"))

        QTimer.singleShot(0, slot)
        await until(lambda: order)
        await until(lambda: machine.compared)
        await until(lambda: waits_for_a_quote(machine))
        machine.quote()
        await until(lambda: not machine.risk.has(STALL))
        await machine.stop()
        return 0

    assert run_app(main, reporter=ErrorReporter()) == 0
    assert order == ["click refused"]


@pytest.mark.allow_log("Slept|comparison after the stall failed")
async def test_after_sleep_entries_wait_for_a_comparison_that_succeeds() -> None:
    machine = Machine()
    machine.broker_is_down = True
    machine.guard.start()
    machine.seconds += 3600
    await until(lambda: machine.compared >= 3)
    machine.quote()
    assert "slept" in machine.risk.reason
    machine.broker_is_down = False
    await until(lambda: not machine.risk.has(STALL))
    assert machine.risk.entries_open
    assert [finding.trouble for finding in machine.told] == [Trouble.SLEPT]
    await machine.stop()


@pytest.mark.allow_log("Slept")
async def test_without_any_quote_entries_open_after_a_while() -> None:
    machine = Machine(quote_wait=0.01)
    machine.guard.start()
    machine.seconds += 3600
    await until(lambda: machine.risk.has(STALL))
    await until(lambda: not machine.risk.has(STALL))
    assert machine.compared == 1
    await machine.stop()
