"""Holds entries back after the window stood still or the machine slept, until what is on screen is fresh again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from legend_desktop.domain.enums import TradingState
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.quotes import Quote
from legend_desktop.infra.watchdog import BEAT_SECONDS, Finding, Trouble, Watchdog
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.services.risk_state import STALL, RiskState
from legend_desktop.services.task_supervisor import TaskSupervisor

log = logging.getLogger(__name__)
QUOTE_WAIT_SECONDS = 10.0
RETRY_SECONDS = 2.0
Post = Callable[[Callable[[], None]], None]
MakeWatchdog = Callable[[Callable[[Finding], None]], Watchdog]


class StallGuard:
    """Beats for the watchdog and acts on what it finds.

    The lock is posted to the loop the moment the watchdog sees the long stall, while the loop still hangs: it is then
    in force before what queued up behind it, and older clicks are dropped by their age. ``compare`` compares with the
    broker and says whether that succeeded; it is tried again until it does. Entries open after it and a fresh quote,
    or ``quote_wait`` seconds without any (the market may be closed, and the gate refuses old quotes).
    """

    def __init__(
        self,
        risk: RiskState,
        quotes: QuoteBoard,
        compare: Callable[[], Awaitable[bool]],
        supervisor: TaskSupervisor,
        *,
        post: Post | None = None,
        on_finding: Callable[[Finding], None] | None = None,
        make_watchdog: MakeWatchdog = Watchdog,
        quote_wait: float = QUOTE_WAIT_SECONDS,
        retry: float = RETRY_SECONDS,
    ) -> None:
        """``post`` brings a call to the loop's thread; without it the loop's own way is taken.

        ``on_finding`` is told on the loop, once the locks stand: disarm the keys and tell the person there.
        """
        self._post = post
        self._on_finding = on_finding
        self._quote_wait = quote_wait
        self._retry = retry
        self._risk = risk
        self._quotes = quotes
        self._compare = compare
        self._supervisor = supervisor
        self._watchdog = make_watchdog(self._found)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._freshening: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; call it on the loop once the window is shown."""
        self._loop = asyncio.get_running_loop()
        self._watchdog.start()
        self._supervisor.start(self._beat(), "heartbeat")

    def stop(self) -> None:
        """End the watching thread; the tasks end with the supervisor."""
        self._watchdog.stop()
        self._loop = None

    async def _beat(self) -> None:
        while True:
            self._watchdog.beat()
            await asyncio.sleep(BEAT_SECONDS)

    def _found(self, finding: Finding) -> None:
        """Called by the watching thread, or by ``beat`` on the loop."""
        loop = self._loop
        if loop is None or finding.trouble is Trouble.STALL:
            return
        if self._post is not None:
            self._post(partial(self._act, finding))
        else:
            loop.call_soon_threadsafe(self._act, finding)

    def _act(self, finding: Finding) -> None:
        if finding.trouble is Trouble.LONG_STALL:
            self._lock("The window stood still. Entries wait for fresh quotes.")
        elif finding.trouble is Trouble.SLEPT:
            self._lock("This computer slept. Entries wait for a comparison with the broker.")
            self._freshen()
        else:
            self._freshen()
        if self._on_finding is not None:
            self._on_finding(finding)

    def _lock(self, reason: str) -> None:
        self._risk.lock(STALL, TradingState.ACTIVE, reason)

    def _freshen(self) -> None:
        if self._freshening is not None:
            self._freshening.cancel()
        self._freshening = self._supervisor.start(self._until_fresh(), "freshen after stall")

    async def _until_fresh(self) -> None:
        arrived = asyncio.Event()

        def on_quote(quote: Quote) -> None:  # noqa: ARG001  that one came is all that counts
            arrived.set()

        end = self._quotes.subscribe(on_quote)
        try:
            while not await self._compared():  # noqa: ASYNC110  the broker is asked again after a pause
                await asyncio.sleep(self._retry)
            try:
                await asyncio.wait_for(arrived.wait(), self._quote_wait)
            except TimeoutError:
                log.info("No quote arrived within %g s after the stall.", self._quote_wait)
        finally:
            end()
        self._risk.unlock(STALL)

    async def _compared(self) -> bool:
        try:
            return await self._compare()
        except LegendError as error:
            log.warning("The comparison after the stall failed: %s", error)
            return False
