"""Importing executions from a file: its columns, what is new, known or bad, and the part of the journal it goes to."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.errors import InvalidInput, LegendError
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.formatting import format_count
from legend_desktop.services.execution_import import BadRow, ImportPreview, preview_import
from legend_desktop.services.execution_table import LARGEST_FILE, ExecutionTable, Field, read_table
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.services.trade_import import PREFIX, part_of_name
from legend_desktop.services.trade_journal import TradeJournal

FIELD_WORDS = {
    Field.TIME: "Time",
    Field.DATE: "Date, where apart",
    Field.SYMBOL: "Symbol",
    Field.SIDE: "Side",
    Field.QUANTITY: "Shares",
    Field.PRICE: "Price",
    Field.COMMISSION: "Commission",
    Field.FEES: "Fees",
    Field.EXECUTION_ID: "Execution id",
    Field.ORDER_ID: "Order id",
    Field.VENUE: "Venue",
    Field.LIQUIDITY: "Liquidity",
    Field.STOP: "Planned stop",
    Field.CURRENCY: "Currency",
}
_SAMPLE = 40


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A thing a column can say: ``chosen`` is the place of its column, -1 for none; ``needed`` must have one."""

    field: str
    words: str
    chosen: int
    needed: bool


class JournalImportViewModel(QObject):
    """State of the dialog. ``changed`` follows everything it shows; ``done`` carries the part after an import."""

    changed = Signal()
    done = Signal(str)

    def __init__(
        self, journal: TradeJournal, supervisor: TaskSupervisor, clock: Clock, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._journal = journal
        self._supervisor = supervisor
        self._clock = clock
        self._known_names: tuple[str, ...] = ()
        self._forget()
        self.is_open = False

    def _forget(self) -> None:
        self.path: Path | None = None
        self.name = ""
        self.busy = ""
        self.problem = ""
        self.result = ""
        self.preview: ImportPreview | None = None
        self._table: ExecutionTable | None = None
        self._columns: dict[Field, int] = {}
        self._known: list[Execution] = []
        self._runs = 0
        self._looked = -1

    # ---- what it shows -------------------------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the imports there are: a further file of the same account belongs to one of them."""
        return self._known_names

    @property
    def headings(self) -> tuple[str, ...]:
        """The columns of the file, numbered where they have no heading."""
        if self._table is None:
            return ()
        return tuple(name or f"column {place}" for place, name in enumerate(self._table.headings, start=1))

    @property
    def columns(self) -> tuple[ColumnChoice, ...]:
        """What each column says, the needed ones first."""
        missing = set() if self.preview is None else set(self.preview.missing)
        needed = {Field.TIME, Field.SYMBOL, Field.QUANTITY, Field.PRICE}
        return tuple(
            ColumnChoice(field.value, words, self._columns.get(field, -1), needed=field in needed or field in missing)
            for field, words in FIELD_WORDS.items()
        )

    @property
    def bad(self) -> tuple[BadRow, ...]:
        """The rows that cannot be used."""
        return () if self.preview is None else self.preview.bad

    @property
    def counts(self) -> str:
        """``212 new, 14 known, 3 cannot be used`` in a sentence; empty before a file was read."""
        found = self.preview
        if found is None or found.missing:
            return ""
        parts = [f"{format_count(len(found.new))} new", f"{format_count(len(found.known))} known already"]
        if found.bad:
            parts.append(f"{format_count(len(found.bad))} cannot be used")
        return ", ".join(parts)

    @property
    def advice(self) -> str:
        """What to know or to do before the import; empty where all is well."""
        found = self.preview
        if found is None:
            return ""
        if found.missing:
            names = ", ".join(FIELD_WORDS[field].lower() for field in found.missing)
            return f"Say which column holds: {names}."
        words = []
        if found.days_only:
            words.append(
                f"{format_count(found.days_only)} have a day but no time; they keep the order of the file within it."
            )
        if not found.new and not found.bad:
            words.append("Everything in this file is in the journal already.")
        return " ".join(words)

    @property
    def can_import(self) -> bool:
        """True where there is something new, as the columns and the name now stand."""
        looked = self._looked == self._runs and self.preview is not None
        return looked and bool(self.preview and self.preview.new) and not (self.busy or self.result or self.problem)

    # ---- what a person does --------------------------------------------------------------------------------------

    def open(self) -> None:
        """Begin; the dialog asks for a file."""
        self._forget()
        self.is_open = True
        self._begin(self._load_names, "names of imports")
        self.changed.emit()

    def close(self) -> None:
        """End; nothing that was not imported is kept."""
        self._forget()
        self.is_open = False
        self.changed.emit()

    def read_file(self, path: Path) -> None:
        """Read a file and look what is in it."""
        self._runs += 1
        self.path, self.problem, self.result, self.preview, self._table = path, "", "", None, None
        if not self.name:
            self.name = path.stem[:_SAMPLE].replace(":", " ").strip()
        self.busy = "Reading"
        self._begin(self._read, "read a file of executions")
        self.changed.emit()

    def set_name(self, name: str) -> None:
        """Call the import so; what is known depends on it."""
        if name != self.name:
            self.name = name
            self._look_again()

    def set_column(self, field: str, place: int) -> None:
        """Say which column holds a thing; -1 for none."""
        wanted = Field(field)
        if self._columns.get(wanted, -1) == place:
            return
        self._columns.pop(wanted, None)
        if place >= 0:
            self._columns = {other: at for other, at in self._columns.items() if at != place}
            self._columns[wanted] = place
        self._look_again()

    def import_new(self) -> None:
        """Write what is new into the journal."""
        if self.can_import:
            self.busy = "Importing"
            self._begin(self._import, "import executions")
            self.changed.emit()

    # ---- inside --------------------------------------------------------------------------------------------------

    def _begin(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        coroutine = work()
        try:
            self._supervisor.start(coroutine, name)
        except RuntimeError:
            coroutine.close()

    async def _load_names(self) -> None:
        try:
            parts = await self._journal.imports()
        except LegendError as error:
            self.problem = error.sentence
        else:
            self._known_names = tuple(part.removeprefix(PREFIX) for part in parts)
        self.changed.emit()

    async def _read(self) -> None:
        run, path = self._runs, self.path
        assert path is not None
        try:
            table = await asyncio.to_thread(_read_from, path)
        except InvalidInput as error:
            table, problem = None, error.sentence
        except OSError as error:
            table, problem = None, f"{path.name} cannot be read ({error.strerror or error})."
        else:
            problem = ""
        if run != self._runs:
            return
        self.busy, self.problem, self._table = "", problem, table
        self._columns = {} if table is None else dict(table.columns)
        if table is not None:
            await self._look(run)
        self.changed.emit()

    def _look_again(self) -> None:
        self.result = ""
        if self._table is not None:
            self._runs += 1
            run = self._runs
            self._begin(lambda: self._look(run), "look at executions")
        self.changed.emit()

    async def _look(self, run: int) -> None:
        """Compare the file with what its part of the journal holds."""
        table, columns = self._table, dict(self._columns)
        assert table is not None
        try:
            part = part_of_name(self.name)
            known = await self._journal.executions(part)
        except LegendError as error:
            self.problem, known = error.sentence, []
        else:
            self.problem = ""
        found = await asyncio.to_thread(preview_import, table, columns, known, self._clock.now())
        if run == self._runs:
            self.preview, self._looked = found, run
            self.changed.emit()

    async def _import(self) -> None:
        found = self.preview
        assert found is not None
        part = ""
        try:
            part = part_of_name(self.name)
            count = await self._journal.keep(part, found.new)
        except LegendError as error:
            self.problem = f"{error.sentence} What was written before stays; read the file again to add the rest."
            part = ""
        else:
            rows = "row was" if len(found.bad) == 1 else "rows were"
            left = f" {format_count(len(found.bad))} {rows} left out." if found.bad else ""
            executions = "execution was" if count == 1 else "executions were"
            self.result = f"{format_count(count)} {executions} imported as {part.removeprefix(PREFIX)}.{left}"
        self.busy = ""
        if part:
            self.done.emit(part)
        self.changed.emit()


def _read_from(path: Path) -> ExecutionTable:
    """The table in a file; raises ``OSError`` and ``InvalidInput``."""
    with path.open("rb") as file:
        return read_table(file.read(LARGEST_FILE + 1))
