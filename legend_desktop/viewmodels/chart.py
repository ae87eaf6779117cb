"""The chart of the symbol in focus: bars, the draft of Order entry, own orders, fills and position."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal

from PySide6.QtCore import Signal

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import ConnectionState, OrderSide, OrderType, TradingMode
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import ConnectionChanged, OrderChanged, PositionsChanged
from legend_desktop.domain.formatting import format_exchange_time
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.money import CENT, HUNDRED, ZERO, default_tick, round_to_tick
from legend_desktop.domain.positions import Position
from legend_desktop.domain.quotes import Bar, Quote
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_book import OrderBook
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.viewmodels.action_router import Rehearsal
from legend_desktop.viewmodels.arming import Arming
from legend_desktop.viewmodels.base import ViewModel
from legend_desktop.viewmodels.chart_draft import ChartDraft
from legend_desktop.viewmodels.chart_facts import (
    BAR_LENGTHS,
    BarLength,
    BarRow,
    ChartHead,
    FillMark,
    bar_length,
    fill_marks,
    spoken,
    table_rows,
)
from legend_desktop.viewmodels.chart_lines import (
    ChartLine,
    draft_lines,
    order_lines,
    position_line,
)
from legend_desktop.viewmodels.chart_moves import MoveGuard, OrderMoves, Replaces
from legend_desktop.viewmodels.chart_series import BarSeries
from legend_desktop.viewmodels.coalescer import Coalescer
from legend_desktop.viewmodels.order_entry import OrderEntryViewModel
from legend_desktop.viewmodels.positions_history import PositionHistory
from legend_desktop.viewmodels.symbol_focus import SymbolFocus

STALE_AFTER = timedelta(seconds=3)
HISTORY_BARS = 1_000
_APART_MS = 50
_ONE_MINUTE = 1

BarSource = Callable[[str, int, int], Awaitable[list[Bar]]]


class ChartViewModel(ViewModel):
    """Keeps the bars of the focused symbol and everything drawn over them.

    ``changed`` says that something shown may be different, about twenty times a second at most. ``said`` carries a
    sentence for the person: why a move was not sent, what the broker answered. Nothing is loaded before ``activate``.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(
        self,
        bars: BarSource,
        quotes: QuoteBoard,
        book: OrderBook,
        bus: EventBus,
        clock: Clock,
        *,
        supervisor: TaskSupervisor,
        focus: SymbolFocus,
        entry: OrderEntryViewModel,
        trading: Replaces,
        arming: Arming,
        rehearsal: Rehearsal | None = None,
        instrument_of: Callable[[str], Instrument | None] = lambda _symbol: None,
    ) -> None:
        super().__init__()
        self._source = bars
        self._quotes = quotes
        self._clock = clock
        self._supervisor = supervisor
        self._focus = focus
        self._instrument_of = instrument_of
        self.draft = ChartDraft(entry, self.rounded)
        self._history = PositionHistory(book.all())
        self._positions: dict[str, Position] = {}
        self._length = _ONE_MINUTE
        self._active = False
        self._ticket = 0
        self._loaded = False
        self._connected = True
        self._risk_per_share: Decimal | None = None
        self._fills_of: tuple[int, int] | None = None
        self._tape: tuple[Decimal | None, Decimal | None] | None = None
        self.series = BarSeries(BAR_LENGTHS[self._length].seconds)
        self.head = ChartHead()
        self.lines: tuple[ChartLine, ...] = ()
        self.fills: tuple[FillMark, ...] = ()
        self.orders_shown = True
        self.message = ""
        self._coalescer = Coalescer(self.flush, clock, self, apart_ms=_APART_MS)
        guard, mark = MoveGuard(arming, rehearsal), self._coalescer.mark
        self._moves = OrderMoves(book, trading, supervisor, guard, clock, say=self.said.emit, changed=mark)
        self._listen(bus)
        focus.changed.connect(self._on_focus)
        entry.changed.connect(mark)

    def _listen(self, bus: EventBus) -> None:
        self.own(self._quotes.subscribe(self._on_quote))
        self.listen(bus, PositionsChanged, self._on_positions)
        self.listen(bus, OrderChanged, self._on_order)
        self.listen(bus, ConnectionChanged, self._on_connection)

    def dispose(self) -> None:
        """Stop listening and loading."""
        self._active = False
        self._ticket += 1
        self._coalescer.close()
        super().dispose()

    # ---- what is shown --------------------------------------------------------------------------------------------

    @property
    def symbol(self) -> str:
        """The symbol shown."""
        return self._focus.symbol

    @property
    def length(self) -> BarLength:
        """The bar length shown."""
        return BAR_LENGTHS[self._length]

    @property
    def mode(self) -> TradingMode:
        """Paper or live."""
        return self.draft.entry.mode

    @property
    def quote(self) -> Quote | None:
        """The newest quote."""
        return self._quotes.latest(self.symbol)

    @property
    def age(self) -> timedelta | None:
        """How old the price is."""
        quote = self.quote
        return None if quote is None else quote.age(self._clock.now())

    @property
    def silence(self) -> str:
        """Words for the region without data; empty while prices come in."""
        quote = self.quote
        if quote is None or self.head.age_seconds is None:
            return "halted" if self.head.halted else ""
        since = format_exchange_time(quote.timestamp)
        return f"halted, last price {since}" if self.head.halted else f"no data since {since}"

    def line(self, key: str) -> ChartLine | None:
        """The line with this key, as long as it is there."""
        return next((line for line in self.lines if line.key == key), None)

    def sentence(self, first: int, last: int) -> str:
        """The picture of the bars ``first`` to ``last`` in words."""
        return spoken(self.head, self.length, self.series, self.lines, (first, last))

    def rows(self) -> list[BarRow]:
        """The bars as a table, oldest first."""
        return table_rows(self.series)

    def newest_row(self) -> BarRow:
        """The live bar as a row. Raises ``IndexError`` without bars."""
        return table_rows(self.series, newest=1)[0]

    def waits(self, side: OrderSide, order_type: OrderType, price: Decimal) -> bool:
        """True for an order that would wait at ``price``: limits below the market to buy, stops above it."""
        quote = self.quote
        touch = None if quote is None else quote.far_side(side)
        if touch is None:
            return True
        better = side.sign * (touch - price)
        return better >= 0 if order_type is OrderType.LIMIT else better <= 0

    def tick_size(self, price: Decimal) -> Decimal:
        """The price step at ``price``."""
        instrument = self._instrument_of(self.symbol)
        return instrument.tick_at(price) if instrument is not None else default_tick(price)

    def rounded(self, price: Decimal | float) -> Decimal:
        """``price`` on its nearest step, at least one step above zero."""
        exact = price if isinstance(price, Decimal) else Decimal(repr(price))
        step = self.tick_size(max(exact, ZERO))
        # cents are always written out: 174.90, not 174.9, where the price is typed into a field
        return max(step, round_to_tick(exact, step)).quantize(min(step, CENT))

    # ---- choices --------------------------------------------------------------------------------------------------

    def activate(self) -> None:
        """Begin to load and to follow: the panel is there."""
        if not self._active:
            self._active = True
            self._restart()

    def set_bars(self, code: str) -> None:
        """Show bars of ``5s``, ``1m``, ``5m``, ``15m``, ``1h`` or ``1d``. Raises ``InvalidInput`` for others."""
        self.set_bar_index(bar_length(code))

    def set_bar_index(self, index: int) -> None:
        """Show the bar length at this place of the keys 1 to 6 (0 is the first)."""
        if index != self._length and 0 <= index < len(BAR_LENGTHS):
            self._length = index
            self._restart()

    def toggle_orders(self) -> None:
        """Show or hide own orders, fills and position; the draft stays."""
        self.orders_shown = not self.orders_shown
        self._coalescer.mark()

    # ---- moving lines ---------------------------------------------------------------------------------------------

    def move_to(self, key: str, price: Decimal | float) -> None:
        """Put a line at ``price``: a draft line changes the draft at once, an order only when it is let go."""
        line = self.line(key)
        if line is None or not line.movable:
            return
        wanted = self.rounded(price)
        if key.startswith("draft."):
            self.draft.move(key, wanted)
        else:
            self._moves.move(key, wanted)
        self.flush()

    def release(self, key: str) -> None:
        """Let a moved line stay: an order's change is sent, or the line goes back and ``said`` tells why."""
        self.draft.keep()
        self._moves.release(key)
        self.flush()

    def put_back(self) -> None:
        """Undo a move that was not sent: the order's line or the draft's field is as before."""
        self._moves.put_back()
        self.draft.put_back()
        self.flush()

    def prefill(self, side: OrderSide, order_type: OrderType, price: Decimal | float) -> None:
        """Put an order of this kind at this price into Order entry; nothing is sent."""
        self._said_if(self.draft.prefill(side, order_type, self.rounded(price)))

    def use_as_exit(self, name: str, price: Decimal | float) -> None:
        """Use ``price`` as the draft's ``stop`` or ``target``."""
        self._said_if(self.draft.set_exit(name, self.rounded(price)))

    def draw_bracket(self, entry: Decimal | float, stop: Decimal | float) -> None:
        """Draft an entry at one price with its stop at the other: a stop below buys, one above sells."""
        at, exit_at = self.rounded(entry), self.rounded(stop)
        if at != exit_at:
            self._said_if(self.draft.bracket(at, exit_at, self.quote))

    def end_bracket(self, *, keep: bool) -> None:
        """The bracket is drawn; without ``keep`` the draft becomes what it was before."""
        if keep:
            self.draft.keep()
        else:
            self.draft.put_back()
        self.flush()

    def _said_if(self, sentence: str) -> None:
        if sentence:
            self.said.emit(sentence)
        self.flush()

    # ---- loading --------------------------------------------------------------------------------------------------

    def _restart(self) -> None:
        """Begin anew for another symbol or bar length."""
        self.series = BarSeries(self.length.seconds)
        self._tape = None
        self._moves.forget()
        self._fills_of = None
        self.draft.keep()
        self._measure_risk()
        self.message = ""
        self._load()
        self._coalescer.mark()

    def _load(self) -> None:
        self._ticket += 1
        self._loaded = False
        if self._active and self.symbol:
            if not self.series.bars:
                self.message = f"Loading {self.length.words} bars of {self.symbol}..."
            self._supervisor.start(self._fetch(self._ticket, self.symbol), f"bars of {self.symbol}")

    async def _fetch(self, ticket: int, symbol: str) -> None:
        try:
            bars = await self._source(symbol, self.length.seconds, HISTORY_BARS)
        except LegendError as error:
            if ticket == self._ticket:
                self.message = f"{error.sentence} New bars are drawn as trades come."
                self._coalescer.mark()
            return
        if ticket != self._ticket:
            return
        self._loaded = True
        self.series.load(bars)
        self._tape = None
        self._fills_of = None
        self.message = "" if bars else f"There are no {self.length.words} bars of {symbol} yet."
        self._coalescer.mark()

    # ---- events ---------------------------------------------------------------------------------------------------

    def _on_quote(self, quote: Quote) -> None:
        if quote.symbol != self._focus.symbol or not self._active:
            return
        if quote.last is not None:
            self._count(quote, quote.last)
        self._coalescer.mark()

    def _count(self, quote: Quote, last: Decimal) -> None:
        """Take the trade that the quote tells of, if there was one since the quote before."""
        before, self._tape = self._tape, (last, quote.volume)
        if before is None:
            shares = ZERO
            if self.series.last is None and not self._loaded:
                shares = quote.last_size or ZERO
        elif quote.volume is not None and before[1] is not None:
            shares = quote.volume - before[1]
            if shares <= 0 and last == before[0]:
                return
        elif last == before[0]:
            return
        else:
            shares = quote.last_size or ZERO
        self.series.trade(quote.timestamp, float(last), float(max(ZERO, shares)))

    def _on_focus(self, _symbol: str) -> None:
        self._restart()

    def _on_order(self, event: OrderChanged) -> None:
        self._history.take(event.order)
        if event.order.symbol == self.symbol:
            self._fills_of = None
            self._measure_risk()
            self._coalescer.mark()

    def _on_positions(self, event: PositionsChanged) -> None:
        self._positions = {row.symbol: row for row in event.positions if row.quantity}
        self._measure_risk()
        self._coalescer.mark()

    def _on_connection(self, event: ConnectionChanged) -> None:
        connected = event.state is ConnectionState.CONNECTED
        back = connected and not self._connected
        self._connected = connected
        if self._active and connected and (back or not self._loaded):
            self._load()

    def _measure_risk(self) -> None:
        position = self._positions.get(self.symbol)
        risk = None if position is None else self._history.initial_risk(position)
        self._risk_per_share = None if risk is None else risk.per_share

    # ---- building -------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Look at the age of the price again; call about once a second."""
        if self._active and self._head(self._clock.now()) != self.head:
            self._coalescer.mark()

    def flush(self) -> None:
        """Build headline, lines and fills from what is known now, and say so."""
        self._coalescer.settle()
        self.head = self._head(self._clock.now())
        self._build_lines()
        stamp = (id(self.series), self.series.revision)
        if self._fills_of != stamp:
            self._fills_of = stamp
            self.fills = tuple(fill_marks(self._history.orders_of(self.symbol), self.series))
        self.changed.emit()

    def _head(self, now: datetime) -> ChartHead:
        quote = self.quote
        if quote is None:
            return ChartHead(self.symbol)
        last = quote.last if quote.last is not None else quote.mid
        close = quote.previous_close
        change = last - close if last is not None and close else None
        percent = change / close * HUNDRED if change is not None and close else None
        age = quote.age(now)
        stale = int(age.total_seconds()) if age > STALE_AFTER else None
        return ChartHead(self.symbol, last, change, percent, stale, quote.halted)

    def _build_lines(self) -> None:
        own: list[ChartLine] = []
        if self.orders_shown:
            position = self._positions.get(self.symbol)
            orders = [row for row in self._history.orders_of(self.symbol) if row.is_open]
            own = order_lines(orders, position, self._moves.move_now)
            mark = position_line(position, self._mark(), self._risk_per_share)
            if mark is not None:
                own.append(mark)
        self.lines = (*draft_lines(self.draft.read(self.symbol), crowded=bool(own)), *own)

    def _mark(self) -> Decimal | None:
        quote = self.quote
        if quote is None or self.head.age_seconds is not None:
            return None
        return quote.mid if quote.mid is not None else quote.last
