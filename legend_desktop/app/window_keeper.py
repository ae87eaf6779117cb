"""The window, from start to stop, and the change from one account to another.

The window is shown before the journal is opened and the broker connected, so that the first paint waits for nothing;
until the first comparison with the broker has ended, entries are locked and the window says so.

A change of account puts a new window over the other desk in the place of the old one, so that nothing on screen can
act on the account that was left. A change between paper and live ends every session of the one first.
"""

import asyncio
from dataclasses import dataclass

from legend_desktop.app.accounts import Accounts, set_up_accounts
from legend_desktop.app.composition import Desktop, build_desktop
from legend_desktop.app.connection_models import add_connections
from legend_desktop.app.garbage import keep_what_lives
from legend_desktop.app.options import StartOptions
from legend_desktop.app.shutdown import StopStep, ordered_stop
from legend_desktop.app.window_models import WindowParts
from legend_desktop.domain.enums import TradingMode, TradingState
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import Notice, NoticeLevel
from legend_desktop.infra.crash_file import PreviousRun
from legend_desktop.infra.credentials import open_vault
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.viewmodels.key_map import KeyMap


@dataclass(frozen=True, slots=True)
class Wish:
    """Show another account, or the desk of another mode with this account first."""

    profile_id: str
    mode: TradingMode


