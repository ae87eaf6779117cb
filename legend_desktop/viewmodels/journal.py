"""The Journal panel's state: trades of one part of the journal, the chosen one taken apart, its note, and figures.

What is on the disk is read while somebody looks. Notes are kept as they are written; one that cannot be stays here and
says so.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import Notice, NoticeLevel, RoundTripsChanged
from legend_desktop.domain.formatting import format_count
from legend_desktop.domain.session import trading_day
from legend_desktop.domain.trade_journal import DayResult, JournalTrade, Outcome, TradeFilter, by_day, parse_tags
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.services.trade_csv import trades_csv
from legend_desktop.services.trade_detail import TradeDetail
from legend_desktop.services.trade_journal import OWN, JournalFigures, TradeJournal, figures_of
from legend_desktop.viewmodels.base import ViewModel
from legend_desktop.viewmodels.journal_notes import NoteKeeper
from legend_desktop.viewmodels.journal_words import TagRow, part_words, tag_row


class JournalViewModel(ViewModel):
    """State of the panel. ``list_changed`` follows the trades and what they are filtered by, ``chosen_changed`` the
    chosen trade and its details, ``note_changed`` what became of its note, ``figures_changed`` the figures,
    ``parts_changed`` the list of imports, ``note_wanted`` asks to write about the chosen trade. ``leaving`` comes
    before another trade is chosen: what was typed has to be handed over now.
    """

    list_changed = Signal()
    chosen_changed = Signal()
    note_changed = Signal()
    figures_changed = Signal()
    parts_changed = Signal()
    note_wanted = Signal()
    leaving = Signal()

    def __init__(
        self,
        journal: TradeJournal,
        bus: EventBus,
        supervisor: TaskSupervisor,
        clock: Clock,
        *,
        mode: TradingMode,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._journal = journal
        self._bus = bus
        self._clock = clock
        self._supervisor = supervisor
        self._mode = mode
        self.part = OWN
        self.parts: tuple[str, ...] = (OWN,)
        self.filter = TradeFilter()
        self.detail: TradeDetail | None = None
        self.problem = ""
        self.loaded = False
        self._trades: list[JournalTrade] = []
        self._shown: list[JournalTrade] = []
        self._figures: JournalFigures | None = None
        self._chosen = ""
        self._active = False
        self._stale = True
        self._loading = False
        self._counting: asyncio.Task[None] | None = None
        self._wanted_note: tuple[str, str] | None = None
        self._notes = NoteKeeper(journal.write_note, self._start)
        self._notes.on_change = self.note_changed.emit
        self._notes.on_kept = self._put
        self.listen(bus, RoundTripsChanged, lambda _: self._on_trades())

    # ---- what it shows -------------------------------------------------------------------------------------------

    @property
    def mode_word(self) -> str:
        """PAPER or LIVE."""
        return self._mode.value.upper()

    @property
    def is_paper(self) -> bool:
        """True where own fills are simulated."""
        return self._mode is TradingMode.PAPER

    @property
    def imported(self) -> bool:
        """True while imported trades are shown."""
        return self.part != OWN

    @property
    def summary(self) -> str:
        """The words of the title bar."""
        if self.problem:
            return "not read"
        if not self._trades:
            return "no trades"
        count, shown = len(self._trades), len(self._shown)
        words = f"{format_count(count)} {'trade' if count == 1 else 'trades'}"
        words = words if shown == count else f"{format_count(shown)} of {words}"
        return f"{part_words(self.part)}, {words}" if self.imported else words

    @property
    def today(self) -> date:
        """The day in New York."""
        return trading_day(self._clock.now())

    @property
    def empty(self) -> bool:
        """True where the part has no trade at all."""
        return not self._trades

    @property
    def tags(self) -> tuple[str, ...]:
        """Every tag in use, the most used first."""
        counts: dict[str, int] = {}
        for trade in self._trades:
            for tag in trade.tags:
                counts[tag] = counts.get(tag, 0) + 1
        return tuple(sorted(counts, key=lambda tag: (-counts[tag], tag)))

    def rows(self) -> list[JournalTrade]:
        """The trades that the filter keeps, newest first."""
        return self._shown

    @property
    def figures(self) -> JournalFigures | None:
        """Figures of the trades that the filter keeps."""
        return self._figures

    @property
    def days(self) -> dict[date, DayResult]:
        """Results by day, whatever days the filter wants."""
        wanted = replace(self.filter, first=None, last=None)
        return by_day(trade for trade in self._trades if wanted.keeps(trade))

    @property
    def tag_rows(self) -> tuple[TagRow, ...]:
        """The tags of those trades."""
        return () if self._figures is None else tuple(map(tag_row, self._figures.tags))

    @property
    def whole_row(self) -> TagRow | None:
        """All of those trades together."""
        return None if self._figures is None else tag_row(self._figures.whole)

    @property
    def chosen(self) -> JournalTrade | None:
        """The chosen trade, with what was typed about it last."""
        trade = next((row for row in self._trades if row.key == self._chosen), None)
        return trade if trade is None else self._notes.as_typed(self.part, trade)

    @property
    def note_state(self) -> str:
        """``kept``, ``not kept yet`` or empty where nothing is written."""
        if self._notes.waits(self.part, self._chosen):
            return "not kept" if self._notes.problem else "not kept yet"
        trade = self.chosen
        return "kept" if trade is not None and (trade.text or trade.tags) else ""

    @property
    def note_problem(self) -> str:
        """Why a note could not be kept, empty while all are."""
        return self._notes.problem

    # ---- what a person does --------------------------------------------------------------------------------------

    def set_active(self, active: bool) -> None:
        """Say whether somebody looks; the disk is only read while so."""
        self._active = active
        if active:
            self._start_loading()

    def show_part(self, part: str) -> None:
        """Show another part of the journal."""
        if part != self.part:
            self.leaving.emit()
            self.part = part
            self.filter = TradeFilter()
            self._trades, self._shown, self._figures, self.loaded = [], [], None, False
            self.choose("")
            self.refresh()
            self.list_changed.emit()
            self.figures_changed.emit()

    def show_import(self, part: str) -> None:
        """Show what was just imported."""
        if part == self.part:
            self.refresh()
        self.show_part(part)

    def refresh(self) -> None:
        """Read everything again."""
        self._stale = True
        self._start_loading()

    def set_words(self, words: str) -> None:
        """Filter by free text."""
        self._set_filter(replace(self.filter, words=words))

    def set_outcome(self, outcome: Outcome | None) -> None:
        """Filter by how trades came out."""
        self._set_filter(replace(self.filter, outcome=outcome))

    def set_noted(self, noted: bool) -> None:
        """Show only trades about which something is written."""
        self._set_filter(replace(self.filter, noted=noted))

    def set_tag(self, tag: str) -> None:
        """Filter by a tag; empty wants all."""
        self._set_filter(replace(self.filter, tag=tag))

    def set_days(self, first: date | None, last: date | None) -> None:
        """Filter by days in New York, both included."""
        self._set_filter(replace(self.filter, first=first, last=last))

    def choose(self, key: str) -> None:
        """Take the trade with this key apart; empty chooses none."""
        if key == self._chosen:
            return
        self.leaving.emit()
        self._chosen = key
        self.detail = None
        self.chosen_changed.emit()
        self.note_changed.emit()
        self._start_detail()

    def want_note(self, symbol: str, text: str = "") -> None:
        """Write about the newest own trade in ``symbol``, or in the one that ``text`` begins with.

        The rest of the text is added to its note; then ``note_wanted`` follows. Where there is no such trade a notice
        says so.
        """
        self._wanted_note = (symbol, text)
        if self.imported:
            self.show_part(OWN)
        else:
            self.refresh()

    def write(self, text: str, tags: str) -> None:
        """Keep what is written about the chosen trade, soon."""
        trade = self.chosen
        if trade is None:
            return
        base = next(row for row in self._trades if row.key == trade.key)
        self._notes.write(self.part, base, text.strip(), parse_tags(tags))

    def save_list(self, path: Path) -> None:
        """Write the listed trades to a file as comma-separated values."""
        text, what = trades_csv(self._shown), f"{format_count(len(self._shown))} trades were"

        async def run() -> None:
            await self._write_file(path, text, what)

        self._start(run, "export trades")

    def save_executions(self, path: Path) -> None:
        """Write the executions of the part to a file, in the form that can be imported."""

        async def run() -> None:
            try:
                text = await self._journal.own_format(self.part)
            except LegendError as error:
                self._tell(NoticeLevel.WARNING, error.sentence)
                return
            await self._write_file(path, text, "The executions were")

        self._start(run, "export executions")

    # ---- inside --------------------------------------------------------------------------------------------------

    async def _write_file(self, path: Path, text: str, what: str) -> None:
        try:
            await asyncio.to_thread(path.write_text, text, encoding="utf-8", newline="")
        except OSError as error:
            words = f"{path} cannot be written ({error.strerror or error}). Choose another place."
            self._tell(NoticeLevel.WARNING, words)
        else:
            self._tell(NoticeLevel.INFO, f"{what} written to {path}.")

    def _tell(self, level: NoticeLevel, sentence: str) -> None:
        self._bus.publish(Notice(self._clock.now(), level, "Journal", sentence, group="journal"))

    def _on_trades(self) -> None:
        if self.part == OWN:
            self._stale = True
            self._start_loading()

    def _start(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> bool:
        """Run ``work`` as a task; false where the program is stopping or there is no loop."""
        coroutine = work()
        try:
            self._supervisor.start(coroutine, name)
        except RuntimeError:
            coroutine.close()
            return False
        return True

    def _start_loading(self) -> None:
        if self._active and self._stale and not self._loading:
            self._loading = self._start(self._load, "read the journal")

    async def _load(self) -> None:
        try:
            while self._active and self._stale:
                self._stale = False
                part = self.part
                parts = (OWN, *await self._journal.imports())
                trades = await self._journal.trades(part)
                if part == self.part:
                    self._take(parts, trades)
        except LegendError as error:
            self._fail(error)
        finally:
            self._loading = False

    def _take(self, parts: tuple[str, ...], trades: list[JournalTrade]) -> None:
        self.problem, self.loaded = "", True
        if parts != self.parts:
            self.parts = parts
            self.parts_changed.emit()
        before = self.chosen
        self._trades = trades
        self._filter_again()
        now = self.chosen
        if now is None:
            self.choose(self._shown[0].key if self._shown else "")
        elif before is None or now.trip != before.trip:
            self.chosen_changed.emit()
            self._start_detail()
        self._answer_note()

    def _answer_note(self) -> None:
        wanted, self._wanted_note = self._wanted_note, None
        if wanted is None:
            return
        self.leaving.emit()
        symbol, text = wanted
        head, _, tail = text.partition(" ")
        found = self._newest_in(head.upper()) if head else None
        if found is not None:
            text = tail.strip()
        else:
            found = self._newest_in(symbol)
        if found is None:
            self._tell(NoticeLevel.WARNING, f"There is no trade in {symbol} to write about.")
            return
        if not self.filter.keeps(found):
            self._set_filter(TradeFilter())
        self.choose(found.key)
        if text:
            before = self._notes.as_typed(self.part, found)
            self.write("\n".join(part for part in (before.text, text) if part), ", ".join(before.tags))
            self.chosen_changed.emit()
        self.note_wanted.emit()

    def _newest_in(self, symbol: str) -> JournalTrade | None:
        return next((row for row in reversed(self._trades) if row.trip.symbol == symbol), None)

    def _fail(self, error: LegendError) -> None:
        self.problem = error.sentence
        self.list_changed.emit()

    def _set_filter(self, wanted: TradeFilter) -> None:
        if wanted != self.filter:
            self.filter = wanted
            self._filter_again()

    def _filter_again(self) -> None:
        kept = [trade for trade in self._trades if self.filter.keeps(trade)]
        self._shown = sorted(kept, key=lambda trade: (trade.trip.closed_at is None, trade.at), reverse=True)
        self.list_changed.emit()
        if self._counting is not None:
            self._counting.cancel()
            self._counting = None
        self._count(kept)

    def _count(self, trades: list[JournalTrade]) -> None:
        async def run() -> None:
            self._figures = await asyncio.to_thread(figures_of, trades)
            self.figures_changed.emit()

        work = run()
        try:
            self._counting = self._supervisor.start(work, "count trades")
        except RuntimeError:
            work.close()

    def _start_detail(self) -> None:
        trade, part = self.chosen, self.part
        if trade is None:
            return

        async def run() -> None:
            try:
                detail = await self._journal.detail(part, trade)
            except LegendError as error:
                self._fail(error)
                return
            if trade.key == self._chosen and part == self.part:
                self.detail = detail
                self.chosen_changed.emit()

        self._start(run, "take a trade apart")

    def _put(self, part: str, kept: JournalTrade) -> None:
        """Show a kept note in the list and count the tags anew."""
        if part != self.part:
            return
        for place, trade in enumerate(self._trades):
            if trade.key == kept.key:
                self._trades[place] = replace(trade, text=kept.text, tags=kept.tags, note_keys=kept.note_keys)
        self._filter_again()
