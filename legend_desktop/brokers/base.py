"""The broker seam: what every adapter offers, in the words of DESIGN section 9.

Sending has three outcomes: a returned report is an acceptance, ``OrderRefused`` a definite refusal, and
``OutcomeUnknown`` everything else. Reads raise ``BrokerDown``, ``AuthExpired`` or ``RateLimited``.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from legend_desktop.brokers.capabilities import Capabilities
from legend_desktop.brokers.line_facts import LineFacts
from legend_desktop.domain.account import Account
from legend_desktop.domain.enums import (
    BrokerType,
    OrderRole,
    OrderSide,
    OrderState,
    OrderType,
    TimeInForce,
    TradingMode,
)
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.orders import Bracket, OrderIntent, OrderTerms
from legend_desktop.domain.positions import Position
from legend_desktop.domain.quotes import Bar, Quote

__all__ = [
    "BrokerAdapter",
    "BrokerType",
    "MarketClock",
    "OrderReport",
    "OrderSide",
    "OrderStreamEvent",
    "OrderStreamKind",
    "OrderType",
    "TimeInForce",
    "UnknownSymbol",
]


class UnknownSymbol(LegendError):
    """The broker has no such symbol; ``suggestion`` is a near one where there is any."""

    def __init__(self, message: str, *, suggestion: str = "") -> None:
        advice = f"Did you mean {suggestion}?" if suggestion else ""
        super().__init__(message, advice=advice, code="unknown_symbol")
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class OrderReport:
    """One order as the broker tells it. ``state`` is our word for its status, ``None`` where its word is not known.

    ``status_text`` keeps the broker's own word. ``client_order_id`` is empty where the broker has none. A leg names its
    ``parent_broker_order_id``. A successor names the order it ``replaces_broker_order_id``.
    """

    broker_order_id: str
    client_order_id: str
    terms: OrderTerms
    state: OrderState | None
    status_text: str
    filled_quantity: Decimal
    average_fill_price: Decimal | None
    entered_at: datetime
    updated_at: datetime
    role: OrderRole | None = None
    parent_broker_order_id: str | None = None
    oco_group: str | None = None
    replaces_broker_order_id: str | None = None
    replaced_by_broker_order_id: str | None = None
    working_stop_price: Decimal | None = None
    reason: str = ""
    raw: str = ""


class OrderStreamKind(StrEnum):
    """What a message on the order stream says; the report carries the rest."""

    STATUS = "status"
    EXECUTION = "execution"
    CANCEL_REFUSED = "cancel_refused"
    REPLACE_REFUSED = "replace_refused"
    TRIGGERED = "triggered"
    TRAILED = "trailed"


@dataclass(frozen=True, slots=True)
class OrderStreamEvent:
    """One message of the order stream: the order as it now is, with the execution where there was one."""

    kind: OrderStreamKind
    report: OrderReport
    at: datetime
    execution: Execution | None = None


@dataclass(frozen=True, slots=True)
class MarketClock:
    """The broker's word on time and session; times are aware UTC."""

    timestamp: datetime
    is_open: bool
    next_open: datetime | None = None
    next_close: datetime | None = None


@runtime_checkable
class OpensFirst(Protocol):
    """A stream that must be opened before it holds anything: what happens until then is for a snapshot to tell."""

    async def open(self) -> None:
        """Return once the stream is up. Raises why it cannot be opened; called again it returns at once."""


SentListener = Callable[[str, int], None]
"""Called with the client order id and a monotonic stamp in ns once the request bytes are handed to the wire."""


Closer = Callable[[], Awaitable[None]]


