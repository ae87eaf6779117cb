"""A window that stood still: entries are locked until a fresh quote and a comparison, and the keys are dead."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from legend_desktop.app.trading_setup import TradingSetup
from legend_desktop.domain.enums import TradingState
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.infra.watchdog import BEAT_SECONDS, Finding, Trouble, Watchdog
from legend_desktop.services.risk_state import STALL
from legend_desktop.viewmodels.arming import Arming


class StallWatch(QObject):
    """Beats the watchdog from the loop and acts on what it finds."""

    def __init__(
        self,
        setup: TradingSetup,
        arming: Arming,
        hop: Callable[[Callable[[], None]], object],
        parent: QObject | None = None,
    ) -> None:
        """``hop`` runs a call on the loop from any thread."""
        super().__init__(parent)
        self._setup = setup
        self._arming = arming
        self._hop = hop
        self._dog = Watchdog(self._found)
        self._timer = QTimer(self)
        self._timer.setInterval(int(BEAT_SECONDS * 1000))
        self._timer.timeout.connect(self._dog.beat)

    def start(self) -> None:
        """Begin to watch."""
        self._dog.start()
        self._timer.start()

    def stop(self) -> None:
        """End the thread."""
        self._timer.stop()
        self._dog.stop()

    def _found(self, finding: Finding) -> None:
        """Called on the watching thread, or inside a beat: hop to the loop for everything."""
        self._hop(lambda: self._act(finding))

    def _act(self, finding: Finding) -> None:
        context = self._setup.desk.core.context
        if finding.trouble is Trouble.LONG_STALL:
            self._arming.note_stall(finding.seconds)
            sentence = f"The window stood still for {finding.seconds:.0f} s. Entries wait for a fresh comparison."
            context.risk.lock(STALL, TradingState.ACTIVE, sentence)
        elif finding.trouble is Trouble.RECOVERED and context.risk.has(STALL):
            context.tell(NoticeLevel.WARNING, "Window", f"The window answers again after {finding.seconds:.1f} s.")
            self._setup.supervisor.start(self._compare(), "comparison after a stall")
        elif finding.trouble in {Trouble.SLEPT, Trouble.CLOCK_MOVED}:
            words = "This computer slept" if finding.trouble is Trouble.SLEPT else "The clock was moved"
            context.tell(NoticeLevel.WARNING, "Clock", f"{words} by {finding.seconds:.0f} s. Comparing anew.")
            self._setup.supervisor.start(self._compare(), "comparison after a clock jump")

    async def _compare(self) -> None:
        """Entries open again only after a comparison that ended well."""
        result = await self._setup.desk.core.reconciler.run()
        if result.ok:
            self._setup.desk.core.context.risk.unlock(STALL)
