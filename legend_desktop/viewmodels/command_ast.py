"""What a typed command means, as values. Prices may still hang on the quote (``command_prices`` resolves them)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from legend_desktop.domain.enums import BrokerType, OrderSide, TimeInForce


class EntrySide(StrEnum):
    """The four words that begin an order."""

    BUY = "buy"
    SELL = "sell"
    SHORT = "short"
    COVER = "cover"

    @property
    def order_side(self) -> OrderSide:
        """What the order does."""
        return OrderSide.BUY if self in {EntrySide.BUY, EntrySide.COVER} else OrderSide.SELL


class Touch(StrEnum):
    """A side of the quote, or its middle."""

    BID = "bid"
    ASK = "ask"
    MID = "mid"


# --- prices -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fixed:
    """A price as typed."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Offset:
    """A signed distance from the entry (exits) or from the price a market order meets (entries).

    ``percent`` true: ``amount`` is per cent of that price, else price units.
    """

    amount: Decimal
    percent: bool = False


@dataclass(frozen=True, slots=True)
class AtTouch:
    """A side of the quote, with a signed distance in price units."""

    side: Touch
    offset: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class AtrDistance:
    """A distance of so many average true ranges, on the side where the exit belongs."""

    multiple: Decimal


@dataclass(frozen=True, slots=True)
class PercentDistance:
    """A distance of so many per cent of the entry, on the side where the exit belongs."""

    percent: Decimal


@dataclass(frozen=True, slots=True)
class RMultiple:
    """A target so many times as far from the entry as the stop is."""

    multiple: Decimal


Price = Fixed | Offset | AtTouch | AtrDistance | PercentDistance
Target = Price | RMultiple

# --- sizes ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RiskPercent:
    """Risk as per cent of the account."""

    percent: Decimal


@dataclass(frozen=True, slots=True)
class RiskCash:
    """Risk in money."""

    amount: Decimal


@dataclass(frozen=True, slots=True)
class Shares:
    """A number of shares."""

    count: Decimal


@dataclass(frozen=True, slots=True)
class OrderValue:
    """Money to spend, whatever the risk."""

    amount: Decimal


Size = RiskPercent | RiskCash | Shares | OrderValue


class TrailUnit(StrEnum):
    """In what a trailing distance is counted."""

    AMOUNT = ""
    PERCENT = "%"
    ATR = "atr"


@dataclass(frozen=True, slots=True)
class Trail:
    """How far a trailing stop stays behind."""

    value: Decimal
    unit: TrailUnit = TrailUnit.AMOUNT


# --- commands ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EntryCommand:
    """An order. At most one of limit with trigger, market and trail decides its kind."""

    side: EntrySide
    symbol: str
    size: Size | None = None
    limit: Price | None = None
    market: bool = False
    trigger: Price | None = None
    trail: Trail | None = None
    stop: Price | None = None
    target: Target | None = None
    time_in_force: TimeInForce | None = None
    broker: BrokerType | None = None
    extended_hours: bool = False


@dataclass(frozen=True, slots=True)
class CloseCommand:
    """Close a position: whole, a per cent of it, or so many shares."""

    symbol: str
    percent: Decimal | None = None
    shares: Decimal | None = None


class StopPlace(StrEnum):
    """Places of a stop that have a name."""

    ENTRY = "entry"
    COSTS = "costs"


@dataclass(frozen=True, slots=True)
class StopCommand:
    """Place, move or trail the stop of a position."""

    symbol: str
    place: Price | StopPlace | Trail


@dataclass(frozen=True, slots=True)
class TargetCommand:
    """Set or move the target of a position."""

    symbol: str
    price: Target


class CancelWhat(StrEnum):
    """Groups of working orders with a name."""

    ALL = "all"
    LAST = "last"
    BUYS = "buys"
    SELLS = "sells"


@dataclass(frozen=True, slots=True)
class CancelCommand:
    """Cancel working orders: a named group, or those of ``symbol``."""

    what: CancelWhat | None = None
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class FlattenCommand:
    """Cancel the exits, then close: one symbol, or everything where ``symbol`` is empty."""

    symbol: str = ""


@dataclass(frozen=True, slots=True)
class ShowCommand:
    """Load a symbol into the link group."""

    symbol: str


@dataclass(frozen=True, slots=True)
class ChartCommand:
    """Chart a symbol, with bars of ``bars`` (1m, 5m, 15m, 1h, 1d) or as they are."""

    symbol: str
    bars: str = ""


@dataclass(frozen=True, slots=True)
class WatchCommand:
    """Put a symbol on the watch list."""

    symbol: str


@dataclass(frozen=True, slots=True)
class TextCommand:
    """A word with free text behind it: ``note``, ``report``, ``help``."""

    word: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class WordCommand:
    """A word alone: ``lock``, ``ask``, ``arm``, ``rehearse``, ``theme``."""

    word: str


ManageCommand = CloseCommand | StopCommand | TargetCommand | CancelCommand | FlattenCommand
LookCommand = ShowCommand | ChartCommand | WatchCommand | TextCommand | WordCommand
Command = EntryCommand | ManageCommand | LookCommand
