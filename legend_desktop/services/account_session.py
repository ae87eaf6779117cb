"""One account of one broker while the program runs: its own bus, tasks and desk, opened, lost, opened again, closed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from legend_desktop.brokers.base import BrokerAdapter
from legend_desktop.brokers.errors import AuthExpired, BrokerDown, RateLimited
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.enums import ConnectionState, TradingState
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import ConnectionChanged, NoticeLevel, ReconcileFinished
from legend_desktop.services.backoff import Backoff
from legend_desktop.services.connection import LOGIN_ALARM
from legend_desktop.services.desk import Desk
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.risk_state import LINE
from legend_desktop.services.task_supervisor import TaskSupervisor


class SessionState(StrEnum):
    """How a session stands. ``LOGIN_NEEDED`` and ``FAILED`` wait for the person; the others help themselves."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    LOST = "lost"
    LOGIN_NEEDED = "login_needed"
    FAILED = "failed"


class AccountSession:
    """The trading parts of one account. ``open`` returns once the first comparison ran, or a person is needed.

    ``problem`` is the plain sentence of why it is not open. ``on_change`` is called whenever state or problem change;
    ``opened`` is set once it was open for the first time.
    """

    def __init__(
        self, profile: ConnectionProfile, broker: BrokerAdapter, desk: Desk, bus: EventBus, supervisor: TaskSupervisor
    ) -> None:
        self.profile = profile
        self.broker = broker
        self.desk = desk
        self.bus = bus
        self.supervisor = supervisor
        self.state = SessionState.CLOSED
        self.problem = ""
        self.reconciled: ReconcileFinished | None = None
        self.on_change: Callable[[], None] = lambda: None
        self.opened = asyncio.Event()
        self._backoff = Backoff()
        bus.subscribe(ConnectionChanged, self._on_connection)
        bus.subscribe(ReconcileFinished, self._on_reconcile)

    @property
    def clock(self) -> Clock:
        """The clock of everything here."""
        return self.desk.clock

    @property
    def latency_ms(self) -> float | None:
        """The last answer time in milliseconds."""
        return self.desk.core.connection.latency_ms

    async def open(self) -> None:
        """Load and connect; keeps trying while the broker is away. Raises ``StoreError`` where the journal fails."""
        self._set(SessionState.OPENING, "")
        while True:
            try:
                await self.desk.start()
            except AuthExpired as error:
                self._stand_still(SessionState.LOGIN_NEEDED, error)
                return
            except (BrokerDown, RateLimited) as error:
                self._wait_for_line(error)
                await self.clock.sleep(self._pause(error))
                self._set(SessionState.OPENING, self.problem)
            except LegendError as error:
                self._stand_still(SessionState.FAILED, error)
                raise
            else:
                self.desk.core.context.clear_alarm(LOGIN_ALARM)
                self._set(SessionState.OPEN, "")
                return

    async def close(self) -> None:
        """End tasks and session; what rests at the broker stays."""
        await self.supervisor.stop()
        await self.desk.stop()
        self._set(SessionState.CLOSED, "")

    def rename(self, label: str) -> None:
        """Call the account something else."""
        self.profile = replace(self.profile, label=label)
        self.on_change()

    def _pause(self, error: LegendError) -> float:
        wanted = error.retry_after if isinstance(error, RateLimited) else None
        return max(self._backoff.next_seconds(), wanted or 0.0)

    def _wait_for_line(self, error: LegendError) -> None:
        context = self.desk.core.context
        context.risk.lock(LINE, TradingState.ACTIVE, f"{context.broker_name} is not connected. Entries wait for it.")
        if self.problem != error.sentence:
            context.tell(NoticeLevel.WARNING, "Connection", f"{error.sentence} It tries again by itself.")
        self._set(SessionState.LOST, error.sentence)

    def _stand_still(self, state: SessionState, error: LegendError) -> None:
        context = self.desk.core.context
        context.risk.lock(LINE, TradingState.ACTIVE, error.sentence)
        context.alarm("login", error.message, error.advice, action="panel.connections", label="Show connections")
        self._set(state, error.sentence)

    def _on_connection(self, event: ConnectionChanged) -> None:
        if self.state in {SessionState.OPENING, SessionState.CLOSED, SessionState.FAILED}:
            return
        if event.state is ConnectionState.CONNECTED:
            self.desk.core.context.clear_alarm(LOGIN_ALARM)
            self._set(SessionState.OPEN, event.reason)
        elif event.state is ConnectionState.LOGIN_ENDED:
            self._set(SessionState.LOGIN_NEEDED, event.reason)
        elif event.state is ConnectionState.LOST:
            self._set(SessionState.LOST, event.reason)

    def _on_reconcile(self, event: ReconcileFinished) -> None:
        self.reconciled = event
        self.on_change()

    def _set(self, state: SessionState, problem: str) -> None:
        if state is SessionState.OPEN:
            self.opened.set()
        elif state is SessionState.CLOSED:
            self.opened.clear()
        if (state, problem) != (self.state, self.problem):
            self.state, self.problem = state, problem
            self.on_change()
