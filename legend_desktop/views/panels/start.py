"""The start page: where orders go, a first order to send, brokers to connect, and the legal notice."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from legend_desktop.viewmodels.start import HEADLINE, LEGAL_SHORT, PROMISE, StartViewModel
from legend_desktop.views.dialogs.legal import LegalNotice
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.buttons import Button, ButtonKind, IconButton
from legend_desktop.views.widgets.flow_text import Cap, FlowText, Piece
from legend_desktop.views.widgets.labels import Rule, TextLabel
from legend_desktop.views.widgets.panel import Panel
from legend_desktop.views.widgets.spans import Span, SpanLabel

_INSET = 20
_SIDE = 308  # width of the right column
_HYPHEN = "\u2010"  # the plain one is as wide as a figure in this type face
_BROKERS = (
    "Practise here: sizing, checks, stops and keys are those that every order goes through. There is nothing to "
    "connect in this window, and no real money in reach."
)
_CONNECT = (
    "Paper first: it runs beside the simulator. A live account gets a desk of its own, with its own journal and window "
    "colour, and is asked for again each session."
)
_DOTENV = (
    ".env in the folder that Legend was started from. Keys go into the system key store; the file is not changed and "
    "its values are never shown."
)
_DOTENV_UNUSED = (
    ".env in the folder that Legend was started from. Broker keys in it are not used here: the window does not read "
    "the file, and nothing in it is changed, kept or sent."
)


class StartPanel(Panel):
    """The first minute on one page. ``command_key`` is the key cap of the command line; empty where it has no key."""

    def __init__(
        self,
        view_model: StartViewModel,
        theme: Theme,
        resources: Path,
        *,
        command_key: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self._resources = resources
        self._notice: LegalNotice | None = None
        self._sides: list[QWidget] = []
        self._dotenv: QWidget | None = None
        self.broker_buttons: dict[str, Button] = {}
        self._meaning = TextLabel(theme, role="small", ink="text.secondary", wrap=True)
        self.example = _CommandButton(theme)
        self.example.clicked.connect(lambda _=False: view_model.use_example())
        self.close_button = IconButton(theme, "x", "Close the start page")
        self.close_button.clicked.connect(lambda _=False: view_model.close())
        self.read_button = Button(theme, "I have read this", tip="Take note of the legal notice")
        self.read_button.clicked.connect(lambda _=False: view_model.accept_legal())
        self.whole_button = Button(theme, "Whole notice…", kind=ButtonKind.QUIET, tip="Read the whole legal notice")
        self.whole_button.clicked.connect(lambda _=False: self.open_notice())
        self._strip = _Strip(theme)
        self._fill_strip()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(_scrolled(self._page(command_key)), 1)
        column.addWidget(self._strip)
        QWidget.setTabOrder(self.example, self.close_button)  # the first thing to press comes first
        view_model.changed.connect(self.refresh)
        theme.changed.connect(self._on_theme)
        self._on_theme()

    def refresh(self) -> None:
        """Show the state of the view-model."""
        first = self._model.first_order
        self.example.set_line(first.line)
        self._meaning.setText(self.theme.masked(first.meaning))
        self._meaning.set_ink("text.secondary" if first.ready or not first.line else "warning")
        self._strip.setVisible(self._model.legal_open)
        if self._dotenv is not None:
            self._dotenv.setVisible(self._model.dotenv_found)
        if self._notice is not None and not self._model.legal_open:
            self._notice.stop_asking()

    def meaning(self) -> str:
        """What stands under the example."""
        return self._meaning.text()

    def open_notice(self) -> LegalNotice:
        """Open the whole legal notice beside the desk."""
        if self._notice is None:
            self._notice = LegalNotice(self.theme, self._resources, self, ask=self._model.legal_open)
            self._notice.accepted_notice.connect(self._model.accept_legal)
        self._notice.show()
        self._notice.raise_()
        self._notice.activateWindow()
        return self._notice

    def showEvent(self, event: QShowEvent) -> None:
        """Show the market of now, not of when the page was last seen."""
        super().showEvent(event)
        self._model.set_watched(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody needs the example worked out while the page is not seen."""
        super().hideEvent(event)
        self._model.set_watched(False)

    def _on_theme(self) -> None:
        """The right column grows with the zoom; hidden money hides here too."""
        for side in self._sides:
            side.setFixedWidth(self.theme.px(_SIDE))
        self.refresh()

    # --- building ------------------------------------------------------------------------------------------------

    def _page(self, command_key: str) -> QWidget:
        theme = self.theme
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head())
        first: tuple[Piece, ...] = (
            *(("Press", Cap(command_key, ",")) if command_key else ("Click the command line above,",)),
            "type this line, read the preview, press",
            Cap("Enter", "."),
            "The stop and the target go in with the entry. Or press the line: it then stands in the command line, "
            "and nothing is sent before you press Enter.",
        )
        steps: list[tuple[str, FlowText, QWidget | None]] = [
            ("Send a first order", FlowText(theme, first), self._example_side())
        ]
        can_connect = bool(self._model.brokers)
        if can_connect:
            steps.append(("Connect a broker when you like", FlowText(theme, (_CONNECT,)), self._connect_side()))
        else:
            steps.append(("This window trades on the simulator", FlowText(theme, (_BROKERS,)), self._brokers_side()))
        if self._model.dotenv_found:
            words = FlowText(theme, (_DOTENV if can_connect else _DOTENV_UNUSED,))
            steps.append(("A settings file was found", words, self._dotenv_side() if can_connect else None))
        for number, (title, text, side) in enumerate(steps, start=1):
            part = QWidget()
            inner = QVBoxLayout(part)
            inner.setContentsMargins(0, 0, 0, 0)
            inner.setSpacing(0)
            inner.addWidget(Rule(theme))
            inner.addLayout(_step(theme, number, title, text, side))
            column.addWidget(part)
            self._dotenv = part if title.startswith("A settings file") else self._dotenv
            if side is not None:
                self._sides.append(side)
        column.addStretch(1)
        return page

    def _head(self) -> QHBoxLayout:
        theme = self.theme
        row = QHBoxLayout()
        row.setContentsMargins(theme.px(_INSET), theme.px(12), theme.px(8), theme.px(14))
        words = QVBoxLayout()
        words.setSpacing(theme.px(4))
        words.setContentsMargins(0, theme.px(8), 0, 0)
        words.addWidget(TextLabel(theme, HEADLINE.replace("-", _HYPHEN), role="figure", weight=600, wrap=True))
        words.addWidget(TextLabel(theme, PROMISE, role="field", ink="text.secondary", wrap=True))
        row.addLayout(words, 1)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _example_side(self) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.theme.px(6))
        column.addWidget(self.example)
        column.addWidget(self._meaning)
        return side

    def _connect_side(self) -> QWidget:
        """A button for each broker, and what this version has not."""
        theme, model = self.theme, self._model
        side = QWidget()
        grid = QGridLayout(side)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.px(6))
        for place, (broker, name) in enumerate(model.brokers):
            button = Button(theme, name, tip=f"Connect {name}")
            button.clicked.connect(lambda _=False, wanted=broker: model.connect_broker(wanted))
            grid.addWidget(button, place // 2, place % 2)
            self.broker_buttons[broker] = button
        if model.missing_brokers:
            words = TextLabel(theme, self._missing_words(), role="small", ink="text.secondary", wrap=True)
            grid.addWidget(words, grid.rowCount(), 0, 1, 2)
        return side

    def _dotenv_side(self) -> QWidget:
        """Import the file, or leave it."""
        theme, model = self.theme, self._model
        side = QWidget()
        row = QHBoxLayout(side)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(6))
        self.import_button = Button(theme, "Import it…", kind=ButtonKind.INK, tip="See which keys are in it")
        self.import_button.clicked.connect(lambda _=False: model.import_dotenv())
        self.leave_button = Button(theme, "Leave it", tip="Do not use this file")
        self.leave_button.clicked.connect(lambda _=False: model.leave_dotenv())
        row.addWidget(self.import_button)
        row.addWidget(self.leave_button)
        row.addStretch(1)
        return side

    def _missing_words(self) -> str:
        """``TD Ameritrade and TradeStation are not in this version.``"""
        *first, last = self._model.missing_brokers
        listed = f"{', '.join(first)} and {last}" if first else last
        return f"{listed} {'are' if first else 'is'} not in this version."

    def _brokers_side(self) -> QWidget:
        theme = self.theme
        box = _Box(theme)
        column = QVBoxLayout(box)
        column.setContentsMargins(theme.px(9), theme.px(6), theme.px(9), theme.px(7))
        column.setSpacing(theme.px(4))
        column.addWidget(SpanLabel(theme, Span("Simulator", weight=600, icon="check"), Span("in use", "ok")))
        if self._model.missing_brokers:
            column.addWidget(TextLabel(theme, self._missing_words(), ink="text.secondary", wrap=True))
        return box

    def _fill_strip(self) -> None:
        theme = self.theme
        row = QHBoxLayout(self._strip)
        row.setContentsMargins(theme.px(_INSET), theme.px(8), theme.px(_INSET), theme.px(8))
        row.setSpacing(theme.px(8))
        row.addWidget(TextLabel(theme, LEGAL_SHORT, role="small", ink="text.secondary", wrap=True), 1)
        for button in (self.whole_button, self.read_button):
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            row.addWidget(button)