class WindowKeeper:
    """Holds the one window and the accounts behind it."""

    def __init__(self, options: StartOptions) -> None:
        self._options = options
        self._wishes: asyncio.Queue[Wish] = asyncio.Queue()
        self._vault = open_vault()
        self._idle = asyncio.Event()
        self._idle.set()
        self.accounts = self._make_accounts(TradingMode.PAPER)
        self.desktop: Desktop

    async def open_first(self) -> None:
        """Show the window of the account to begin with; returns once it is painted and begins to connect."""
        setup = await self.accounts.begin()
        self.desktop = self._build(setup.session.profile.id)
        await self._show()
        keep_what_lives()
        self._tell_start()
        self.accounts.supervisor.start(self._open_all(), "start")

    async def run(self) -> None:
        """Grant wishes until a stop is asked for."""
        stop = self._options.stop
        tasks = TaskSupervisor(self._options.reporter.report)
        granting = tasks.start(self._grant_all(), "grant wishes")
        await stop.wait()
        await self._idle.wait()  # a change that is under way ends first: it holds two windows
        granting.cancel()
        await tasks.stop()

    async def _grant_all(self) -> None:
        while True:
            wish = await self._wishes.get()
            self._idle.clear()
            try:
                await self._grant(wish)
            finally:
                self._idle.set()

    def wish(self, profile_id: str, mode: TradingMode) -> None:
        """Ask for another account; granted soon."""
        self._wishes.put_nowait(Wish(profile_id, mode))

    def to_front(self) -> None:
        """Bring the window before all others."""
        window = self.desktop.window
        window.showNormal() if window.isMinimized() else window.show()
        window.raise_()
        window.activateWindow()

    async def close(self) -> None:
        """End everything in order."""
        self.desktop.window.hide()
        self._options.reporter.tell(None)
        await ordered_stop(self._stop_steps(), self._options.stop)
        await self.desktop.close_window()

    # ---- making ----------------------------------------------------------------------------------------------------

    def _make_accounts(self, mode: TradingMode) -> Accounts:
        options = self._options
        report, redactor = options.reporter.report, options.redactor
        accounts = set_up_accounts(options.settings, options.paths, redactor, report, mode, vault=self._vault)
        accounts.connections.on_choose = lambda profile_id: self.wish(profile_id, mode)
        return accounts

    def _build(self, profile_id: str) -> Desktop:
        """A window over the session of ``profile_id``, not shown yet."""
        setup = self.accounts.show(profile_id)
        desktop = build_desktop(self._options, setup, self._add_accounts)
        desktop.parts.activity.recall(self.accounts.relay.notices)
        self._options.reporter.tell(setup.bus.publish, asyncio.get_running_loop())
        desktop.stop_when_closed(self._options.stop)
        return desktop

    def _add_accounts(self, parts: WindowParts) -> None:
        accounts = self.accounts
        add_connections(
            parts,
            self._options.settings,
            accounts.connections,
            notices=lambda: accounts.relay.notices,
            want_mode=lambda wanted, mode: self.wish(wanted, TradingMode(mode)),
        )

    async def _show(self) -> None:
        """Show the window and return once it was painted."""
        painted = asyncio.Event()
        self.desktop.window.first_painted.connect(painted.set)
        self.desktop.window.show()
        await painted.wait()
        self.desktop.hotkeys.start()
        self.desktop.stall_guard.start()

    async def _open_all(self) -> None:
        await self.desktop.open()
        if self.accounts.store.is_open:
            await self.accounts.connect_rest()

    # ---- changing --------------------------------------------------------------------------------------------------

    async def _grant(self, wish: Wish) -> None:
        if wish.mode is not self.accounts.mode:
            await self._change_mode(wish)
        elif self.accounts.connections.session(wish.profile_id) is not None:
            await self._replace_window(wish.profile_id)

    async def _replace_window(self, profile_id: str) -> None:
        """Put a window over another account in the place of this one."""
        old = self.desktop
        await self._put_away(old)
        self.desktop = self._build(profile_id)
        await self._show()
        self.accounts.relay.bring_up_to_date()
        self.accounts.supervisor.start(self.desktop.open(), "open the account")
        old.let_go()
        await old.close_window()

    async def _change_mode(self, wish: Wish) -> None:
        """Leave paper for live or back. Where the other desk cannot begin, this one stays and says why."""
        coming = self._make_accounts(wish.mode)
        try:
            await coming.begin(wish.profile_id)
        except (LegendError, TimeoutError) as error:
            words = error.sentence if isinstance(error, LegendError) else "The key store did not answer."
            self.accounts.relay.tell(NoticeLevel.ERROR, "Connection", f"The {wish.mode.value} desk stays shut. {words}")
            await coming.close()
            return
        old, left = self.desktop, self.accounts
        await self._put_away(old)
        self._options.reporter.tell(None)
        await ordered_stop(_end(left), self._options.stop)
        self.accounts = coming
        self.desktop = self._build(coming.connections.current_id)
        await self._show()
        coming.relay.bring_up_to_date()
        coming.supervisor.start(self._open_all(), "start")
        old.let_go()
        await old.close_window()

    async def _put_away(self, desktop: Desktop) -> None:
        """Let a window act no more and keep its arrangement; it stays on screen until the next one is there."""
        desktop.window.layouts.close()
        desktop.freeze()
        for writer in desktop.writers.values():
            await asyncio.to_thread(writer.flush)

    # ---- ending ----------------------------------------------------------------------------------------------------

    def _stop_steps(self) -> list[StopStep]:
        async def refuse_orders() -> None:
            for session in self.accounts.connections.sessions:
                session.desk.core.context.risk.lock("stopping", TradingState.HALTED, "The program is ending.")
            self.desktop.freeze()
            self.desktop.let_go()

        return [StopStep("orders", refuse_orders, 1.0), *_end(self.accounts)]

    def _tell_start(self) -> None:
        """Say once what was wrong with settings, logs and keys, and that the last run crashed."""
        bus, clock = self.desktop.setup.bus, self.desktop.setup.clock
        for sentence in _start_sentences(self._options, self.desktop.keys):
            bus.publish(Notice(clock.now(), NoticeLevel.WARNING, "Start", sentence))
        self.accounts.relay.say_early()


async def run_window(options: StartOptions) -> int:
    """Show the window, trade until a stop is asked for, end everything in order. Returns the exit code."""
    keeper = WindowKeeper(options)
    await keeper.open_first()
    from legend_desktop.app.raise_window import RaiseServer  # nobody asks for a window that was not painted yet

    raised = RaiseServer(options.paths.data, keeper.to_front)
    await keeper.run()
    raised.close()
    await keeper.close()
    return 0


def _end(accounts: Accounts) -> list[StopStep]:
    return [
        StopStep("accounts", accounts.close, 7.0, must=True),
        StopStep("journal", accounts.store.close, 12.0, must=True),
    ]


def _start_sentences(options: StartOptions, keys: KeyMap) -> list[str]:
    sentences = [*options.problems, *(row.sentence for row in keys.problems)]
    if options.previous is not None:
        sentences.append(_crash_sentence(options.previous))
    return sentences


def _crash_sentence(previous: PreviousRun) -> str:
    kept = f" What it wrote is kept in {previous.kept_as}." if previous.kept_as else ""
    return f"The last run did not end cleanly.{kept} Every order is compared with the broker before entries open."
