"""The Journal's calendar: a month as a grid with the R of each day printed in its box, told by colour and sign."""

import calendar
from collections.abc import Mapping
from datetime import date, timedelta

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from legend_desktop.domain.formatting import format_money, format_r
from legend_desktop.domain.trade_journal import DayResult
from legend_desktop.viewmodels.journal_words import day_sentence, month_words, results_words
from legend_desktop.views.style import draw_focus_ring
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.buttons import Button
from legend_desktop.views.widgets.inks import result_ink
from legend_desktop.views.widgets.labels import ElidedLabel

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_MIDDLE = int(Qt.AlignmentFlag.AlignCenter)


class MonthGrid(QWidget):
    """The days of a month from Monday to Sunday with a column of week sums; arrows move, Enter and a press choose."""

    day_chosen = Signal(object)
    left = Signal(object)
    """A day beyond the month was walked to."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._days: Mapping[date, DayResult] = {}
        self._month = date(2000, 1, 1)
        self._current = self._month
        self._picked: date | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_month(self, month: date, days: Mapping[date, DayResult], picked: date | None) -> None:
        """Show the month of ``month``; ``picked`` is the day that the list is filtered by."""
        first = month.replace(day=1)
        if first != self._month:
            self._month = first
            if (self._current.year, self._current.month) != (first.year, first.month):
                self._current = first
        self._days, self._picked = days, picked
        self._speak()
        self.update()

    @property
    def current(self) -> date:
        """The day with the focus ring."""
        return self._current

    def set_current(self, day: date) -> None:
        """Move the focus ring."""
        self._current = day
        if (day.year, day.month) != (self._month.year, self._month.month):
            self.left.emit(day)
        self._speak()
        self.update()

    def sizeHint(self) -> QSize:
        """Six weeks."""
        return QSize(self._theme.px(380), self._theme.px(240))

    def minimumSizeHint(self) -> QSize:
        """Boxes may be low."""
        return QSize(self._theme.px(240), self._theme.px(120))

    def weeks(self) -> list[list[date]]:
        """The weeks of the month, days of its neighbours included."""
        return calendar.Calendar().monthdatescalendar(self._month.year, self._month.month)

    def box_of(self, day: date) -> QRect:
        """Where a day of the shown weeks is painted; an empty place for another."""
        for row, week in enumerate(self.weeks()):
            if day in week:
                return self._box(row, week.index(day))
        return QRect()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk by days and weeks, Enter chooses."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -7, Qt.Key.Key_Down: 7}
        step = steps.get(Qt.Key(event.key()))
        if step is not None:
            self.set_current(self._current + timedelta(days=step))
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self._choose(self._current)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the day under the pointer."""
        day = self._day_at(event.position().toPoint())
        if day is not None:
            self._current = day
            self._choose(day)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the ring."""
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        """Say the day under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            day = self._day_at(event.pos())
            if day is not None:
                QToolTip.showText(event.globalPos(), self._theme.masked(day_sentence(day, self._days.get(day))), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint headings, boxes and week sums."""
        painter = QPainter(self)
        theme, head = self._theme, self._head()
        painter.setFont(theme.font("small", 500))
        painter.setPen(theme.color("text.tertiary"))
        for place, name in enumerate((*_DAYS, "Week")):
            box = self._box(0, place)
            painter.drawText(QRect(box.x(), 0, box.width(), head), _MIDDLE, name)
        for row, week in enumerate(self.weeks()):
            for place, day in enumerate(week):
                if day.month == self._month.month:
                    self._paint_day(painter, self._box(row, place), day)
            self._paint_sum(painter, self._box(row, 7), week)
        if self.hasFocus():
            draw_focus_ring(theme, painter, self.box_of(self._current), 0)
        painter.end()

    def _paint_day(self, painter: QPainter, box: QRect, day: date) -> None:
        theme, result = self._theme, self._days.get(day)
        ink = theme.color("text.tertiary")
        if result is None:
            painter.fillRect(box, theme.color("bg.header"))
        elif result.r is None:
            painter.fillRect(box, theme.color("bg.selected"))
        else:
            ground, ink = theme.heat(-float(result.r))
            painter.fillRect(box, ground)
        painter.setPen(ink)
        painter.setFont(theme.font("caption", 500))
        inset = box.adjusted(theme.px(4), theme.px(2), -theme.px(4), -theme.px(2))
        painter.drawText(inset, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop), str(day.day))
        if result is None:
            return
        if box.height() >= theme.px(34):
            count = f"{result.trades}"
            painter.drawText(inset, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop), count)
        painter.setPen(theme.color("text.primary") if result.r is None else ink)
        painter.setFont(theme.font("body", 600))
        low = inset.adjusted(0, theme.px(10) if box.height() >= theme.px(34) else 0, 0, 0)
        text = format_r(result.r) if result.r is not None else theme.masked(format_money(result.money, signed=True))
        if painter.fontMetrics().horizontalAdvance(text) > inset.width():
            painter.setFont(theme.font("caption", 500))
        painter.drawText(low, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom), text)
        if day == self._picked:
            painter.setPen(theme.color("text.primary"))
            painter.drawRect(box.adjusted(0, 0, -1, -1))

    def _paint_sum(self, painter: QPainter, box: QRect, week: list[date]) -> None:
        rows = [self._days[day] for day in week if day in self._days and day.month == self._month.month]
        multiples = [row.r for row in rows if row.r is not None]
        if not multiples:
            return
        total = sum(multiples)
        painter.setPen(self._theme.color(result_ink(total or None, stale=False)))
        inset = box.adjusted(0, 0, -self._theme.px(2), 0)
        text = format_r(total)
        wide = self._theme.metrics("body", 600).horizontalAdvance(text) > inset.width()
        painter.setFont(self._theme.font("caption", 600) if wide else self._theme.font("body", 600))
        painter.drawText(inset, _RIGHT, text)

    def _head(self) -> int:
        return self._theme.line_height("small") + self._theme.px(2)

    def _box(self, row: int, place: int) -> QRect:
        head, gap = self._head(), self._theme.px(2)
        tall = max(1, (self.height() - head) // len(self.weeks()))
        left, right = place * self.width() // 8, (place + 1) * self.width() // 8
        return QRect(left, head + row * tall, right - left - gap, tall - gap)

    def _day_at(self, place: QPoint) -> date | None:
        return next(
            (
                day
                for week in self.weeks()
                for day in week
                if day.month == self._month.month and self.box_of(day).contains(place)
            ),
            None,
        )

    def _choose(self, day: date) -> None:
        self._speak()
        self.update()
        self.day_chosen.emit(None if day == self._picked else day)

    def _speak(self) -> None:
        self.setAccessibleName(f"Calendar, {month_words(self._month.year, self._month.month)}")
        self.setAccessibleDescription(day_sentence(self._current, self._days.get(self._current)))


class CalendarView(QWidget):
    """A month with its sum and buttons to the months beside it. ``day_chosen`` carries a day, or ``None`` for all."""

    day_chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._days: Mapping[date, DayResult] = {}
        self._picked: date | None = None
        self._month = date(2000, 1, 1)
        self._stepped = False
        self.grid = MonthGrid(theme)
        self.grid.day_chosen.connect(self.day_chosen)
        self.grid.left.connect(self._walk)
        self.earlier = Button(theme, "Earlier", tip="The month before", identifier="journal.month_before")
        self.later = Button(theme, "Later", tip="The month after", identifier="journal.month_after")
        self.earlier.clicked.connect(lambda _=False: self._step(-1))
        self.later.clicked.connect(lambda _=False: self._step(1))
        self._title = ElidedLabel(theme, weight=600)
        self._sum = ElidedLabel(theme, role="small", ink="text.secondary")
        describe(self, "Calendar of results")
        line = QHBoxLayout()
        line.setSpacing(theme.px(6))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._sum)
        line.addLayout(words, 1)
        line.addWidget(self.earlier)
        line.addWidget(self.later)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.px(10), theme.px(6), theme.px(10), theme.px(8))
        column.setSpacing(theme.px(6))
        column.addLayout(line)
        column.addWidget(self.grid, 1)

    def show_days(self, days: Mapping[date, DayResult], picked: date | None, today: date) -> None:
        """Show these results; begins with the month of the newest, or of ``today``."""
        self._days, self._picked = days, picked
        self.show_month(self._month if self._stepped else max(days) if days else today)

    def forget_month(self) -> None:
        """Begin anew with the newest month the next time."""
        self._stepped = False

    def show_month(self, day: date) -> None:
        """Show the month of ``day``."""
        self._month = day.replace(day=1)
        self.grid.show_month(self._month, self._days, self._picked)
        year, month = self._month.year, self._month.month
        rows = [row for key, row in self._days.items() if (key.year, key.month) == (year, month)]
        self._title.setText(month_words(year, month))
        self._sum.setText(results_words(rows))

    def title(self) -> str:
        """Month and sum as they are shown."""
        return f"{self._title.text()}: {self._sum.text()}"

    def _step(self, by: int) -> None:
        place = self._month.year * 12 + self._month.month - 1 + by
        self._walk(date(place // 12, place % 12 + 1, 1))

    def _walk(self, day: date) -> None:
        self._stepped = True
        self.show_month(day)
