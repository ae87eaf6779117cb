"""The Time line panel: one order taken apart, from the key press to the mark-outs."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from legend_desktop.viewmodels.order_timeline import OrderTimelineViewModel
from legend_desktop.viewmodels.order_timeline_words import ShownOrder
from legend_desktop.views.panels.order_timeline_parts import (
    EventList,
    FactList,
    LatencyView,
    MarksView,
    Section,
    ShortfallView,
)
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button, ButtonKind
from legend_desktop.views.widgets.labels import ElidedLabel, TextLabel
from legend_desktop.views.widgets.notice import EmptyState
from legend_desktop.views.widgets.panel import Panel
from legend_desktop.views.widgets.scroll import InsetScroll
from legend_desktop.views.widgets.spans import Span, SpanLabel

if TYPE_CHECKING:
    from legend_desktop.views.panels.order_timeline_chart import TimePlot

_SIDE_BY_SIDE = 880
_RIGHT = 430
_NARROW = 280
_ANY = 16_777_215
_NOTHING = ("No order is chosen", "Choose one in Orders or Executions and press Enter.")
_READING = ("Reading the order", "It appears here in a moment.")
_GONE = "This order cannot be shown"


class OrderTimelinePanel(Panel):
    """Chart, latency bar and events at the left, what it cost at the right; J and K change the order, Esc goes back."""

    def __init__(self, view_model: OrderTimelineViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self._plot: TimePlot | None = None
        self.title = TextLabel(theme, role="title", weight=600)
        self.facts = ElidedLabel(theme, role="body", ink="text.secondary")
        self.previous = Button(theme, "", key="K", kind=ButtonKind.QUIET, tip="The order before it in the list")
        self.next = Button(theme, "", key="J", kind=ButtonKind.QUIET, tip="The next order of the list")
        self.back = Button(theme, "Back", key="Esc", icon="arrow-left", tip="Back to where you came from")
        self.previous.setAccessibleName("Previous order")
        self.next.setAccessibleName("Next order")
        self.chart = Section(theme, "Quotes, own prices, fills", flush=True)
        self.latency = LatencyView(theme)
        self.events = EventList(theme)
        self.figure = SpanLabel(theme, role="hero", gap=8)
        self.costs = FactList(theme)
        self.shortfall = ShortfallView(theme)
        self.no_shortfall = TextLabel(theme, role="body", ink="text.tertiary", wrap=True)
        self.score = FactList(theme)
        self.marks = MarksView(theme)
        self.marks_note = TextLabel(theme, role="small", ink="text.tertiary", wrap=True)
        self._first = self._section("First moments", self.latency)
        self._list = self._section("Events", self.events)
        self._cost = self._section("What it cost", self.figure, self.costs)
        self._parts = self._section("Implementation shortfall", self.shortfall, self.no_shortfall)
        self._quality = self._section("Quality score", self.score)
        self._after = self._section("After the fills", self.marks, self.marks_note)
        self._empty = EmptyState(theme, "clock", *_NOTHING)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._page = QWidget()
        self._pages = QStackedWidget()
        self._arrange()
        theme.changed.connect(self._restyle)
        self._restyle()
        self.back.clicked.connect(lambda _=False: view_model.back())
        self.previous.clicked.connect(lambda _=False: view_model.previous())
        self.next.clicked.connect(lambda _=False: view_model.next())
        view_model.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Read everything from the view-model again."""
        model = self._model
        self.set_summary(model.place_words)
        self.previous.setEnabled(model.has_previous)
        self.next.setEnabled(model.has_next)
        shown = model.shown
        if model.problem:
            self._empty.set_words(_GONE, model.problem)
        elif shown is None:
            self._empty.set_words(*(_READING if model.waiting else _NOTHING))
        if shown is None or model.problem:
            self.title.setText("")
            self.facts.setText("")
            self._pages.setCurrentWidget(self._empty)
            return
        self._pages.setCurrentIndex(0)
        self._show(shown)

    def page(self) -> str:
        """``order`` or ``empty``."""
        return "empty" if self._pages.currentWidget() is self._empty else "order"

    def menu_actions(self) -> list[QAction]:
        """Copy the events."""
        copy = QAction("Copy events", self)
        copy.setEnabled(self._model.shown is not None)
        copy.triggered.connect(lambda _=False: QGuiApplication.clipboard().setText(self._model.events_text()))
        return [copy]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """J and K change the order, Esc goes back."""
        acts = {
            Qt.Key.Key_J: self._model.next,
            Qt.Key.Key_K: self._model.previous,
            Qt.Key.Key_Escape: self._model.back,
        }
        act = acts.get(Qt.Key(event.key())) if event.modifiers() == Qt.KeyboardModifier.NoModifier else None
        if act is None:
            super().keyPressEvent(event)
            return
        act()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is narrow the figures stand under the chart."""
        super().resizeEvent(event)
        narrow = self.width() < self.theme.px(_SIDE_BY_SIDE)
        wanted = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if self._body.direction() != wanted:
            self._body.setDirection(wanted)
        self._right.setMinimumWidth(self.theme.px(_NARROW if narrow else _RIGHT))
        self._right.setMaximumWidth(_ANY if narrow else self.theme.px(_RIGHT))

    def _show(self, shown: ShownOrder) -> None:
        paper = shown.paper
        self.title.setText(shown.title)
        self.facts.setText("     ".join(shown.facts))
        picture = shown.picture
        own = "seconds from the key press; circle area = shares"
        self.chart.set_words("Quotes, own prices, fills", picture.note or own, paper=paper)
        self._first.set_words(shown.latency.title, shown.latency.note, paper=paper)
        self._list.set_words("Events", "exact, as stored", paper=paper)
        self._cost.set_words("What it cost", shown.against, paper=paper)
        self._parts.set_words("Implementation shortfall", shown.shortfall_of, paper=paper)
        self._quality.set_words("Quality score", shown.score_version, paper=paper)
        self._after.set_words("After the fills", "spread the other side kept", paper=paper)
        self._picture().show_picture(picture)
        self.latency.show_bar(shown.latency)
        self.events.show_lines(shown.events)
        self.figure.set_parts(Span(shown.figure, weight=600), Span(shown.figure_note, "text.secondary", role="body"))
        self.costs.show_facts(shown.costs)
        self.shortfall.show_parts(shown.shortfall)
        self.shortfall.setVisible(bool(shown.shortfall))
        self.no_shortfall.setText(shown.shortfall_reason)
        self.no_shortfall.setVisible(bool(shown.shortfall_reason))
        self.score.show_facts(shown.score)
        self.marks.show_marks(shown.marks)
        self.marks_note.setText(shown.marks_note)

    def _picture(self) -> "TimePlot":
        """The plot, made (and its library loaded) with the first order."""
        if self._plot is None:
            from legend_desktop.views.panels.order_timeline_chart import TimePlot

            self._plot = TimePlot(self.theme)
            self.chart.content.addWidget(self._plot, 1)
        return self._plot

    def _section(self, title: str, *widgets: QWidget) -> Section:
        section = Section(self.theme, title)
        for widget in widgets:
            section.content.addWidget(widget)
        if widgets:
            section.content.addStretch(1)
        return section

    def _arrange(self) -> None:
        gutter = self.theme.px(4)
        head = QHBoxLayout()
        head.setContentsMargins(self.theme.px(10), self.theme.px(6), self.theme.px(10), self.theme.px(6))
        head.setSpacing(self.theme.px(12))
        head.addWidget(self.title)
        head.addWidget(self.facts, 1)
        for button in (self.previous, self.next, self.back):
            head.addWidget(button)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(gutter)
        left.addWidget(self.chart, 1)
        left.addWidget(self._first)
        left.addWidget(self._list)
        for section in (self._cost, self._parts, self._quality):
            right.addWidget(section)
        right.addWidget(self._after, 1)
        self._right = QWidget()
        self._right.setLayout(right)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(gutter)
        self._body.addLayout(left, 1)
        self._body.addWidget(self._right)
        self._page.setLayout(self._body)
        self._pages.addWidget(InsetScroll(self._page))
        self._pages.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._pages, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _restyle(self) -> None:
        """The gutters are the window's own ground."""
        self._page.setAutoFillBackground(True)
        palette = self._page.palette()
        palette.setColor(QPalette.ColorRole.Window, self.theme.color("bg.window"))
        self._page.setPalette(palette)
