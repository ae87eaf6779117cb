"""What services tell the rest of the program, as frozen values on the event bus."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from legend_desktop.domain.account import Account
from legend_desktop.domain.enums import BrokerType, ConnectionState, TradingState
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.order_state import OrderEvent
from legend_desktop.domain.orders import Order
from legend_desktop.domain.positions import Position
from legend_desktop.domain.records import RoundTripRecord
from legend_desktop.domain.trade_stats import TradeStats
from legend_desktop.domain.value_at_risk import ValueAtRisk


class NoticeLevel(StrEnum):
    """How much a notice asks of the person."""

    INFO = "info"
    GOOD = "good"
    WARNING = "warning"
    ERROR = "error"
    NEEDS_YOU = "needs_you"


@dataclass(frozen=True, slots=True)
class Notice:
    """One plain sentence for the Activity panel and the toasts; ``details`` is folded away."""

    at: datetime
    level: NoticeLevel
    source: str
    sentence: str
    details: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A cause for the yellow strip: first the fact, then the consequence.

    ``action`` is the action id of its button, with ``@SYMBOL`` behind it where it acts on one symbol. ``acknowledge``
    marks a cause that ends by nothing but a person's word that it was seen.

    ``active=False`` takes the alarm with the same ``key`` away.
    """

    key: str
    at: datetime
    fact: str = ""
    consequence: str = ""
    action: str = ""
    action_label: str = ""
    active: bool = True
    acknowledge: bool = False


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """An order has a new fold; ``event`` is what happened (``None`` after loading from the store)."""

    order: Order
    event: OrderEvent | None


@dataclass(frozen=True, slots=True)
class ExecutionReceived:
    """An execution was counted for the first time."""

    execution: Execution
    order: Order


@dataclass(frozen=True, slots=True)
class PositionsChanged:
    """The whole list of open positions, as of now."""

    positions: tuple[Position, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """A new snapshot of the account."""

    account: Account


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    """The line to a broker changed; ``latency_ms`` is the last answer time."""

    broker: BrokerType
    state: ConnectionState
    at: datetime
    reason: str = ""
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True)
class TradingStateChanged:
    """The desk may send more or less than before. ``entries_open`` is false while reconciling or locked."""

    state: TradingState
    entries_open: bool
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReconcileFinished:
    """A comparison with the broker ended; ``ok`` is false when it could not, ``differences`` are plain sentences."""

    at: datetime
    ok: bool
    orders_checked: int
    executions_added: int
    differences: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OrderMeasured:
    """The execution figures of an order were worked out anew."""

    client_order_id: str
    symbol: str


@dataclass(frozen=True, slots=True)
class KeyToWire:
    """One send was timed: key press to request bytes, in milliseconds."""

    client_order_id: str
    milliseconds: float
    at: datetime


@dataclass(frozen=True, slots=True)
class RoundTripsChanged:
    """The trades from flat to flat were worked out anew.

    ``closed`` are those that ended on ``day`` (in New York), oldest first. ``stats`` are of every closed trade whose
    initial risk is known, ``None`` without any; ``without_risk`` counts the others. ``realised`` is the profit of the
    day after fees from own fills, ``None`` where shares were closed whose entry nobody knows.
    """

    day: date
    closed: tuple[RoundTripRecord, ...]
    stats: TradeStats | None
    without_risk: int
    realised: Decimal | None


@dataclass(frozen=True, slots=True)
class ValueAtRiskChanged:
    """What the positions may lose in a day was worked out anew: ``figures``, or ``reason`` in a few words why not."""

    figures: ValueAtRisk | None
    reason: str = ""
