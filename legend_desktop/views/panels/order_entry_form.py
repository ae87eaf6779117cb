"""The fields of Order entry: symbol, quote, side, type, risk or shares, prices."""

from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from legend_desktop.domain.enums import OrderSide, OrderType, TimeInForce
from legend_desktop.domain.formatting import format_age, format_price, format_shares
from legend_desktop.viewmodels.order_entry import OrderEntryViewModel
from legend_desktop.viewmodels.order_form import derived_stop, derived_target, wants_limit, wants_trigger
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.field_edit import ComboField, FieldEdit
from legend_desktop.views.widgets.labels import ElidedLabel, TextLabel
from legend_desktop.views.widgets.segmented import Segment, SegmentedControl
from legend_desktop.views.widgets.spans import Span, SpanLabel

LABEL_WIDTH = 50
_TYPES = (
    (OrderType.MARKET, "Market"),
    (OrderType.LIMIT, "Limit"),
    (OrderType.STOP, "Stop"),
    (OrderType.STOP_LIMIT, "Stop-limit"),
    (OrderType.TRAILING_STOP, "Trailing stop"),
)
_TIMES = (
    (TimeInForce.DAY, "Day"),
    (TimeInForce.GTC, "Until cancelled"),
    (TimeInForce.IOC, "Immediate or cancel"),
    (TimeInForce.FOK, "Fill or kill"),
    (TimeInForce.OPG, "At the open"),
    (TimeInForce.CLS, "At the close"),
)
_FIELDS = ("risk", "quantity", "price", "trigger", "trail", "stop", "target")
_TITLES = {
    "risk": "Risk",
    "quantity": "Shares",
    "price": "Price",
    "trigger": "Trigger",
    "trail": "Trail",
    "stop": "Stop",
    "target": "Target",
}
_PLACEHOLDERS = {
    "risk": "0.25",
    "quantity": "100",
    "price": "price, or bid-0.01",
    "trigger": "price",
    "trail": "1.50, or 1.2 %",
    "stop": "price, or 1.5 %",
    "target": "optional",
}
_KEYS = {"risk": "Ctrl+Up, Ctrl+Down", "price": "Alt+Left, Alt+Right"}


class QuoteBox(QWidget):
    """Bid and ask with their sizes; a click on a side uses its price."""

    side_clicked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cells = {"bid": ("—", ""), "ask": ("—", "")}
        self._ink = "text.primary"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        describe(self, "Bid and ask", tip="Click a side to use its price", key="Alt+Left, Alt+Right")
        theme.changed.connect(self.updateGeometry)

    def set_quote(self, bid: tuple[str, str], ask: tuple[str, str], *, stale: bool) -> None:
        """Price and size of both sides as text."""
        cells, ink = {"bid": bid, "ask": ask}, "stale" if stale else "text.primary"
        if cells != self._cells or ink != self._ink:
            self._cells, self._ink = cells, ink
            old = " old" if stale else ""
            self.setAccessibleDescription(f"Bid {bid[0]} for {bid[1]}, ask {ask[0]} for {ask[1]}{old}")
            self.update()

    def sizeHint(self) -> QSize:
        """As high as a small line over a quote."""
        return QSize(200, self._theme.px(46))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Use the side under the pointer."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.side_clicked.emit("bid" if event.position().x() < self.width() / 2 else "ask")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Two cells with an edge around and a line between."""
        theme = self._theme
        painter = QPainter(self)
        painter.setPen(theme.pen("line.control"))
        painter.setBrush(theme.color("bg.field"))
        radius = theme.px(3)
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), radius, radius)
        middle = self.width() // 2
        painter.drawLine(middle, 0, middle, self.height() - 1)
        for left, name, title in ((0, "bid", "Bid"), (middle, "ask", "Ask")):
            self._paint_cell(painter, QRect(left, 0, middle, self.height()), title, *self._cells[name])
        painter.end()

    def _paint_cell(self, painter: QPainter, box: QRect, title: str, price: str, size: str) -> None:
        theme = self._theme
        inset = theme.px(9)
        small = QRect(box.left() + inset, theme.px(4), box.width() - 2 * inset, theme.line_height("small"))
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text.tertiary"))
        painter.drawText(small, Qt.AlignmentFlag.AlignLeft, title)
        painter.drawText(small, Qt.AlignmentFlag.AlignRight, size)
        painter.setFont(theme.font("quote"))
        painter.setPen(theme.color(self._ink))
        under = QRect(box.left() + inset, small.bottom(), box.width() - 2 * inset, theme.line_height("quote"))
        painter.drawText(under, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, price)


