"""The Connections screen: every saved connection with its state and detail, and what a person may do about it."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import Notice
from legend_desktop.services.account_session import SessionState
from legend_desktop.services.connection_ports import Capabilities
from legend_desktop.services.connections import SIMULATOR_ID, Connections
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.viewmodels.add_broker import AddBrokerViewModel
from legend_desktop.viewmodels.base import ViewModel
from legend_desktop.viewmodels.connection_choice import (
    BrokerWords,
    ConnectionDetail,
    GoingOn,
    Question,
    foreign_detail,
    own_detail,
)
from legend_desktop.viewmodels.connection_detail import AbilityLine, CheckLine, ability_lines, check_line
from legend_desktop.viewmodels.connection_history import ConnectionHistory, HappenedLine
from legend_desktop.viewmodels.connection_words import ConnectionLine, foreign_line, line_of
from legend_desktop.viewmodels.env_import import EnvFiles, EnvImportViewModel
from legend_desktop.viewmodels.live_desk import LiveDeskViewModel


class ConnectionsViewModel(ViewModel):
    """State of the screen. Sentences about refusals stand in ``said``; nothing here blocks.

    Signals: ``changed`` after every change and tick; ``mode_wanted(profile_id, mode)`` asks the program for the live
    desk or back to paper (an empty id means the one to begin with). ``adding``, ``importing`` and ``live_desk`` are the
    view-models of the three dialogs; each says by ``is_open`` whether it is wanted on screen.
    """

    changed = Signal()
    mode_wanted = Signal(str, str)

    def __init__(
        self,
        connections: Connections,
        clock: Clock,
        supervisor: TaskSupervisor,
        parent: QObject | None = None,
        *,
        capabilities: Callable[[], Mapping[str, Capabilities]] = dict,
        name_of: Callable[[BrokerType], str] | None = None,
        env_files: EnvFiles | None = None,
        prefer_live: bool = False,
    ) -> None:
        """``capabilities`` declares by name what each broker can do; ``name_of`` names a broker in sentences.

        ``env_files`` reads and deletes ``.env`` files, without it none is offered; ``prefer_live`` preselects live
        where a broker is added.
        """
        super().__init__(parent)
        self._connections = connections
        self._clock = clock
        self._supervisor = supervisor
        self._capabilities = capabilities
        self._name_of = name_of or (lambda broker: broker.value.replace("_", " ").title())
        self._chosen = ""
        self._question: tuple[str, Question, Callable[[], None]] | None = None
        self._checks: dict[str, list[CheckLine]] = {}
        self._checking: set[str] = set()
        self._said: dict[str, str] = {}
        self._busy: dict[str, str] = {}
        self._history = ConnectionHistory(connections, self.changed.emit)
        self.adding = AddBrokerViewModel(connections, clock, supervisor, prefer_live=prefer_live, parent=self)
        self.importing = EnvImportViewModel(connections, supervisor, env_files, self._name_of, parent=self)
        self.live_desk = LiveDeskViewModel(connections, self._name_of, parent=self)
        self.live_desk.wanted.connect(lambda profile_id: self.mode_wanted.emit(profile_id, TradingMode.LIVE.value))
        self.adding.saved.connect(self._on_saved)
        self.own(connections.on_change(self._on_change))
        self.own(self._history.close)
        self._on_change()

    def dispose(self) -> None:
        """Let go of everything, and forget what was typed."""
        super().dispose()
        for part in (self.adding, self.importing, self.live_desk):
            part.close()

    # ---- the list --------------------------------------------------------------------------------------------------

    @property
    def mode(self) -> TradingMode:
        """The mode of this desk."""
        return self._connections.mode

    @property
    def live(self) -> bool:
        """True where this desk trades real money."""
        return self.mode is TradingMode.LIVE

    @property
    def only_simulator(self) -> bool:
        """True where nothing but the built-in simulator is there."""
        return all(row.id == SIMULATOR_ID for row in self._connections.profiles) and not self._connections.other_mode

    @property
    def can_import(self) -> bool:
        """True where ``.env`` files can be read."""
        return self.importing.possible

    @property
    def vault_words(self) -> str:
        """Where secrets are kept."""
        return self._connections.vault.words

    @property
    def vault_lasting(self) -> bool:
        """True where keys are there again after the next start."""
        return self._connections.vault.lasting

    @property
    def current_words(self) -> str:
        """The account that the window trades: ``Alpaca, ending 4417``."""
        return next((line.title for line in self.lines() if line.current), "")

    def lines(self) -> tuple[ConnectionLine, ...]:
        """This mode's connections, then those of the other mode."""
        now = self._clock.now()
        own = [
            line_of(row, self._connections.session(row.profile.id), self._name_of(row.profile.broker), now)
            for row in self._connections.rows()
        ]
        others = [foreign_line(row, self._name_of(row.broker), now) for row in self._connections.other_mode]
        return (*own, *others)

    def ready_words(self) -> str:
        """``2 of 4 ready``."""
        rows = self._connections.rows()
        ready = sum(row.state is SessionState.OPEN for row in rows)
        return f"{ready} of {len(rows)} ready"

    @property
    def chosen(self) -> str:
        """The id of the chosen connection; the traded one where none was chosen."""
        ids = [line.id for line in self._ids()]
        if self._chosen in ids:
            return self._chosen
        current = self._connections.current_id
        return current if current in ids else (ids[0] if ids else "")

    def choose(self, profile_id: str) -> None:
        """Show the detail of another connection; an open question lapses."""
        if profile_id != self._chosen:
            self._chosen = profile_id
            self._question = None
            self.changed.emit()

    def tick(self) -> None:
        """Ages move on; called about once a second."""
        self.changed.emit()

    def now(self) -> datetime:
        """The time that ages are counted to."""
        return self._clock.now()

    # ---- the detail ------------------------------------------------------------------------------------------------

    def detail(self) -> ConnectionDetail | None:
        """The chosen connection with everything known of it."""
        profile_id = self.chosen
        line = next((row for row in self.lines() if row.id == profile_id), None)
        if line is None:
            return None
        asked = self._question[1] if self._question is not None and self._question[0] == profile_id else None
        going_on = GoingOn(
            checks=tuple(self._checks.get(profile_id, ())),
            checking=profile_id in self._checking,
            question=asked,
            said=self._said.get(profile_id, ""),
            busy=self._busy.get(profile_id, ""),
        )
        profile = next(row for row in self._ids() if row.id == profile_id)
        words = BrokerWords(self._name_of(profile.broker), self.vault_words, self._login_life(profile.broker))
        row = next((row for row in self._connections.rows() if row.profile.id == profile_id), None)
        if row is None:
            return foreign_detail(profile, line, words, going_on=going_on, now=self.now())
        return own_detail(row, self._connections.session(profile_id), line, words, going_on=going_on, now=self.now())

    def abilities(self) -> tuple[tuple[str, ...], tuple[AbilityLine, ...]]:
        """The names of the brokers, and row by row what each declares."""
        found = self._declared()
        return tuple(found), ability_lines(found)

    def notes(self) -> tuple[str, ...]:
        """What the chosen connection's broker says of itself, in sentences."""
        able = self._declared().get(self.broker_of_chosen())
        return able.notes if able is not None else ()

    def broker_of_chosen(self) -> str:
        """The broker of the chosen connection as the table of abilities names it."""
        profile = next((row for row in self._ids() if row.id == self.chosen), None)
        return "" if profile is None else self._name_of(profile.broker)

    # ---- what happened ---------------------------------------------------------------------------------------------

    def happened(self) -> tuple[HappenedLine, ...]:
        """What was said about connections, newest first."""
        return self._history.lines()

    def recall(self, notices: Sequence[Notice]) -> None:
        """Begin with what was said before this window was made."""
        self._history.recall(notices)
        self.changed.emit()

    # ---- what a person asks for -----------------------------------------------------------------------------------

    def connect_chosen(self) -> None:
        """Open the chosen connection, or try now where it waits."""
        self._begin("Connecting", self._connections.connect(self.chosen))

    def reconnect_chosen(self) -> None:
        """Try now: an open one compares anew, a waiting one waits no longer."""
        self._begin("Comparing", self._connections.reconnect(self.chosen))

    def reconcile_all(self) -> None:
        """Compare every open account with its broker, and try the lost ones at once."""
        for session in self._connections.sessions:
            profile_id = session.profile.id
            self._begin("Comparing", self._connections.reconnect(profile_id), profile_id)

    def trade_chosen(self) -> None:
        """Trade the chosen account in this window."""
        self._said.pop(self.chosen, None)
        self._begin("Switching", self._switch(self.chosen))

    def make_default(self) -> None:
        """Begin the next start with the chosen account."""
        self._try_now(lambda: self._connections.make_default(self.chosen))

    def ask_disconnect(self) -> None:
        """Ask before the chosen session ends."""
        detail = self.detail()
        if detail is None or not detail.can_disconnect:
            return
        title = f"Disconnect {detail.line.title}?"
        text = "What rests at the broker stays and works on. Nothing here watches it until you connect again."
        profile_id = detail.line.id
        self._ask(Question(title, text, "Disconnect"), lambda: self._end_session(profile_id))

    def ask_remove(self) -> None:
        """Ask before the chosen connection and its keys are forgotten."""
        detail = self.detail()
        if detail is None or not detail.can_remove:
            return
        title = f"Remove {detail.line.title}?"
        text = (
            "Its keys are deleted from the key store. Its history stays in the journal, its orders stay at the broker."
        )
        profile_id = detail.line.id
        self._ask(Question(title, text, "Remove"), lambda: self._remove(profile_id))

    def ask_paper(self) -> None:
        """Ask before this live desk is left."""
        title = "Leave the live desk?"
        text = "Every live session ends. What rests at the brokers stays and works on; nothing here watches it."
        self._ask(Question(title, text, "Back to paper"), lambda: self.mode_wanted.emit("", TradingMode.PAPER.value))

    def answer(self, yes: bool) -> None:
        """Answer the open question."""
        asked, self._question = self._question, None
        if asked is not None and yes:
            asked[2]()
        self.changed.emit()

    def test_chosen(self) -> None:
        """Let the doctor look at the chosen connection."""
        profile_id = self.chosen
        if profile_id and profile_id not in self._checking:
            self._checking.add(profile_id)
            self._checks[profile_id] = []
            self._said.pop(profile_id, None)
            self._supervisor.start(self._test(profile_id), "test the connection")
            self.changed.emit()

    def renew_chosen(self) -> None:
        """Open the dialog for new keys of the chosen connection."""
        self._try_now(lambda: self.adding.open_renewal(self._connections.profile(self.chosen)))

    def add(self, broker: BrokerType | None = None) -> None:
        """Open the dialog that connects a broker."""
        self.adding.open(broker)

    def import_env(self) -> None:
        """Open the dialog that imports a ``.env`` file."""
        self.importing.open()

    def go_live(self) -> None:
        """Open the card that leads to the live desk."""
        self.live_desk.open(self.chosen)

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _ids(self) -> tuple[ConnectionProfile, ...]:
        return (*self._connections.profiles, *self._connections.other_mode)

    def _login_life(self, broker: BrokerType) -> str:
        return next((form.login_life for form in self._connections.forms if form.broker is broker), "")

    def _declared(self) -> dict[str, Capabilities]:
        """By name what each broker can do; a session that runs knows best."""
        found = dict(self._capabilities())
        for session in self._connections.sessions:
            found[self._name_of(session.profile.broker)] = session.broker.capabilities
        return found

    def _ask(self, question: Question, act: Callable[[], None]) -> None:
        self._question = (self.chosen, question, act)
        self.changed.emit()

    def _end_session(self, profile_id: str) -> None:
        self._begin("Disconnecting", self._connections.disconnect(profile_id), profile_id)

    def _remove(self, profile_id: str) -> None:
        self._begin("Removing", self._connections.remove(profile_id), profile_id)

    async def _switch(self, profile_id: str) -> None:
        await self._connections.connect(profile_id)
        self._connections.choose_current(profile_id)

    def _begin(self, words: str, work: Coroutine[Any, Any, object], profile_id: str = "") -> None:
        """Do something slow for a connection; what refuses it stands there as a sentence."""
        target = profile_id or self.chosen
        if self._busy.get(target):
            work.close()
            return
        self._busy[target] = words
        self._said.pop(target, None)
        self._supervisor.start(self._run(target, work), f"{words.lower()} {target}")
        self.changed.emit()

    async def _run(self, profile_id: str, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except LegendError as error:
            self._said[profile_id] = error.sentence
        finally:
            self._busy.pop(profile_id, None)
            self.changed.emit()

    def _try_now(self, act: Callable[[], None]) -> None:
        try:
            act()
        except LegendError as error:
            self._said[self.chosen] = error.sentence
        self.changed.emit()

    async def _test(self, profile_id: str) -> None:
        try:
            async for check in self._connections.examine_saved(profile_id):
                self._checks[profile_id].append(check_line(check))
                self.changed.emit()
        except LegendError as error:
            self._said[profile_id] = error.sentence
        finally:
            self._checking.discard(profile_id)
            self.changed.emit()

    def _on_saved(self, profile_id: str) -> None:
        self._chosen = profile_id
        self._checks.pop(profile_id, None)
        self._said.pop(profile_id, None)
        self.changed.emit()

    def _on_change(self) -> None:
        self._history.follow()
        self.changed.emit()