class BrokerAdapter(ABC):
    """One session with one account of one broker. Use as ``async with broker:``."""

    broker: BrokerType
    mode: TradingMode
    on_request_sent: SentListener | None = None
    _closers: tuple[Closer, ...] = ()

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What this broker can do."""

    @property
    @abstractmethod
    def account_id(self) -> str:
        """The account that this session trades; known after ``connect``."""

    @property
    def line(self) -> LineFacts:
        """What is known of the line now; nothing where there is no line."""
        return LineFacts()

    @abstractmethod
    async def connect(self) -> None:
        """Log in and check the account. Raises ``AuthExpired`` or ``BrokerDown``."""

    @abstractmethod
    async def disconnect(self) -> None:
        """End the session; streams stop, what rests at the broker stays."""

    async def __aenter__(self) -> Self:
        """Connect."""
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Run what asked to run first, newest first, then disconnect."""
        closers, self._closers = self._closers, ()
        for closer in reversed(closers):
            await closer()
        await self.disconnect()

    def before_disconnect(self, closer: Closer) -> None:
        """Await ``closer`` at the end of ``async with``, while the session still stands."""
        self._closers = (*self._closers, closer)

    @abstractmethod
    async def get_account(self) -> Account:
        """The account now."""

    @abstractmethod
    async def get_positions(self) -> list[Position]:
        """All open positions, read to the last page or not at all."""

    async def get_position(self, symbol: str) -> Position | None:
        """The position in ``symbol``, ``None`` when flat."""
        return next((row for row in await self.get_positions() if row.symbol == symbol.upper()), None)

    @abstractmethod
    async def get_orders(self, *, open_only: bool = False, since: datetime | None = None) -> list[OrderReport]:
        """Orders with their legs as own rows, oldest first, read to the last page or not at all."""

    @abstractmethod
    async def get_order(self, broker_order_id: str) -> OrderReport | None:
        """One order by the broker's id, ``None`` when the broker says there is none."""

    @abstractmethod
    async def find_order(self, client_order_id: str) -> OrderReport | None:
        """One order by our id, ``None`` when the broker says there is none. Raises ``NotSupported``."""

    @abstractmethod
    async def get_executions(self, since: datetime) -> list[Execution]:
        """Executions, busts and corrections since ``since``, oldest first."""

    @abstractmethod
    async def place_order(self, intent: OrderIntent) -> OrderReport:
        """Send one order, once. Raises ``OrderRefused`` or ``OutcomeUnknown``."""

    @abstractmethod
    async def place_bracket_order(self, bracket: Bracket) -> list[OrderReport]:
        """Send an entry with its exits; reports in the order of ``bracket.legs``. Raises as ``place_order``."""

    @abstractmethod
    async def place_oco_order(self, first: OrderIntent, second: OrderIntent) -> list[OrderReport]:
        """Send two exits that cancel each other. Raises as ``place_order`` or ``NotSupported``."""

    @abstractmethod
    async def replace_order(self, broker_order_id: str, successor: OrderIntent) -> OrderReport:
        """Change a working order to ``successor.terms``; the report is the order that now works.

        Raises ``OrderRefused`` (the original stands) or ``OutcomeUnknown``.
        """

    @abstractmethod
    async def cancel_order(self, broker_order_id: str) -> None:
        """Ask for a cancel; its confirmation comes by stream or poll. Raises ``OrderRefused`` when too late."""

    @abstractmethod
    async def cancel_all_orders(self) -> list[str]:
        """Ask to cancel every open order; returns the broker ids asked for."""

    @abstractmethod
    async def close_position(self, intent: OrderIntent) -> OrderReport:
        """Send a reduce-only market order built by the caller. Raises as ``place_order``."""

    async def get_current_price(self, symbol: str) -> Decimal | None:
        """The last trade, else the mid; ``None`` where nobody quotes."""
        quote = await self.get_quote(symbol)
        return quote.last if quote.last is not None else quote.mid

    @abstractmethod
    async def get_quote(self, symbol: str) -> Quote:
        """The newest quote. Raises ``UnknownSymbol``."""

    @abstractmethod
    async def get_bars(self, symbol: str, seconds: int, limit: int) -> list[Bar]:
        """The last ``limit`` bars of ``seconds`` each, oldest first. Raises ``UnknownSymbol`` and ``NotSupported``."""

    @abstractmethod
    async def get_clock(self) -> MarketClock:
        """The broker's time and whether the regular session is open."""

    @abstractmethod
    async def find_instrument(self, symbol: str) -> Instrument:
        """The instrument. Raises ``UnknownSymbol``."""

    @abstractmethod
    def stream_quotes(self, symbols: Sequence[str]) -> AsyncIterator[Quote]:
        """Quotes of ``symbols`` as they change. Ends or raises ``BrokerDown`` when the line breaks."""

    @abstractmethod
    def stream_order_events(self) -> AsyncIterator[OrderStreamEvent]:
        """Order events as they happen. Ends or raises ``BrokerDown`` when the line breaks."""