class OrderForm(QWidget):
    """Binds the fields to the view-model. ``quick`` hides what only the full ticket has."""

    def __init__(self, model: OrderEntryViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = theme
        self._quick = True
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        self._fields: dict[str, FieldEdit] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(6))
        column.addLayout(self._symbol_row())
        self._quote = QuoteBox(theme)
        self._quote.side_clicked.connect(model.use_quote_side)
        column.addWidget(self._quote)
        self._spread = SpanLabel(theme, role="small", ink="text.tertiary")
        self._age = SpanLabel(theme, role="small", ink="text.tertiary", right=True)
        column.addLayout(_pair(self._spread, self._age))
        column.addLayout(self._side_row())
        column.addLayout(self._grid())
        column.addLayout(self._ticket_row())
        self.set_quick(True)

    # ---- making ---------------------------------------------------------------------------------------------------

    def _symbol_row(self) -> QHBoxLayout:
        theme = self._theme
        self.symbol = FieldEdit(theme, "Symbol", placeholder="Symbol", key="Ctrl+L", identifier="focus.symbol")
        self.symbol.setFont(theme.font("title", 600))
        self.symbol.setFixedWidth(theme.px(92))
        self.symbol.setText(self._model.form.symbol)
        self.symbol.editingFinished.connect(self._symbol_typed)
        self._name = ElidedLabel(theme, role="small", ink="text.secondary")
        self._place = ElidedLabel(theme, role="small", ink="text.tertiary")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._name)
        words.addWidget(self._place)
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        row.addWidget(self.symbol)
        row.addLayout(words, 1)
        return row

    def _side_row(self) -> QHBoxLayout:
        theme, model = self._theme, self._model
        segments = [Segment("buy", "Buy", key="B", ink="gain"), Segment("sell", "Sell", key="S", ink="loss")]
        self._side = SegmentedControl(theme, "Side", segments)
        self._side.changed.connect(lambda side: model.set_side(OrderSide(side)))
        self._type = ComboField(theme, "Order type", key="Alt+M, Alt+L, Alt+S, Alt+P, Alt+R")
        for kind, title in _TYPES:
            self._type.addItem(title, kind)
        self._type.activated.connect(lambda _: model.set_order_type(self._type.currentData()))
        row = QHBoxLayout()
        row.setSpacing(theme.px(6))
        row.addWidget(self._side, 5)
        row.addWidget(self._type, 3)
        return row

    def _grid(self) -> QGridLayout:
        theme, model = self._theme, self._model
        grid = QGridLayout()
        grid.setHorizontalSpacing(0)
        grid.setVerticalSpacing(theme.px(5))
        grid.setColumnMinimumWidth(0, theme.px(LABEL_WIDTH))
        grid.setColumnStretch(1, 1)
        line = 0
        for name in _FIELDS:
            label = TextLabel(theme, _TITLES[name], ink="text.secondary")
            unit = "% of equity" if name == "risk" else ""
            field = FieldEdit(theme, _TITLES[name], placeholder=_PLACEHOLDERS[name], unit=unit, key=_KEYS.get(name, ""))
            field.setText(getattr(model.form, name))
            field.textEdited.connect(_setter(model, name))
            grid.addWidget(label, line, 0)
            grid.addWidget(field, line, 1)
            self._fields[name] = field
            self._rows[name] = (label, field)
            line += 1
            if name == "risk":
                segments = [Segment(row, row) for row in model.presets]
                self._presets = SegmentedControl(theme, "Risk presets", segments, small=True)
                self._presets.changed.connect(lambda text: model.set_text("risk", text))
                grid.addWidget(self._presets, line, 1)
                self._rows["risk"] = (label, field, self._presets)
                line += 1
        return grid

    def _ticket_row(self) -> QHBoxLayout:
        theme, model = self._theme, self._model
        self._time = ComboField(theme, "Time in force", key="Alt+T")
        for word, title in _TIMES:
            self._time.addItem(title, word)
        self._time.activated.connect(lambda _: model.set_time_in_force(self._time.currentData()))
        self._extended = QCheckBox("Extended hours")
        describe(self._extended, "Extended hours", tip="Let a limit order trade before the open and after the close")
        self._extended.toggled.connect(model.set_extended_hours)
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        row.addWidget(self._time, 3)
        row.addWidget(self._extended, 2)
        return row

    # ---- showing --------------------------------------------------------------------------------------------------

    def set_quick(self, quick: bool) -> None:
        """Quick entry sizes by risk, the ticket by shares."""
        self._quick = quick
        self._model.set_by_quantity(not quick)
        self._time.setVisible(not quick)
        self._extended.setVisible(not quick)
        self._show_rows()

    def field(self, name: str) -> FieldEdit:
        """The field called ``name`` (risk, price, stop, ...)."""
        return self._fields[name]

    def refresh(self) -> None:
        """Show what the view-model holds."""
        form = self._model.form
        self.symbol.set_text_if_idle(form.symbol)
        self._side.set_current(form.side.value)
        self._type.setCurrentIndex(self._type.findData(form.order_type))
        self._time.setCurrentIndex(self._time.findData(form.time_in_force))
        if self._extended.isChecked() != form.extended_hours:
            self._extended.setChecked(form.extended_hours)
        for name, field in self._fields.items():
            text = getattr(form, name)
            if field.text() != text and not (field.hasFocus() and field.isModified() and field.text().strip() == text):
                field.setText(text)
        self._presets.set_current(form.risk if form.risk in self._model.presets else "")
        self._refresh_instrument()
        self._refresh_quote()
        self._refresh_derived()
        self._show_rows()

    def _refresh_instrument(self) -> None:
        instrument = self._model.instrument
        self._name.setText(instrument.name if instrument else "")
        self._place.setText(f"{instrument.exchange}, tick {instrument.tick}" if instrument else "")

    def _refresh_quote(self) -> None:
        quote, age = self._model.quote, self._model.quote_age
        stale = age is not None and age.total_seconds() > 3
        if quote is None:
            self._quote.set_quote(("—", ""), ("—", ""), stale=False)
            self._spread.set_parts(Span("no quote yet", "text.tertiary"))
            self._age.set_parts(Span(""))
            return
        self._quote.set_quote(_side(quote.bid, quote.bid_size), _side(quote.ask, quote.ask_size), stale=stale)
        spread, bps = quote.spread, quote.spread_bps
        words = "one side is missing"
        if quote.halted:
            words = "halted"
        elif spread is not None and bps is not None:
            words = f"Spread {format_price(spread, places=2 if spread >= Decimal('0.01') else 4)} = {bps:.1f} bp"
        elif quote.is_crossed:
            words = "crossed"
        self._spread.set_parts(Span(words, "warning" if quote.halted or bps is None else "text.tertiary"))
        if age is not None:
            old = format_age(age) if stale else f"{age.total_seconds():.1f} s"
            self._age.set_parts(Span(old, "warning" if stale else "text.tertiary", icon="clock" if stale else ""))

    def _refresh_derived(self) -> None:
        model, preview = self._model, self._model.preview
        entry = preview.entry_price if preview else model.price_facts().entry
        stop = preview.stop_loss_price if preview else None
        target = preview.target_price if preview else None
        wrong = _wrong_field(model)
        self._fields["stop"].set_derived(
            derived_stop(entry, stop, model.form.side), "danger" if wrong == "stop" else "text.tertiary"
        )
        self._fields["target"].set_derived(derived_target(entry, stop, target, model.form.side))
        for name, field in self._fields.items():
            field.set_error(name == wrong)

    def _show_rows(self) -> None:
        form = self._model.form
        shown = {
            "risk": self._quick,
            "quantity": not self._quick,
            "price": wants_limit(form.order_type),
            "trigger": wants_trigger(form.order_type),
            "trail": form.order_type is OrderType.TRAILING_STOP,
            "stop": True,
            "target": True,
        }
        for name, widgets in self._rows.items():
            for widget in widgets:
                if widget.isVisibleTo(self) is not shown[name]:
                    widget.setVisible(shown[name])

    def _symbol_typed(self) -> None:
        text = self.symbol.text().strip().upper()
        if text and text != self._model.form.symbol:
            self._model.set_symbol(text)


def _setter(model: OrderEntryViewModel, name: str) -> Callable[[str], None]:
    return lambda text: model.set_text(name, text)


def _side(price: Decimal | None, size: Decimal | None) -> tuple[str, str]:
    return ("—" if price is None else format_price(price)), ("" if size is None else format_shares(size))


def _wrong_field(model: OrderEntryViewModel) -> str:
    """The field that a refusal is about."""
    if model.form_error is not None:
        return model.form_error.field
    refusal = model.refusal
    if refusal is None or refusal.outcome.value != "deny":
        return ""
    if refusal.check.startswith(("stop", "high_risk")):
        return "stop"
    if refusal.check.startswith("target"):
        return "target"
    return "price" if refusal.check == "price_collar" else ""


def _pair(left: QWidget, right: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(left, 1)
    row.addWidget(right)
    return row
