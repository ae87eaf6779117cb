"""The Connections panel: the list, the chosen one, its streams, what brokers can do, what happened."""

from PySide6.QtGui import QAction, QHideEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from legend_desktop.viewmodels.connection_detail import happened_time
from legend_desktop.viewmodels.connection_words import ConnectionLine
from legend_desktop.viewmodels.connections import ConnectionsViewModel
from legend_desktop.views.models.connections_model import (
    ABILITY_NAME_WIDTH,
    ABILITY_WIDTH,
    abilities_columns,
    connections_columns,
    streams_columns,
    table_model,
)
from legend_desktop.views.panels.connections_detail import AccountSection, LoginSection
from legend_desktop.views.panels.connections_dialogs import ConnectionDialogs
from legend_desktop.views.panels.connections_parts import Section, ToldList
from legend_desktop.views.panels.connections_table import ShortTable, TwoLineTable
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button, ButtonKind
from legend_desktop.views.widgets.flow_row import FlowRow
from legend_desktop.views.widgets.labels import TextLabel
from legend_desktop.views.widgets.notice import Notice, NoticeKind
from legend_desktop.views.widgets.panel import Panel
from legend_desktop.views.widgets.scroll import InsetScroll
from legend_desktop.views.widgets.spans import Span

TWO_COLUMNS_FROM = 620
THREE_COLUMNS_FROM = 1060
_WEIGHTS = {1: (100,), 2: (48, 52), 3: (35, 42, 23)}
_EDGES = 12
_SHOWN_HAPPENED = 40
_PROMISE = "Entries open again for a broker when its login, its streams and its reconciliation are good."
_IMITATION = (
    "Nothing is imitated without saying so: what a broker lacks is refused before sending, or offered with the words "
    "“stops working when this program closes”."
)


