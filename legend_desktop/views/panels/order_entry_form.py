"""The fields of Order entry: symbol, quote, side, type, risk or shares, prices, and what only the ticket has."""

import itertools
from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from legend_desktop.domain.enums import OrderSide, OrderType, TimeInForce
from legend_desktop.domain.formatting import format_age, format_distance, format_price, format_shares
from legend_desktop.domain.quotes import Quote
from legend_desktop.viewmodels.field_words import beside_quote, is_number, limit_of, with_price, wrong_field
from legend_desktop.viewmodels.order_entry import OrderEntryViewModel
from legend_desktop.viewmodels.order_form import (
    derived_risk,
    derived_stop,
    derived_target,
    wants_limit,
    wants_trigger,
)
from legend_desktop.views.panels.order_entry_quote import ChoiceField, QuoteBox, SideWords, SymbolField
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.field_edit import FieldEdit
from legend_desktop.views.widgets.labels import ElidedLabel, TextLabel
from legend_desktop.views.widgets.segmented import Segment, SegmentedControl
from legend_desktop.views.widgets.spans import Span, SpanLabel

LABEL_WIDTH = 52
TYPE_WIDTH = 100
_TYPES = {
    OrderType.MARKET: "Market",
    OrderType.LIMIT: "Limit",
    OrderType.STOP: "Stop",
    OrderType.STOP_LIMIT: "Stop-limit",
    OrderType.TRAILING_STOP: "Trailing",
}
_TIMES = {
    TimeInForce.DAY: "Day",
    TimeInForce.GTC: "GTC, until cancelled",
    TimeInForce.IOC: "IOC, at once or not",
    TimeInForce.FOK: "FOK, all or nothing",
    TimeInForce.OPG: "At the open",
    TimeInForce.CLS: "At the close",
}
_FIELDS = {
    "risk": ("Risk", "0.25", "Ctrl+Up, Ctrl+Down"),
    "quantity": ("Shares", "100", ""),
    "price": ("Price", "price, or bid-0.01", "Alt+Left, Alt+Right, Alt+Home"),
    "trigger": ("Trigger", "price", ""),
    "trail": ("Trail", "1.50, or 1.2 %", ""),
    "stop": ("Stop", "price, or 1.5 %", ""),
    "target": ("Target", "optional", ""),
}


