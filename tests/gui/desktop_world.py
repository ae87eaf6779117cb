"""The whole program in the test's process: window, view-models, services, journal and simulator, on a real loop."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from legend_desktop.app.composition import Desktop, build_desktop
from legend_desktop.app.hooks import ErrorReporter
from legend_desktop.app.options import StartOptions
from legend_desktop.app.qt_loop import run_app
from legend_desktop.app.shutdown import ordered_stop
from legend_desktop.app.stop_signal import StopSignal
from legend_desktop.app.trading_setup import set_up_trading
from legend_desktop.domain.events import Notice
from legend_desktop.domain.orders import Order
from legend_desktop.infra.paths import profile_paths
from legend_desktop.infra.redaction import Redactor
from legend_desktop.infra.settings import Settings
from legend_desktop.viewmodels.key_gate import SETTLE_MS
from legend_desktop.views.main_window import MainWindow
from legend_desktop.views.widgets.labels import TextLabel
from tests.gui.hand import Hand
from tests.helpers.waiting import until


class DesktopWorld(Hand):
    """One running program. ``notices`` is everything it said."""

    window: MainWindow

    def __init__(self, desktop: Desktop) -> None:
        super().__init__(desktop.window)
        self.desktop = desktop
        self.parts = desktop.parts
        self.context = desktop.setup.desk.core.context
        self.notices: list[Notice] = []
        desktop.setup.bus.subscribe(Notice, self.notices.append)

    # --- what there is -------------------------------------------------------------------------------------------

    @property
    def orders(self) -> list[Order]:
        """Every order, oldest first."""
        return self.context.book.all()

    def entries(self) -> list[Order]:
        """The orders that open a position."""
        return [row for row in self.orders if row.intent.parent_id is None and not row.intent.reduce_only]

    def said(self) -> list[str]:
        """Every sentence so far."""
        return [row.sentence for row in self.notices]

    def toasts(self) -> list[str]:
        """The sentences at the corner."""
        return [row.sentence for row in self.parts.notifications.toasts()]

    def words(self, widget: QWidget) -> str:
        """All label texts inside ``widget``."""
        return " ".join(label.text() for label in widget.findChildren(TextLabel) if label.isVisible())

    # --- steps ---------------------------------------------------------------------------------------------------

    async def past(self, milliseconds: int) -> None:
        """Let the time pass within which a second press is taken for the first one, or a key for one held before."""
        ready = time.monotonic() + milliseconds / 1000 + 0.02
        await until(lambda: time.monotonic() > ready)

    async def draft(self, *, stop: str = "174") -> None:
        """Write an entry into order entry and wait until it can be sent."""
        self.parts.entry.set_text("stop", stop)
        await until(lambda: self.parts.entry.can_send, "the draft can be sent")

    async def filled(self) -> Order:
        """The first entry, once it is filled whole."""
        await until(lambda: self.entries() and self.entries()[0].filled_quantity == self.entries()[0].quantity, "fill")
        return self.entries()[0]


Scenario = Callable[[DesktopWorld], Awaitable[None]]


def play(folder: Path, scenario: Scenario, *, size: tuple[int, int] = (1440, 900)) -> None:
    """Start the program on a profile in ``folder``, wait until entries are open, run ``scenario``, end in order.

    Fails where anything inside raised: nothing a person does may end in a fault of the program.
    """
    reporter = ErrorReporter()
    faults: list[str] = []

    async def main(stop: StopSignal) -> int:
        paths = profile_paths(folder / "profile")
        paths.create()
        settings = Settings(paths.settings_file)
        options = StartOptions(paths, settings, Redactor(), reporter, stop)
        setup = set_up_trading(settings, paths, reporter.report)
        desktop = build_desktop(options, setup)
        world = DesktopWorld(desktop)
        setup.bus.subscribe(Notice, lambda row: faults.append(row.details) if row.source == "program" else None)
        reporter.tell(setup.bus.publish)
        window = desktop.window
        window.resize(*size)
        window.show()
        window.activateWindow()
        desktop.hotkeys.start()
        try:
            await desktop.open()
            await until(lambda: setup.desk.core.context.risk.entries_open, "entries are open")
            await until(lambda: QApplication.activeWindow() is window, "the window is active")
            await world.past(SETTLE_MS)
            await scenario(world)
        finally:
            window.hide()
            reporter.tell(None)
            await ordered_stop(desktop.stop_steps(), stop)
            await desktop.close_window()
            settings.close()
        return 0

    assert run_app(main, reporter=reporter) == 0
    assert not faults, faults
