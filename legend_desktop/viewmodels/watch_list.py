"""The watch list: newest quote of each chosen symbol, as rows that change as seldom as they can."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice

from PySide6.QtCore import QObject, QTimer, Signal

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.events import PositionsChanged
from legend_desktop.domain.feeds import feed_name, is_partial
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.money import HUNDRED
from legend_desktop.domain.quotes import Quote
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.viewmodels.coalescer import Coalescer

DEFAULT_SYMBOLS = (
    "AAPL", "AMD", "AMZN", "AVGO", "GOOGL", "IWM", "JPM", "KO", "META",
    "MSFT", "NFLX", "NVDA", "QQQ", "SPY", "TSLA", "UNH", "XOM",
)  # fmt: skip
STALE_AFTER = timedelta(seconds=3)
_LONGEST_SYMBOL = 12
APART_MS = 2
_UNSEEN_EACH_TIME = 12
_UNSEEN_MS = 100


@dataclass(frozen=True, slots=True)
class WatchRow:
    """One symbol of the list at ``place`` from the top. Prices in quote currency.

    ``change_percent`` is against the previous close. ``age_seconds`` is set only while the quote is stale.
    ``position`` is signed shares, ``None`` when nothing is held.
    """

    symbol: str
    place: int = 0
    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    last_size: Decimal | None = None
    volume: Decimal | None = None
    change_percent: Decimal | None = None
    spread_bps: Decimal | None = None
    age_seconds: int | None = None
    halted: bool = False
    position: Decimal | None = None
    average_volume: Decimal | None = None
    atr: Decimal | None = None

    @property
    def stale(self) -> bool:
        """True where the prices were true earlier but may not be now."""
        return self.age_seconds is not None


def change_percent(quote: Quote) -> Decimal | None:
    """Last price (else the mid) against the previous close, in per cent; ``None`` with either missing."""
    price = quote.last if quote.last is not None else quote.mid
    if price is None or not quote.previous_close:
        return None
    return (price / quote.previous_close - 1) * HUNDRED


class WatchListViewModel(QObject):
    """Holds the chosen symbols in the person's order and their rows.

    Quotes are only noted as they come; rows are built when the list is flushed: those in view at once, the others a
    few at a time, so that a long list costs no more than what is seen of it. ``rows_changed(rows)`` brings new and
    changed rows, ``rows_removed(symbols)`` those that are gone, ``symbols_changed`` the whole tuple after adding,
    removing or arranging (to store it and to subscribe to quotes), ``refused`` a sentence about a symbol that cannot be
    added. ``symbol_chosen`` asks to load a symbol into the link group.
    """

    rows_changed = Signal(list)
    rows_removed = Signal(list)
    symbols_changed = Signal(tuple)
    refused = Signal(str)
    symbol_chosen = Signal(str)

    def __init__(
        self,
        quotes: QuoteBoard,
        bus: EventBus,
        clock: Clock,
        symbols: Iterable[str] = DEFAULT_SYMBOLS,
        *,
        instrument_of: Callable[[str], Instrument | None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._quotes = quotes
        self._clock = clock
        self._instrument_of = instrument_of
        self._positions: dict[str, Decimal] = {}
        self._symbols: list[str] = list(dict.fromkeys(symbols))
        self._rows = {symbol: replace(self._fresh(symbol), place=place) for place, symbol in enumerate(self._symbols)}
        self._dirty: dict[str, None] = {}
        self._in_view: frozenset[str] | None = None
        self._coalescer = Coalescer(self._flush_some, clock, self, apart_ms=APART_MS)
        self._unseen = QTimer(self)
        self._unseen.setSingleShot(True)
        self._unseen.setInterval(_UNSEEN_MS)
        self._unseen.timeout.connect(self._coalescer.mark)
        self._ends = (quotes.subscribe(self._on_quote), bus.subscribe(PositionsChanged, self._on_positions))

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols, as arranged."""
        return tuple(self._symbols)

    @property
    def feed_words(self) -> str:
        """What the quotes are not: ``simulated``, or ``IEX quotes`` of one exchange; empty for the whole market."""
        quotes = (self._quotes.latest(symbol) for symbol in self._symbols)
        feeds = {quote.source for quote in quotes if quote is not None}
        if "simulator" in feeds:
            return "simulated"
        names = " and ".join(feed_name(feed) for feed in sorted(feeds) if is_partial(feed))
        return f"{names} quotes" if names else ""

    def rows(self) -> list[WatchRow]:
        """All rows, as arranged."""
        return [self._rows[symbol] for symbol in self._symbols]

    def add(self, text: str, at: int | None = None) -> bool:
        """Put a symbol on the list (at the end unless ``at`` says where); false when it is not one or is there."""
        symbol = text.strip().upper()
        if not symbol or len(symbol) > _LONGEST_SYMBOL or not symbol.replace(".", "").replace("-", "").isalnum():
            self.refused.emit(f"“{text.strip()}” is not a symbol. Use letters and digits, such as AAPL or BRK.B.")
            return False
        if symbol in self._rows:
            self.refused.emit(f"{symbol} is on the list already.")
            return False
        index = len(self._symbols) if at is None else max(0, min(at, len(self._symbols)))
        self._symbols.insert(index, symbol)
        self._rows[symbol] = self._fresh(symbol)
        self._arranged()
        self.rows_changed.emit([self._rows[symbol]])
        return True

    def remove(self, symbol: str) -> None:
        """Take a symbol off the list; one that is not there is ignored."""
        if symbol not in self._rows:
            return
        self._symbols.remove(symbol)
        del self._rows[symbol]
        self._dirty.pop(symbol, None)
        self.rows_removed.emit([symbol])
        self._arranged()

    def move(self, source: int, target: int) -> None:
        """Put the row at ``source`` before the row that stands at ``target`` now."""
        if not 0 <= source < len(self._symbols) or target in {source, source + 1}:
            return
        symbol = self._symbols.pop(source)
        place = max(0, min(target - 1 if target > source else target, len(self._symbols)))
        self._symbols.insert(place, symbol)
        self._arranged()

    def set_in_view(self, symbols: Iterable[str]) -> None:
        """Say which rows are on screen; until this is called all of them count as seen."""
        self._in_view = frozenset(symbols)
        if not self._in_view.isdisjoint(self._dirty):
            self._coalescer.mark()

    def flush(self) -> None:
        """Build all rows that changed since the last time and say which."""
        self._coalescer.settle()
        self._unseen.stop()
        self._build(list(self._dirty))

    def _flush_some(self) -> None:
        """Build what is in view and a few of the others, those first that wait the longest."""
        seen = self._in_view
        if seen is None:
            self.flush()
            return
        wanted = [symbol for symbol in seen if symbol in self._dirty]
        wanted += islice((symbol for symbol in self._dirty if symbol not in seen), _UNSEEN_EACH_TIME)
        self._build(wanted)
        if self._dirty:
            self._unseen.start()

    def _build(self, symbols: Sequence[str]) -> None:
        now = self._clock.now()
        changed = []
        for symbol in symbols:
            del self._dirty[symbol]
            if self._rebuild(symbol, now):
                changed.append(self._rows[symbol])
        if changed:
            self.rows_changed.emit(changed)

    def tick(self) -> None:
        """Look at the ages again; call about once a second."""
        now = self._clock.now()
        for symbol, row in self._rows.items():
            if row.bid is not None or row.ask is not None or row.last is not None:
                quote = self._quotes.latest(symbol)
                if row.stale or (quote is not None and quote.age(now) > STALE_AFTER):
                    self._dirty[symbol] = None
        self.flush()

    def close(self) -> None:
        """Stop listening."""
        self._coalescer.close()
        self._unseen.stop()
        for end in self._ends:
            end()

    def _on_quote(self, quote: Quote) -> None:
        symbol = quote.symbol
        if symbol not in self._rows:
            return
        self._dirty[symbol] = None
        if self._in_view is None or symbol in self._in_view:
            self._coalescer.mark()
        elif not self._unseen.isActive():
            self._unseen.start()

    def _on_positions(self, event: PositionsChanged) -> None:
        held = {row.symbol: row.quantity for row in event.positions if row.quantity}
        either = (held.keys() | self._positions.keys()) & self._rows.keys()
        changed = {symbol for symbol in either if held.get(symbol) != self._positions.get(symbol)}
        self._positions = held
        if changed:
            self._dirty.update(dict.fromkeys(changed))
            self._coalescer.mark()

    def _arranged(self) -> None:
        """Give each row its place anew and tell everybody about the new list."""
        moved = []
        for place, symbol in enumerate(self._symbols):
            row = self._rows[symbol]
            if row.place != place:
                self._rows[symbol] = replace(row, place=place)
                moved.append(self._rows[symbol])
        if moved:
            self.rows_changed.emit(moved)
        self.symbols_changed.emit(self.symbols)

    def _fresh(self, symbol: str) -> WatchRow:
        instrument = None if self._instrument_of is None else self._instrument_of(symbol)
        row = WatchRow(symbol, position=self._positions.get(symbol))
        if instrument is not None:
            row = replace(row, average_volume=instrument.average_volume, atr=instrument.atr)
        quote = self._quotes.latest(symbol)
        return row if quote is None else self._from_quote(row, quote, self._clock.now(), row.position)

    def _rebuild(self, symbol: str, now: datetime) -> bool:
        old = self._rows.get(symbol)
        if old is None:
            return False
        quote = self._quotes.latest(symbol)
        held = self._positions.get(symbol)
        if quote is not None:
            new = self._from_quote(old, quote, now, held)
        else:
            new = replace(old, position=held)
        if new == old:
            return False
        self._rows[symbol] = new
        return True

    def _from_quote(self, old: WatchRow, quote: Quote, now: datetime, held: Decimal | None) -> WatchRow:
        age = quote.age(now)
        return WatchRow(
            symbol=old.symbol,
            place=old.place,
            bid=quote.bid,
            ask=quote.ask,
            last=quote.last,
            last_size=quote.last_size,
            volume=quote.volume,
            change_percent=change_percent(quote),
            spread_bps=quote.spread_bps,
            age_seconds=int(age.total_seconds()) if age > STALE_AFTER else None,
            halted=quote.halted,
            position=held,
            average_volume=old.average_volume,
            atr=old.atr,
        )