class ConnectionsPanel(Panel):
    """``reconcile_key`` is the key cap of "Reconcile all"; empty where it has no key."""

    def __init__(
        self, view_model: ConnectionsViewModel, theme: Theme, *, reconcile_key: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self._columns_shown = 0
        self._brokers: tuple[str, ...] | None = None
        self.table = TwoLineTable(theme, table_model(connections_columns(), lambda row: row.id), "Connections")
        self.table.row_actions = self._row_actions
        self.table.current_changed.connect(self._on_chosen)
        self.login, self.account = LoginSection(theme), AccountSection(theme, view_model)
        self.streams = ShortTable(theme, table_model(streams_columns(), lambda row: row.name), "Streams")
        self.streams_section = Section(theme, "Streams", "a silent stream is cut, opened again, reconciled")
        self.streams_section.body.addWidget(self.streams)
        self.abilities_section = Section(theme, "What each broker can do", "what is missing is refused before sending")
        self.abilities: ShortTable | None = None
        self._notes = TextLabel(theme, ink="text.secondary", wrap=True)
        self._imitation = TextLabel(theme, _IMITATION, ink="text.secondary", wrap=True)
        self.happened_section = Section(theme, "What happened", "times in New York")
        self.happened = ToldList(theme, "What happened, newest first")
        self.nothing = TextLabel(theme, "Nothing yet.", ink="text.secondary")
        self.happened_section.body.addWidget(self.happened)
        self.happened_section.body.addWidget(self.nothing)
        self._sections: tuple[Section, ...] = (
            self.login,
            self.account,
            self.streams_section,
            self.happened_section,
            self.abilities_section,
        )
        self._make_buttons(reconcile_key)
        self.empty = Notice(theme, NoticeKind.PLAIN)
        self._head = self._make_head()
        self._page = _Ground(theme)
        self._lanes = [_lane() for _ in range(3)]
        self._build()
        self.dialogs = ConnectionDialogs(view_model, theme, self)
        view_model.changed.connect(self.refresh)
        theme.changed.connect(self._on_theme)
        self._on_theme()

    # Showing ---------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the state of the view-model; nothing is worked out while the panel is not seen."""
        if not self.isVisible():
            return
        model = self._model
        lines = model.lines()
        self.set_summary(Span(model.ready_words(), "text.secondary"))
        self.table.rows_model.set_rows(lines)
        self.table.select_key(model.chosen)
        self.empty.setVisible(model.only_simulator)
        self.connect_button.set_kind(ButtonKind.INK if model.only_simulator else ButtonKind.OUTLINE)
        detail = model.detail()
        for section in (self.login, self.account):
            if detail is not None:
                section.show_detail(detail)
        streams = detail.streams if detail is not None else ()
        self.streams.rows_model.set_rows(streams)
        self.streams_section.setVisible(bool(streams))
        if detail is not None:
            self.streams_section.set_title(f"{detail.line.broker}: streams", "a silent one is cut and opened again")
        self._show_abilities()
        self._show_happened()

    def _show_abilities(self) -> None:
        """The table is made anew where other brokers stand in it; a narrow panel shows the chosen broker alone."""
        brokers, lines = self._model.abilities()
        own = self._model.broker_of_chosen()
        if own in brokers and not self._has_room_for(len(brokers)):
            place = brokers.index(own)
            brokers = (own,)
            lines = tuple(type(line)(line.name, (line.cells[place],)) for line in lines)
        self.abilities_section.setVisible(bool(lines))
        if brokers != self._brokers:
            self._brokers = brokers
            old, self.abilities = self.abilities, self._make_abilities(brokers)
            if old is not None:
                self.abilities_section.body.removeWidget(old)
                old.hide()
                old.deleteLater()
            self.abilities_section.body.insertWidget(0, self.abilities)
            title = f"What {brokers[0]} can do" if len(brokers) == 1 else "What each broker can do"
            self.abilities_section.set_title(title, "what is missing is refused before sending")
        if self.abilities is not None:
            self.abilities.rows_model.set_rows(lines)
        notes = self._model.notes()
        self._notes.setText("\n".join((f"{own}:", *notes)) if notes else "")
        self._notes.setVisible(bool(notes))

    def _has_room_for(self, brokers: int) -> bool:
        """Whether a column for each broker fits."""
        share = _WEIGHTS[self._columns_shown][min(1, self._columns_shown - 1)] / 100
        room = self.width() * share * 100 / self.theme.look.zoom - _EDGES
        return self._columns_shown > 1 and room >= ABILITY_NAME_WIDTH + brokers * ABILITY_WIDTH

    def _make_abilities(self, brokers: tuple[str, ...]) -> ShortTable:
        model = table_model(abilities_columns(brokers), lambda row: row.name)
        return ShortTable(self.theme, model, "What each broker can do")

    def _show_happened(self) -> None:
        rows = self._model.happened()[:_SHOWN_HAPPENED]
        for place, row in enumerate(rows):
            lead = happened_time(row.at, self._model.now())
            self.happened.line(place).set_line(row.tone, row.sentence, lead=lead, who=row.who)
        self.happened.keep(len(rows))
        self.nothing.setVisible(not rows)

    def _on_chosen(self, row: ConnectionLine | None) -> None:
        if row is not None and row.id != self._model.chosen:
            self._model.choose(row.id)

    # Asking ----------------------------------------------------------------------------------------------------

    def menu_actions(self) -> list[QAction]:
        """What the screen offers as a whole, and which columns it shows."""
        actions = [
            self._action("Connect a broker…", self._model.add),
            *([self._action("Import a .env file…", self._model.import_env)] if self._model.can_import else []),
            self._action("Reconcile all", self._model.reconcile_all),
        ]
        mode = ("Back to paper…", self._model.ask_paper) if self._model.live else ("Go live…", self._model.go_live)
        return [*actions, self._action(*mode), *self.table.column_actions()]

    def _row_actions(self, row: ConnectionLine) -> list[QAction]:
        """The actions of a row, those of its detail."""
        self._model.choose(row.id)
        actions = []
        for button in self.account.buttons.values():
            if not button.isHidden():
                action = self._action(button.text(), button.click)
                action.setEnabled(button.isEnabled())
                actions.append(action)
        return actions

    def _action(self, words: str, act: object) -> QAction:
        action = QAction(words, self)
        assert callable(act)
        action.triggered.connect(lambda _=False: act())
        return action

    # Building --------------------------------------------------------------------------------------------------

    def _make_buttons(self, reconcile_key: str) -> None:
        theme, model = self.theme, self._model
        self.connect_button = Button(theme, "Connect a broker…", icon="link", identifier="connection.add")
        self.connect_button.clicked.connect(lambda _=False: model.add())
        self.import_button = Button(
            theme, "Import a .env file…", icon="download-simple", identifier="connection.import_env"
        )
        self.import_button.clicked.connect(lambda _=False: model.import_env())
        if not model.can_import:  # to show one that lies in nothing yet would open it as a window
            self.import_button.hide()
        self.reconcile_button = Button(
            theme,
            "Reconcile all",
            icon="arrows-clockwise",
            key=reconcile_key,
            tip="Compare every open account with its broker now",
            identifier="connection.reconcile",
        )
        self.reconcile_button.clicked.connect(lambda _=False: model.reconcile_all())
        words, act = ("Back to paper…", model.ask_paper) if model.live else ("Go live…", model.go_live)
        self.mode_button = Button(theme, words, tip="Change between paper and real money")
        self.mode_button.clicked.connect(lambda _=False: act())

    def _make_head(self) -> QWidget:
        theme = self.theme
        head = _Ground(theme, "bg.panel")
        column = QVBoxLayout(head)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table)
        self._foot = QVBoxLayout()
        self._foot.addWidget(self.empty)
        self._promise = TextLabel(theme, _PROMISE, role="small", ink="text.secondary")
        self._bar = FlowRow(
            theme,
            (self.connect_button, self.import_button, self.reconcile_button),
            last=(self._promise, self.mode_button),
        )
        self._foot.addWidget(self._bar)
        column.addLayout(self._foot)
        self.empty.set_notice(
            NoticeKind.PLAIN,
            "Only the built-in simulator is here.",
            "It needs no account, no key and no network. Connect a broker to trade its paper account beside it; "
            "a live account opens in a desk of its own.",
            icon="info",
        )
        return head

    def _build(self) -> None:
        self.abilities_section.body.addWidget(self._notes)
        self.abilities_section.body.addWidget(self._imitation)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self._head)
        below = QWidget()  # not a bare layout: the page would take its height from before the last change
        self._row = QHBoxLayout(below)
        self._row.setContentsMargins(0, 0, 0, 0)
        for lane in self._lanes:
            self._row.addWidget(lane)
        page.addWidget(below, 1)
        self._whole = page
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.area = InsetScroll(self._page)
        outer.addWidget(self.area)

    def _arrange(self, count: int) -> None:
        """Put the sections into ``count`` columns."""
        if count == self._columns_shown:
            return
        self._columns_shown = count
        detail: list[Section] = [self.login, self.account]
        plans: dict[int, list[list[Section]]] = {
            1: [[*detail, self.streams_section, self.happened_section, self.abilities_section]],
            2: [[*detail, self.streams_section, self.happened_section], [self.abilities_section]],
            3: [[*detail, self.streams_section], [self.abilities_section], [self.happened_section]],
        }
        weights = _WEIGHTS[count]
        for place, lane in enumerate(self._lanes):
            column = lane.layout()
            assert isinstance(column, QVBoxLayout)
            for section in self._sections:
                column.removeWidget(section)  # not takeAt: an item that lives on would keep the old height
            sections = plans[count][place] if place < count else []
            for section in sections:
                column.addWidget(section, 1 if section is sections[-1] else 0)
            lane.setVisible(bool(sections))
            self._row.setStretch(place, weights[place] if place < count else 0)
        self._promise.setVisible(count > 2)
        self._brokers = None
        self.refresh()

    def _on_theme(self) -> None:
        px = self.theme.px
        self._whole.setSpacing(px(4))
        self._row.setSpacing(px(4))
        for lane in self._lanes:
            column = lane.layout()
            if column is not None:
                column.setSpacing(px(4))
        self._foot.setContentsMargins(px(10), px(8), px(10), px(8))
        self._foot.setSpacing(px(8))
        self._notes.setContentsMargins(px(10), px(8), px(10), 0)
        self._imitation.setContentsMargins(px(10), px(8), px(10), px(10))
        self.nothing.setContentsMargins(px(10), px(8), px(10), px(8))
        self._choose_columns()
        self.refresh()

    def _choose_columns(self) -> None:
        width = self.width() * 100 / self.theme.look.zoom
        self._arrange(3 if width >= THREE_COLUMNS_FROM else 2 if width >= TWO_COLUMNS_FROM else 1)

    # Qt --------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stack the sections where the panel is narrow."""
        super().resizeEvent(event)
        self._choose_columns()
        if self.isVisible():
            self._show_abilities()

    def showEvent(self, event: QShowEvent) -> None:
        """Show the state of now, and the dialog that was asked for before the panel was there."""
        super().showEvent(event)
        self.refresh()
        self.dialogs.follow()

    def hideEvent(self, event: QHideEvent) -> None:
        """A question that nobody sees any more lapses."""
        super().hideEvent(event)
        self._model.answer(False)


class _Ground(QWidget):
    """A plain ground in a colour of the theme: the gutters between the sections."""

    def __init__(self, theme: Theme, ink: str = "bg.window") -> None:
        super().__init__()
        self._theme = theme
        self._ink = ink
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Fill it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color(self._ink))
        painter.end()


def _lane() -> QWidget:
    """A column of sections."""
    lane = QWidget()
    column = QVBoxLayout(lane)
    column.setContentsMargins(0, 0, 0, 0)
    return lane
