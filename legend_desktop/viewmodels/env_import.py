"""Importing a ``.env`` file: which names are there, what they make possible, and what becomes of the file.

Values are never shown. A name that means nothing here is counted and left alone.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.errors import LegendError
from legend_desktop.services.connection_ports import LoginForm
from legend_desktop.services.connections import Connections
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.viewmodels.connection_words import Tone

_DEFAULT, _PAPER = "broker.default", "broker.paper_trading"
_FALSE = frozenset({"false", "0", "no", "off"})
NOT_AN_ERASE = (
    "The file was deleted. That is not a secure erase: its text may stay on the disk for a while. "
    "Where others could read it, make new keys at the broker."
)


class EnvFile(Protocol):
    """What a ``.env`` file says; ``warnings`` are sentences about the file itself."""

    @property
    def path(self) -> Path:
        """Where it lies."""
        ...

    @property
    def values(self) -> dict[str, str]:
        """Names and values."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the file."""
        ...


@dataclass(frozen=True, slots=True)
class EnvFiles:
    """How ``.env`` files are read. ``names`` gives for each setting the names of its variables.

    ``read`` raises ``InvalidInput`` where a file cannot be read; ``delete`` raises ``OSError``. Both touch the disk
    and are run on a thread.
    """

    read: Callable[[Path], EnvFile]
    names: Mapping[str, tuple[str, ...]]
    start: Path = Path(".env")
    delete: Callable[[Path], None] = Path.unlink


@dataclass(frozen=True, slots=True)
class FoundBroker:
    """A broker that the file speaks of: the names taken for it, and what they are good for."""

    broker: str
    name: str
    names: tuple[str, ...]
    words: str
    tone: Tone
    ready: bool