class _CommandButton(Button):
    """The example as a field to press: caret, then the line from the left."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "", icon="caret-right")
        self.weight = 400
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_inks("bg.field", "text.primary", "line.control")

    def set_line(self, line: str) -> None:
        """Show ``line``; without one there is nothing to press."""
        self.setEnabled(bool(line))
        if line != self.text():
            self.setText(line)
            describe(self, line or "Example order", tip="Put this line into the command line; nothing is sent yet")

    def content_width(self) -> int:
        """As wide as the field, so that the words begin at the left."""
        return max(self.width() - self.theme.px(16), super().content_width())

    def sizeHint(self) -> QSize:
        """A little higher than a button, as the command line is."""
        return QSize(self.theme.px(_SIDE), self.theme.density.button + self.theme.px(4))


class _Strip(QWidget):
    """The ground of the legal strip."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the ground and the line above it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.notice"))
        painter.fillRect(0, 0, self.width(), 1, self._theme.color("line.hair"))
        painter.end()


class _Box(QWidget):
    """A box with a thin edge around facts."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.pen("line.strong"))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.end()


def _step(theme: Theme, number: int, title: str, text: FlowText, side: QWidget | None) -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(theme.px(_INSET), theme.px(12), theme.px(_INSET), theme.px(14))
    grid.setHorizontalSpacing(theme.px(16))
    grid.setVerticalSpacing(theme.px(2))
    count = TextLabel(theme, str(number), role="figure", weight=600, ink="text.tertiary")
    top = Qt.AlignmentFlag.AlignTop
    grid.addWidget(count, 0, 0, 2, 1, top)
    grid.addWidget(TextLabel(theme, title, role="title", weight=600, wrap=True), 0, 1, top)
    grid.addWidget(text, 1, 1)
    if side is not None:
        grid.addWidget(side, 0, 2, 2, 1, top)
    grid.setColumnStretch(1, 1)
    grid.setRowStretch(1, 1)
    return grid


def _scrolled(page: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    page.setAutoFillBackground(False)
    area.viewport().setAutoFillBackground(False)
    return area
