"""One window over one account: theme, view-models, panels, keys and overlays are put together here."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from legend_desktop.app.garbage import keep_what_lives
from legend_desktop.app.journal_wiring import add_journal, connect_journal
from legend_desktop.app.options import StartOptions
from legend_desktop.app.poster import Poster
from legend_desktop.app.shutdown import StopStep
from legend_desktop.app.stall_guard import StallGuard
from legend_desktop.app.stop_signal import StopSignal
from legend_desktop.app.timeline_model import add_timeline, connect_timeline
from legend_desktop.app.trading_setup import TradingSetup
from legend_desktop.app.window_models import WindowParts, build_window_parts
from legend_desktop.app.window_panels import panel_specs
from legend_desktop.app.window_wiring import Overlays, wire_window
from legend_desktop.domain.enums import TradingState
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.infra.atomic_file import LatestWriter
from legend_desktop.infra.paths import ProfilePaths
from legend_desktop.infra.resources import resource, resources_dir
from legend_desktop.infra.settings import Settings
from legend_desktop.infra.watchdog import Finding, Trouble
from legend_desktop.services.account_session import SessionState
from legend_desktop.services.task_supervisor import Reporter
from legend_desktop.viewmodels.closing import REASON
from legend_desktop.viewmodels.key_map import KeyMap, load_key_map
from legend_desktop.views.density import DensityName
from legend_desktop.views.docks import PanelDock
from legend_desktop.views.hotkeys import Hotkeys
from legend_desktop.views.layouts import LayoutStore
from legend_desktop.views.main_window import MainWindow, WindowModels
from legend_desktop.views.theme import Look, PaletteName, Scheme, Theme

KEY_MAP = "hotkeys/default.toml"


@dataclass(slots=True)
class Desktop:
    """A window with everything behind it. ``open`` starts trading, ``stop_steps`` end it in order."""

    options: StartOptions
    setup: TradingSetup
    parts: WindowParts
    theme: Theme
    window: MainWindow
    hotkeys: Hotkeys
    stall_guard: StallGuard
    keys: KeyMap
    writers: dict[str, LatestWriter]
    overlays: Overlays

    async def open(self) -> None:
        """Open the journal and connect. What fails is said in the window; entries then stay locked."""
        context = self.setup.desk.core.context
        session = self.setup.session
        try:
            if session.state is SessionState.CLOSED:
                await self.setup.open()
        except LegendError as error:
            context.risk.lock("start", TradingState.HALTED, error.message)
            context.alarm("start", error.message, error.advice, action="panel.activity", label="Show details")
            context.tell(NoticeLevel.ERROR, "Start", error.sentence)
            return
        await session.opened.wait()
        for symbol in (self.parts.focus.symbol, *self.parts.watch_list.symbols):
            try:
                await self.setup.desk.core.know_symbol(symbol)
            except LegendError as error:
                context.tell(NoticeLevel.WARNING, "Watch list", error.sentence)
        keep_what_lives()

    def stop_when_closed(self, stop: StopSignal) -> None:
        """Ask for the end when the window is closed, after the question about what is still open. Returns at once."""
        closing = self.parts.closing
        closing.ended.connect(stop.request)
        self.window.close_wanted.connect(lambda: stop.request(REASON) if stop.requested else closing.want())

    async def close_window(self) -> None:
        """Close for good, once everything behind the window has ended."""
        self.window.allow_close()
        self.window.close()
        for writer in self.writers.values():
            await asyncio.to_thread(writer.close)
        self.window.deleteLater()

    def freeze(self) -> None:
        """Let no key and no click act any more; the window may stay on screen a moment longer."""
        self.window.board.stop_making()
        self.hotkeys.dispose()
        self.stall_guard.stop()
        self.window.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def let_go(self) -> None:
        """Take the window off the screen and its hands off the desk: what it shows is gone after this."""
        self.window.hide()
        self.parts.dispose()

    def stop_steps(self) -> list[StopStep]:
        """What ends, in order: no new orders, the tasks, the session, the journal."""
        setup = self.setup

        async def refuse_orders() -> None:
            setup.desk.core.context.risk.lock("stopping", TradingState.HALTED, "The program is ending.")
            self.freeze()
            self.let_go()

        return [
            StopStep("orders", refuse_orders, 1.0),
            StopStep("tasks", setup.supervisor.stop, 4.0),
            StopStep("broker", setup.desk.stop, 3.0, must=True),
            StopStep("journal", setup.store.close, 12.0, must=True),
        ]


def build_desktop(
    options: StartOptions, setup: TradingSetup, others: Callable[[WindowParts], None] | None = None
) -> Desktop:
    """Make theme, view-models and window over ``setup``; nothing is shown or opened yet.

    ``others`` adds the other accounts; without it the window trades this one and offers no other.
    """
    settings, paths = options.settings, options.paths
    theme = Theme(resources_dir(), _look(settings))
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme.install(application)
    theme.changed.connect(lambda: _keep_look(settings, theme))
    keys = _key_map(paths)
    parts = build_window_parts(setup, settings)
    add_timeline(parts, setup)
    add_journal(parts, setup)
    if others is not None:
        others(parts)
    writers: dict[str, LatestWriter] = {}
    window = MainWindow(
        theme,
        WindowModels(parts.shell, parts.status, parts.notifications),
        parts.router,
        panel_specs(parts, theme, keys, setup.supervisor),
        store=_layout_store(paths, writers, options.reporter.report),
        key_of=keys.text_of,
    )
    hotkeys = Hotkeys(parts.router, parts.arming, keys, setup.clock, parent=window)
    hotkeys.watch(window)
    for dock in window.board.docks.values():
        dock.topLevelChanged.connect(partial(_on_floating, hotkeys, dock))
    overlays = wire_window(window, setup, parts, theme=theme, keys=keys, hotkeys=hotkeys)
    connect_timeline(window, setup, parts)
    connect_journal(window, parts)
    poster = Poster()
    stall_guard = StallGuard(
        setup.desk.core.context.risk,
        setup.desk.core.context.quotes,
        partial(_compare, setup),
        setup.supervisor,
        post=poster.post,
        on_finding=partial(_on_stall, setup, parts),
    )
    return Desktop(options, setup, parts, theme, window, hotkeys, stall_guard, keys, writers, overlays)


async def _compare(setup: TradingSetup) -> bool:
    return (await setup.desk.core.reconciler.run()).ok


def _on_stall(setup: TradingSetup, parts: WindowParts, finding: Finding) -> None:
    """Keys are dead after a long stall; the person is told of stalls, sleeps and moved clocks."""
    tell = setup.desk.core.context.tell
    if finding.trouble is Trouble.LONG_STALL:
        parts.arming.note_stall(finding.seconds)
    elif finding.trouble is Trouble.RECOVERED:
        tell(NoticeLevel.WARNING, "Window", f"The window stood still for {finding.seconds:.1f} s and answers again.")
    elif finding.trouble in {Trouble.SLEPT, Trouble.CLOCK_MOVED}:
        words = "This computer slept" if finding.trouble is Trouble.SLEPT else "The clock was moved"
        tell(NoticeLevel.WARNING, "Clock", f"{words} by {abs(finding.seconds):.0f} s. Comparing with the broker anew.")


def _look(settings: Settings) -> Look:
    return Look(
        scheme=Scheme(settings.get("window.theme")),
        palette=PaletteName(settings.get("window.palette")),
        density=DensityName(settings.get("window.density")),
        zoom=settings.get("window.zoom"),
        reduce_motion=settings.get("window.reduce_motion") == "on",
    )


def _keep_look(settings: Settings, theme: Theme) -> None:
    look = theme.look
    for name, value in (
        ("window.theme", look.scheme.value),
        ("window.palette", look.palette.value),
        ("window.density", look.density.value),
        ("window.zoom", look.zoom),
    ):
        if settings.get(name) != value:
            settings.set(name, value)


def _key_map(paths: ProfilePaths) -> KeyMap:
    shipped = resource(KEY_MAP).read_text(encoding="utf-8")
    own = None
    if paths.hotkeys_file.exists():
        own = paths.hotkeys_file.read_text(encoding="utf-8", errors="replace")
    return load_key_map(shipped, own)


def _layout_store(paths: ProfilePaths, writers: dict[str, LatestWriter], report: Reporter) -> LayoutStore:
    """Arrangements as small files of the profile, written by a thread; a broken or missing one is simply not there."""

    def load(name: str) -> str | None:
        try:
            return (paths.layout_dir / f"{name}.json").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def save(name: str, text: str) -> None:
        if name not in writers:
            writers[name] = LatestWriter(paths.layout_dir / f"{name}.json", lambda error: report(error, "layout"))
        writers[name].submit(text)

    return LayoutStore(load, save)


def _on_floating(hotkeys: Hotkeys, dock: PanelDock, floating: bool) -> None:
    """Keys work in a floating panel as in the desk; a docked one hears them through its window."""
    if floating:
        hotkeys.watch(dock)
    else:
        hotkeys.unwatch(dock)