class OrderForm(QWidget):
    """Binds the fields to the view-model; ``refresh`` shows what it holds."""

    def __init__(self, model: OrderEntryViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = theme
        self._shown_symbol = ""
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        self._fields: dict[str, FieldEdit] = {}
        self._labels: list[TextLabel] = []
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._make_top(column)
        column.addLayout(self._side_row())
        self._make_fields(column)
        self._make_ticket(column)
        self._rows["trail"][0].setVisible(False)
        self._set_tab_order()
        theme.changed.connect(self._scale)
        self._scale()

    # ---- making ---------------------------------------------------------------------------------------------------

    def _make_top(self, column: QVBoxLayout) -> None:
        theme, model = self._theme, self._model
        self.symbol = SymbolField(theme, lambda: model.known_symbols)
        self.symbol.chosen.connect(self._symbol_chosen)
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
        column.addLayout(row)
        column.addSpacing(theme.px(6))
        self._quote = QuoteBox(theme)
        self._quote.side_clicked.connect(model.use_quote_side)
        column.addWidget(self._quote)
        column.addSpacing(theme.px(1))
        self._spread = SpanLabel(theme, role="small", ink="text.tertiary")
        self._age = SpanLabel(theme, role="small", ink="text.tertiary", right=True)
        column.addLayout(_pair(self._spread, self._age))
        column.addSpacing(theme.px(5))

    def _side_row(self) -> QHBoxLayout:
        theme, model = self._theme, self._model
        segments = [Segment("buy", "Buy", key="B", ink="gain"), Segment("sell", "Sell", key="S", ink="loss")]
        self._side = SegmentedControl(theme, "Side", segments)
        self._side.changed.connect(lambda side: model.set_side(OrderSide(side)))
        self._type = ChoiceField(theme, "Order type", key="Alt+M, Alt+L, Alt+S, Alt+P, Alt+R")
        self._type.activated.connect(lambda _: model.set_order_type(self._type.currentData()))
        row = QHBoxLayout()
        row.setSpacing(theme.px(7))
        row.addWidget(self._side, 1)
        row.addWidget(self._type)
        return row

    def _make_fields(self, column: QVBoxLayout) -> None:
        theme, model = self._theme, self._model
        for name, (title, placeholder, key) in _FIELDS.items():
            field = FieldEdit(theme, title, placeholder=placeholder, key=key, identifier=f"entry.{name}")
            field.setText(getattr(model.form, name))
            field.textEdited.connect(_setter(model, name))
            self._fields[name] = field
            self._rows[name] = (self._row(title, field, 5 if name != "risk" else 7),)
            column.addWidget(self._rows[name][0])
            if name == "risk":
                self._presets = SegmentedControl(theme, "Risk presets", self._preset_segments(), small=True)
                self._presets.changed.connect(lambda text: model.set_text("risk", text))
                row = self._row("", self._presets, 3)
                column.addWidget(row)
                self._rows["risk"] = (*self._rows["risk"], row)

    def _preset_segments(self) -> list[Segment]:
        return [Segment(row, row, name=f"Risk {row} %") for row in self._model.presets]

    def _row(self, title: str, content: QWidget, gap: int) -> QWidget:
        """A label and its field, with ``gap`` pixels over them."""
        theme = self._theme
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, theme.px(gap), 0, 0)
        grid.setSpacing(0)
        label = TextLabel(theme, title, ink="text.secondary")
        self._labels.append(label)
        grid.addWidget(label, 0, 0)
        grid.addWidget(content, 0, 1)
        grid.setColumnStretch(1, 1)
        return box

    def _make_ticket(self, column: QVBoxLayout) -> None:
        theme, model = self._theme, self._model
        self._time = ChoiceField(theme, "Time in force", key="Alt+T", identifier="ticket.next_time_in_force")
        self._time.activated.connect(lambda _: model.set_time_in_force(self._time.currentData()))
        self._extended = QCheckBox("Extended hours")
        describe(self._extended, "Extended hours", tip="Let a limit order trade before the open and after the close")
        self._extended.toggled.connect(model.set_extended_hours)
        self._exits = QCheckBox("Stop and target")
        describe(
            self._exits,
            "Stop and target",
            tip="Send the order as a bracket, with a stop or a target or both",
            key="Alt+B",
            identifier="ticket.toggle_bracket",
        )
        self._exits.toggled.connect(model.set_with_exits)
        for box in (self._exits, self._extended):
            box.setMinimumHeight(theme.px(22))
        self._switches = QWidget()
        row = QHBoxLayout(self._switches)
        row.setContentsMargins(0, theme.px(3), 0, 0)
        row.setSpacing(theme.px(12))
        row.addWidget(self._exits)
        row.addWidget(self._extended)
        row.addStretch(1)
        self._lasts = self._row("TIF", self._time, 5)
        place = column.indexOf(self._rows["stop"][0])
        column.insertWidget(place, self._switches)
        column.insertWidget(place, self._lasts)

    def _set_tab_order(self) -> None:
        """As the fields stand: symbol, quote, side, type, figures, prices."""
        sides = self._quote.sides
        chain = [
            self.symbol,
            sides["bid"],
            sides["ask"],
            *(self._side.button(name) for name in ("buy", "sell")),
            self._type,
            self._fields["risk"],
            *(self._presets.button(name) for name in self._model.presets),
            *(self._fields[name] for name in ("quantity", "price", "trigger", "trail")),
            self._time,
            self._exits,
            self._extended,
            self._fields["stop"],
            self._fields["target"],
        ]
        for before, after in itertools.pairwise(chain):
            QWidget.setTabOrder(before, after)

    def _scale(self) -> None:
        """Widths that follow the zoom."""
        for label in self._labels:
            label.setFixedWidth(self._theme.px(LABEL_WIDTH))
        self._type.setFixedWidth(self._theme.px(TYPE_WIDTH))

    def height_now(self) -> int:
        """Pixels that the rows take which are shown at this moment."""
        self._column.invalidate()
        return self._column.totalSizeHint().height()

    def shape(self) -> tuple[bool, ...]:
        """Which rows are shown."""
        boxes = [*(box for row in self._rows.values() for box in row), self._lasts, self._switches, self._exits]
        return tuple(not box.isHidden() for box in (*boxes, self._extended))

    # ---- showing --------------------------------------------------------------------------------------------------

    def field(self, name: str) -> FieldEdit:
        """The field called ``name`` (risk, price, stop, ...)."""
        return self._fields[name]

    def refresh(self) -> None:
        """Show what the view-model holds."""
        form = self._model.form
        if not (self.symbol.hasFocus() and self.symbol.isModified()):
            self._show_symbol(form.symbol)
        self._side.set_current(form.side.value)
        self._fill_choices()
        for box, wanted in ((self._extended, form.extended_hours), (self._exits, form.with_exits)):
            if box.isChecked() is not wanted:
                box.blockSignals(True)
                box.setChecked(wanted)
                box.blockSignals(False)
        for name, field in self._fields.items():
            text = getattr(form, name)
            if field.text() != text:
                field.setText(text)
        self._presets.set_current(form.risk if form.risk in self._model.presets else "")
        self._refresh_instrument()
        self._refresh_quote()
        self._refresh_derived()
        self._show_rows()

    def _show_symbol(self, symbol: str) -> None:
        if self.symbol.text() != symbol:
            self.symbol.setText(symbol)

    def _fill_choices(self) -> None:
        """Kinds and lives that the broker takes; filled anew only where they changed."""
        model = self._model
        types = [(_TYPES[kind], kind) for kind in model.order_types]
        times = [(_TIMES[life], life) for life in model.times_in_force]
        for combo, rows, chosen in (
            (self._type, types, model.form.order_type),
            (self._time, times, model.form.time_in_force),
        ):
            if [combo.itemData(place) for place in range(combo.count())] != [data for _, data in rows]:
                combo.clear()
                for title, data in rows:
                    combo.addItem(title, data)
            place = combo.findData(chosen)
            if combo.currentIndex() != place:
                combo.setCurrentIndex(place)

    def _refresh_instrument(self) -> None:
        instrument = self._model.instrument
        self._name.setText(instrument.name if instrument else "")
        self._place.setText(f"{instrument.exchange}, tick {instrument.tick}" if instrument else "")

    def _refresh_quote(self) -> None:
        model = self._model
        quote, age = model.quote, model.quote_age
        if model.form.symbol != self._shown_symbol:
            self._shown_symbol = model.form.symbol
            self._quote.forget()
        if quote is None or age is None:
            self._quote.set_quote(SideWords(), SideWords(), stale=False)
            self._spread.set_parts(Span("no quote yet", "text.tertiary"))
            self._age.set_parts(Span(""))
            return
        stale = model.quote_is_old
        bid, ask = _side(quote.bid, quote.bid_size), _side(quote.ask, quote.ask_size)
        self._quote.set_quote(bid, ask, stale=stale)
        self._spread.set_parts(_spread(quote))
        old = format_age(age) if stale else f"{age.total_seconds():.1f} s"
        self._age.set_parts(Span(old, "warning" if stale else "text.tertiary", icon="clock" if stale else ""))

    def _refresh_derived(self) -> None:
        model, preview = self._model, self._model.preview
        account = model.context.account
        entry = preview.entry_price if preview and preview.entry_price else model.price_facts().entry
        stop = preview.stop_loss_price if preview else None
        target = preview.target_price if preview else None
        wrong = wrong_field(model)
        side = model.form.side
        self._fields["risk"].set_derived(derived_risk(model.form.risk, account.equity if account else None))
        tick = model.instrument.tick_at(entry) if model.instrument is not None and entry is not None else None
        self._fields["stop"].set_derived(with_price(model.form.stop, stop, derived_stop(entry, stop, side, tick), tick))
        self._fields["target"].set_derived(
            with_price(model.form.target, target, derived_target(entry, stop, target, side), tick)
        )
        limit = limit_of(model)
        beside = beside_quote(limit, model.quote) if is_number(model.form.price) else ""
        self._fields["price"].set_derived(with_price(model.form.price, limit, beside))
        held = model.position
        self._fields["quantity"].set_derived(f"of {format_shares(held.shares)} held" if held is not None else "")
        for name, field in self._fields.items():
            field.set_error(name == wrong)

    def _show_rows(self) -> None:
        form = self._model.form
        ticket, kind = form.by_quantity, form.order_type
        shown = {
            "risk": not ticket,
            "quantity": ticket,
            "price": wants_limit(kind),
            "trigger": wants_trigger(kind),
            "trail": kind is OrderType.TRAILING_STOP,
            "stop": form.takes_exits,
            "target": form.takes_exits,
        }
        for name, widgets in self._rows.items():
            for widget in widgets:
                _show(widget, shown[name], self)
        _show(self._lasts, ticket, self)
        trailing = kind is OrderType.TRAILING_STOP
        extends = self._model.can_extend_hours
        _show(self._switches, ticket and (not trailing or extends), self)
        _show(self._exits, not trailing, self._switches)
        _show(self._extended, extends, self._switches)
        self._fields["stop"].setPlaceholderText("optional, price or 1.5 %" if ticket else "price, or 1.5 %")

    def _symbol_chosen(self, text: str) -> None:
        before = self._model.form.symbol
        self._model.set_symbol(text)
        if self._model.form.symbol == before:
            self._show_symbol(before)
        elif self.symbol.hasFocus():
            # Enter loaded it: the next thing to type is the stop; a click elsewhere keeps its own focus
            self._fields["quantity" if self._model.form.by_quantity else "stop"].setFocus(Qt.FocusReason.TabFocusReason)


def _show(widget: QWidget, wanted: bool, root: QWidget) -> None:
    if widget.isVisibleTo(root) is not wanted:
        widget.setVisible(wanted)


def _setter(model: OrderEntryViewModel, name: str) -> Callable[[str], None]:
    return lambda text: model.set_text(name, text)


def _side(price: Decimal | None, size: Decimal | None) -> SideWords:
    return SideWords(format_price(price), "" if size is None or price is None else format_shares(size), price)


def _spread(quote: Quote) -> Span:
    """The spread in words, or what is wrong with the quote."""
    if quote.halted:
        return Span("halted", "warning", icon="warning")
    if quote.is_crossed:
        return Span("crossed, bid over ask", "warning", icon="warning")
    spread, bps = quote.spread, quote.spread_bps
    if spread is None or bps is None:
        missing = "bid" if quote.bid is None else "ask"
        return Span(f"nobody {'bids' if missing == 'bid' else 'offers'}", "warning", icon="warning")
    return Span(f"Spread {format_distance(spread)} = {bps:.1f} bp", "text.tertiary")


def _pair(left: QWidget, right: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(left, 1)
    row.addWidget(right)
    return row
