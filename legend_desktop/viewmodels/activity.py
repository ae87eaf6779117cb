"""What happened, sentence by sentence: the notices of the program, newest at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.events import Notice, NoticeLevel
from legend_desktop.services.event_bus import EventBus

_KEPT = 20_000
_DROPPED_AT_ONCE = 2_000


class ActivityFilter(StrEnum):
    """The filter chips of the panel."""

    ALL = "all"
    NEEDS_YOU = "needs you"
    ORDERS = "orders"
    CONNECTION = "connection"
    RISK = "risk"
    ERRORS = "errors"

    def takes(self, notice: Notice) -> bool:
        """True where ``notice`` belongs under the chip."""
        if self is ActivityFilter.ALL:
            return True
        if self is ActivityFilter.NEEDS_YOU:
            return notice.level is NoticeLevel.NEEDS_YOU
        if self is ActivityFilter.ERRORS:
            return notice.level is NoticeLevel.ERROR
        return self.value in {notice.group, f"{notice.group}s"}


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One notice with its running number."""

    number: int
    notice: Notice


class ActivityViewModel(QObject):
    """Keeps the newest notices (20,000 of them) and shows those under the chip and the free text.

    ``row_appended(row)`` follows each shown notice; ``reset`` means "take ``rows()`` anew".
    """

    row_appended = Signal(object)
    reset = Signal()
    needs_you_changed = Signal(int)

    def __init__(self, bus: EventBus, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[ActivityRow] = []
        self._shown: list[ActivityRow] = []
        self._number = 0
        self._filter = ActivityFilter.ALL
        self._text = ""
        self._needs_you = 0
        self._end = bus.subscribe(Notice, self._on_notice)

    def recall(self, notices: Sequence[Notice]) -> None:
        """Begin with what was said before this window was made."""
        for notice in notices:
            self._on_notice(notice)

    @property
    def filter(self) -> ActivityFilter:
        """The chip that is pressed."""
        return self._filter

    @property
    def needs_you(self) -> int:
        """How many of the kept notices need the person."""
        return self._needs_you

    def rows(self) -> list[ActivityRow]:
        """The rows under chip and text, oldest first. The caller must not change the list."""
        return self._shown

    def set_filter(self, chosen: ActivityFilter) -> None:
        """Show only the notices under ``chosen``."""
        if chosen is not self._filter:
            self._filter = chosen
            self._rebuild()

    def set_text(self, text: str) -> None:
        """Show only notices whose sentence, source or details contain every word of ``text``."""
        wanted = text.strip().casefold()
        if wanted != self._text:
            self._text = wanted
            self._rebuild()

    def close(self) -> None:
        """Stop listening."""
        self._end()

    def _on_notice(self, notice: Notice) -> None:
        self._number += 1
        row = ActivityRow(self._number, notice)
        self._all.append(row)
        if notice.level is NoticeLevel.NEEDS_YOU:
            self._needs_you += 1
            self.needs_you_changed.emit(self._needs_you)
        if len(self._all) > _KEPT + _DROPPED_AT_ONCE:
            del self._all[:_DROPPED_AT_ONCE]
            self._rebuild()
        elif self._takes(row):
            self._shown.append(row)
            self.row_appended.emit(row)

    def _takes(self, row: ActivityRow) -> bool:
        notice = row.notice
        if not self._filter.takes(notice):
            return False
        if not self._text:
            return True
        hay = f"{notice.sentence} {notice.source} {notice.details}".casefold()
        return all(word in hay for word in self._text.split())

    def _rebuild(self) -> None:
        self._shown = [row for row in self._all if self._takes(row)]
        self.reset.emit()