class EnvImportViewModel(QObject):
    """State of the dialog. ``changed`` follows everything that it shows; ``done`` each import that worked."""

    changed = Signal()
    done = Signal(str)

    def __init__(
        self,
        connections: Connections,
        supervisor: TaskSupervisor,
        files: EnvFiles | None,
        name_of: Callable[[BrokerType], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._connections = connections
        self._supervisor = supervisor
        self._files = files
        self._name_of = name_of
        self._values: dict[BrokerType, dict[str, str]] = {}
        self._work: asyncio.Task[None] | None = None
        self._wanted_default: BrokerType | None = None
        self.mode = TradingMode.PAPER
        self.path = files.start if files is not None else Path(".env")
        self._reset()
        self.is_open = False
        self.busy = ""

    def _reset(self) -> None:
        self._values = {}
        self._wanted_default = None
        self.read_done = False
        self.found: tuple[FoundBroker, ...] = ()
        self.other_names: tuple[str, ...] = ()
        self.general_names: tuple[str, ...] = ()
        self.ignored = 0
        self.warnings: tuple[str, ...] = ()
        self.problem = ""
        self.results: tuple[tuple[Tone, str], ...] = ()
        self.deleted = ""

    # ---- what it shows -------------------------------------------------------------------------------------------

    @property
    def possible(self) -> bool:
        """True where files can be read."""
        return self._files is not None

    @property
    def shown_path(self) -> str:
        """The whole path of the file."""
        return str(self.path.absolute())

    @property
    def ready_count(self) -> int:
        """How many of the brokers found can be connected."""
        return sum(row.ready for row in self.found)

    @property
    def can_import(self) -> bool:
        """True where something can be connected and was not yet."""
        return self.ready_count > 0 and not self.busy and not self.results

    @property
    def can_delete(self) -> bool:
        """True once keys were taken from the file and it is still there."""
        return any(tone is Tone.GOOD for tone, _ in self.results) and not self.deleted and not self.busy

    @property
    def verb(self) -> str:
        """``Import Alpaca``, ``Import 2 of 3``."""
        ready = [row for row in self.found if row.ready]
        if len(ready) == 1 and len(self.found) == 1:
            return f"Import {ready[0].name}"
        return f"Import {len(ready)} of {len(self.found)}" if ready else "Import"

    @property
    def live(self) -> bool:
        """True where the keys shall be used for real money."""
        return self.mode is TradingMode.LIVE

    @property
    def mode_note(self) -> str:
        """What the kind of account means for this window."""
        if self.live and self._connections.mode is TradingMode.PAPER:
            return "Real money. Saved, not opened: the live desk opens it, after you type two words."
        if self.live:
            return "Real money. Order keys stay locked until you arm them."
        return "Simulated money. Connected at once."

    # ---- what a person does --------------------------------------------------------------------------------------

    def open(self) -> None:
        """Show the dialog and read the usual file where it is there."""
        if self._files is None:
            return
        if not self.is_open:
            self.is_open = True
            self.path = self._files.start
            self._reset()
            self.read_file(self.path)
        self.changed.emit()

    def close(self) -> None:
        """Hide the dialog and forget what was read."""
        work, self._work = self._work, None
        if work is not None:
            work.cancel()
        self.busy = ""
        self._reset()
        if self.is_open:
            self.is_open = False
            self.changed.emit()

    def read_file(self, path: Path) -> None:
        """Read another file."""
        if self._files is None or self.busy:
            return
        self._reset()
        self.path = path
        self._start("Reading", self._read(self._files, path))

    def choose_mode(self, live: bool) -> None:
        """Paper or live; the file's word only preselects it."""
        if not self.busy and not self.results:
            self.mode = TradingMode.LIVE if live else TradingMode.PAPER
            self.changed.emit()

    def import_found(self) -> None:
        """Connect every broker whose keys are whole."""
        if self.can_import:
            self._start("Logging in", self._import())

    def delete_file(self) -> None:
        """Delete the file that was imported."""
        if self._files is not None and self.can_delete:
            self._start("Deleting", self._delete(self._files))

    # ---- inside --------------------------------------------------------------------------------------------------

    def _start(self, words: str, work: Coroutine[Any, Any, None]) -> None:
        self.busy = words
        self._work = self._supervisor.start(work, f"{words.lower()} .env")
        self.changed.emit()

    async def _read(self, files: EnvFiles, path: Path) -> None:
        try:
            self._take(files, await asyncio.to_thread(files.read, path))
        except LegendError as error:
            self.problem = error.sentence
        self._done()

    def _take(self, files: EnvFiles, told: EnvFile) -> None:
        """Sort the names of the file by what they are for."""
        setting_of = {name: setting for setting, names in files.names.items() for name in names}
        known = {name: setting_of[name] for name, value in told.values.items() if name in setting_of and value}
        self.read_done = True
        self.warnings = told.warnings
        self.ignored = len(told.values) - len(known)
        self.general_names = tuple(name for name, setting in known.items() if setting in {_DEFAULT, _PAPER})
        live = any(
            setting == _PAPER and told.values[name].strip().casefold() in _FALSE for name, setting in known.items()
        )
        self.mode = TradingMode.LIVE if live or self._connections.mode is TradingMode.LIVE else TradingMode.PAPER
        default = next((told.values[name] for name, setting in known.items() if setting == _DEFAULT), "")
        self._wanted_default = next((row for row in BrokerType if row.value == default.strip().casefold()), None)
        rows = []
        for broker in BrokerType:
            names = tuple(name for name, setting in known.items() if setting.startswith(f"{broker.value}."))
            if names:
                values = {known[name].partition(".")[2]: told.values[name].strip() for name in names}
                rows.append(self._found(broker, names, values))
        self.found = tuple(rows)
        taken = {name for row in rows for name in row.names} | set(self.general_names)
        self.other_names = tuple(name for name in known if name not in taken)

    def _found(self, broker: BrokerType, names: tuple[str, ...], values: dict[str, str]) -> FoundBroker:
        form = next((row for row in self._connections.forms if row.broker is broker), None)
        name = self._name_of(broker)
        if form is None:
            return FoundBroker(
                broker.value, name, names, "cannot be connected in this version", Tone.QUIET, ready=False
            )
        usable = {row.name: values[row.name] for row in form.fields if row.name in values}
        lacking = [row.words for row in form.fields if not row.optional and row.name not in usable]
        if lacking:
            return FoundBroker(broker.value, form.name, names, f"lacks the {_listed(lacking)}", Tone.SOON, ready=False)
        self._values[broker] = usable
        count = len(names)
        words = f"{count} value{'s' if count != 1 else ''}, everything needed"
        return FoundBroker(broker.value, form.name, names, words, Tone.GOOD, ready=True)

    async def _import(self) -> None:
        results: list[tuple[Tone, str]] = []
        for broker, values in tuple(self._values.items()):
            form = next(row for row in self._connections.forms if row.broker is broker)
            results.append(await self._connect(form, values))
            self.results = tuple(results)
            self.changed.emit()
        self._values = {}
        self._done()

    async def _connect(self, form: LoginForm, values: dict[str, str]) -> tuple[Tone, str]:
        try:
            profile = await self._connections.add(form.broker, self.mode, "", values)
            if self._wanted_default is form.broker and self.mode is self._connections.mode:
                self._connections.make_default(profile.id)
        except LegendError as error:
            return Tone.BAD, f"{form.name}: {error.sentence}"
        self.done.emit(profile.id)
        ending = f"account ending {profile.account_id[-4:]}"
        where = "connected" if self.mode is self._connections.mode else f"saved for the {self.mode.value} desk"
        return Tone.GOOD, f"{form.name}, {ending}, is {where}. {self._connections.vault.words}"

    async def _delete(self, files: EnvFiles) -> None:
        try:
            await asyncio.to_thread(files.delete, self.path)
            self.deleted = NOT_AN_ERASE
        except OSError as error:
            self.problem = f"The file could not be deleted ({error.strerror or error}). Delete it yourself."
        self._done()

    def _done(self) -> None:
        self._work = None
        self.busy = ""
        self.changed.emit()


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
