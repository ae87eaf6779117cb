"""The start page: a first order that fits the market as it stands, brokers to connect, the legal notice.

The example is a line for the command line. Its prices are worked out from the newest quote and kept while they still
make a sensible trade, so the line can be read and typed; what it means is worked out anew at every tick.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.formatting import format_money, format_price, format_r, format_shares
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.money import HUNDRED, ceil_to_step, floor_to_step
from legend_desktop.domain.quotes import Quote
from legend_desktop.services.previews import OrderPreview, QuickEntryRequest
from legend_desktop.viewmodels.base import ViewModel
from legend_desktop.viewmodels.command_ast import EntryCommand
from legend_desktop.viewmodels.command_parser import parse_command
from legend_desktop.viewmodels.command_prices import Market, entry_request

LEGAL_VERSION = "1"
"""Version of the legal notice; a new one is shown again to those who accepted an older one."""

HEADLINE = "You are trading on the built-in simulator."
PROMISE = (
    "No account, no key and no network are needed. Prices are made up, fills are simulated, "
    "no order leaves this computer."
)
LEGAL_SHORT = (
    "Trading can lose more than you put in. Legend is a tool, not advice: it does not choose trades and cannot promise "
    "a fill, a price or a connection. You alone decide and answer for every order."
)
PREFERRED = "AAPL"
RISK_PERCENT = "0.25"
_STOP_AWAY = Decimal(1)  # per cent of the price, where the line is made
_STOP_KEPT = (Decimal("0.7"), Decimal("1.4"))  # per cent between which a made line is kept
_LEAST_R = Decimal("1.5")
_ROUND = Decimal("0.05")  # rounder than the tick, easier to read and type
_TD, _SCHWAB = "TD Ameritrade", "Charles Schwab"


class Previews(Protocol):
    """The part of ``LiveTradingService`` that says what an order would do."""

    def preview(self, request: QuickEntryRequest) -> OrderPreview:
        """What an entry would do; nothing is sent."""
        ...


class Quotes(Protocol):
    """The part of ``QuoteBoard`` that tells quotes."""

    @property
    def symbols(self) -> list[str]:
        """Symbols with a quote."""
        ...

    def latest(self, symbol: str) -> Quote | None:
        """The newest quote."""
        ...


@dataclass(frozen=True, slots=True)
class FirstOrder:
    """The example: the line to type and what it does now. ``line`` is empty while there is no quote to make it from.

    ``ready`` is false where something stops the order now; ``meaning`` then says what.
    """

    line: str = ""
    meaning: str = "The example stands here with the first quote."
    ready: bool = False


class StartViewModel(ViewModel):
    """State of the start page, and what is asked for on it.

    Signals: ``changed``; ``command_wanted`` with a line for the command line; ``connect_wanted`` with a broker's id,
    ``import_wanted`` for the ``.env`` file; ``legal_accepted``; ``closed``.
    """

    changed = Signal()
    command_wanted = Signal(str)
    connect_wanted = Signal(str)
    import_wanted = Signal()
    legal_accepted = Signal()
    closed = Signal()

    def __init__(
        self,
        trading: Previews,
        quotes: Quotes,
        *,
        instrument_of: Callable[[str], Instrument | None],
        accepted: str,
        save_accepted: Callable[[str], object],
        brokers: Sequence[tuple[str, str]] = (),
        missing_brokers: Sequence[str] = (),
        dotenv_found: bool = False,
        parent: QObject | None = None,
    ) -> None:
        """``accepted`` is the version of the legal notice that was accepted before, ``save_accepted`` keeps a new one.

        ``brokers`` are the ids and names of those that can be connected, ``missing_brokers`` the names of those that
        this version has not; ``dotenv_found`` says that a ``.env`` file lies in the working folder.
        """
        super().__init__(parent)
        self._trading = trading
        self._quotes = quotes
        self._instrument_of = instrument_of
        self._accepted = accepted
        self._save_accepted = save_accepted
        self._plan: tuple[str, Decimal, Decimal] | None = None
        self.brokers = tuple(brokers)
        self.missing_brokers = _merged(missing_brokers)
        self.dotenv_found = dotenv_found
        self.first_order = FirstOrder()
        self._watched = False

    @property
    def legal_open(self) -> bool:
        """True until the present version of the legal notice is accepted."""
        return self._accepted != LEGAL_VERSION

    def set_watched(self, watched: bool) -> None:
        """Say whether the page is on screen; the example is worked out only while it is."""
        self._watched = watched
        self.tick()

    def tick(self) -> None:
        """Look at the market again; called about once a second."""
        found = self._example() if self._watched else self.first_order
        if found != self.first_order:
            self.first_order = found
            self.changed.emit()

    def use_example(self) -> None:
        """Put the example into the command line, where it can be read before it is sent."""
        if self.first_order.line:
            self.command_wanted.emit(self.first_order.line)

    def connect_broker(self, broker: str) -> None:
        """Ask for the dialog that connects this broker."""
        self.connect_wanted.emit(broker)

    def import_dotenv(self) -> None:
        """Ask for the dialog that imports the file."""
        self.import_wanted.emit()

    def leave_dotenv(self) -> None:
        """The file is not wanted; it is not spoken of again on this page."""
        self.dotenv_found = False
        self.changed.emit()

    def accept_legal(self) -> None:
        """The person has read the notice."""
        if not self.legal_open:
            return
        self._accepted = LEGAL_VERSION
        self._save_accepted(LEGAL_VERSION)
        self.changed.emit()
        self.legal_accepted.emit()

    def close(self) -> None:
        """The person does not want to see the page now."""
        self.closed.emit()

    # --- the example ---------------------------------------------------------------------------------------------

    def _example(self) -> FirstOrder:
        quote = self._quote()
        if quote is None:
            self._plan = None
            return FirstOrder()
        instrument = self._instrument_of(quote.symbol) or Instrument(quote.symbol)
        line = self._line(quote, instrument)
        command = parse_command(line)
        assert isinstance(command, EntryCommand)
        try:
            preview = self._trading.preview(entry_request(command, Market(quote.symbol, quote, instrument)))
        except LegendError as error:
            return FirstOrder(line, f"Not now: {error.sentence}")
        if not preview.allowed:
            return FirstOrder(line, f"Not now: {preview.refusals[0].sentence}")
        return FirstOrder(line, _meaning(preview), ready=True)

    def _quote(self) -> Quote | None:
        """The quote of the preferred symbol, else of the first one that both sides are quoted for."""
        for symbol in (PREFERRED, *self._quotes.symbols):
            quote = self._quotes.latest(symbol)
            if quote is not None and quote.is_two_sided and not quote.is_crossed:
                return quote
        return None

    def _line(self, quote: Quote, instrument: Instrument) -> str:
        entry = quote.ask or Decimal(0)
        if self._plan is None or not _still_fits(self._plan, quote.symbol, entry):
            step = max(_ROUND, instrument.tick_at(entry)) if entry >= 5 else instrument.tick_at(entry)
            stop = max(floor_to_step(entry * (1 - _STOP_AWAY / HUNDRED), step), step)
            self._plan = (quote.symbol, stop, ceil_to_step(entry + 2 * (entry - stop), step))
        symbol, stop, target = self._plan
        prices = (format_price(row, instrument.tick_at(row)).replace(",", "") for row in (stop, target))
        return "buy {} {}% stop {} target {}".format(symbol, RISK_PERCENT, *prices)


def _still_fits(plan: tuple[str, Decimal, Decimal], symbol: str, entry: Decimal) -> bool:
    name, stop, target = plan
    if name != symbol:
        return False
    away = (entry - stop) / entry * HUNDRED
    return _STOP_KEPT[0] <= away <= _STOP_KEPT[1] and (target - entry) / (entry - stop) >= _LEAST_R


def _meaning(preview: OrderPreview) -> str:
    """``139 shares, $24,397.28. Lose $246.03 at the stop, make $511.52 at the target, 2.08 R.``"""
    parts = f"{format_shares(preview.quantity)} shares, {format_money(preview.value)}."
    sizing = preview.sizing
    if sizing is None or sizing.risk_amount is None:
        return parts
    parts += f" Lose {format_money(sizing.risk_amount)} at the stop"
    if sizing.reward_amount is not None:
        r_multiple = format_r(sizing.r_multiple, signed=False, unit=True)
        parts += f", make {format_money(sizing.reward_amount)} at the target, {r_multiple}"
    return f"{parts}."


def _merged(names: Sequence[str]) -> tuple[str, ...]:
    """One name for the two that hold the same accounts: TD Ameritrade's have moved to Schwab."""
    if _TD not in names or _SCHWAB not in names:
        return tuple(names)
    return tuple(f"{_TD} (Schwab)" if name == _TD else name for name in names if name != _SCHWAB)
