"""The fixed words of the program: sides, order kinds, life states, modes.

Every enum is a ``StrEnum``: its value is the word that is stored and spoken by the SDK and the local API.
"""

from enum import StrEnum


class OrderSide(StrEnum):
    """What an order does to cash: a buy spends it, a sell brings it."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell."""
        return 1 if self is OrderSide.BUY else -1

    @property
    def opposite(self) -> "OrderSide":
        """The side that undoes this one."""
        return OrderSide.SELL if self is OrderSide.BUY else OrderSide.BUY


class OrderType(StrEnum):
    """How an order asks for its price. ``BRACKET`` names an entry with two exits at the public faces."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"
    BRACKET = "bracket"


class TimeInForce(StrEnum):
    """How long an order lives."""

    DAY = "day"
    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    OPG = "opg"
    CLS = "cls"


class OrderState(StrEnum):
    """Where an order is in its life (the command in flight stands beside it in ``Pending``)."""

    INTENT = "intent"
    DENIED = "denied"
    SENDING = "sending"
    QUESTION = "question"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    WORKING = "working"
    PARTIAL = "partial"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REPLACED = "replaced"
    ATTENTION = "attention"

    @property
    def is_terminal(self) -> bool:
        """True where no further fill is expected; a late one is still counted."""
        return self in _TERMINAL

    @property
    def is_live_at_broker(self) -> bool:
        """True where the broker is known to hold the order."""
        return self in _LIVE


_TERMINAL = frozenset(
    {
        OrderState.DENIED,
        OrderState.FILLED,
        OrderState.CANCELED,
        OrderState.EXPIRED,
        OrderState.REJECTED,
        OrderState.REPLACED,
    }
)
_LIVE = frozenset({OrderState.ACCEPTED, OrderState.WORKING, OrderState.PARTIAL})


class Pending(StrEnum):
    """The command that has left and is not yet answered."""

    NONE = "none"
    SUBMIT = "submit"
    CANCEL = "cancel"
    REPLACE = "replace"


class OrderRole(StrEnum):
    """Why an order exists inside a trade."""

    ENTRY = "entry"
    TARGET = "target"
    STOP = "stop"
    EXIT = "exit"


class Origin(StrEnum):
    """Who placed an order: this program, or somebody elsewhere on the same account."""

    APP = "app"
    EXTERNAL = "external"


class OrderSource(StrEnum):
    """Which face of the program an intent came from."""

    KEY = "key"
    TICKET = "ticket"
    COMMAND = "command"
    CHART = "chart"
    API = "api"
    SDK = "sdk"
    RISK = "risk"


class TradingMode(StrEnum):
    """Simulated money or real money. A profile has one mode for ever."""

    PAPER = "paper"
    LIVE = "live"


class TradingState(StrEnum):
    """What the desk may send now."""

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"


class BrokerType(StrEnum):
    """The brokers by the names that settings, SDK and API use."""

    ALPACA = "alpaca"
    TD_AMERITRADE = "td_ameritrade"
    SCHWAB = "schwab"
    INTERACTIVE_BROKERS = "interactive_brokers"
    TRADESTATION = "tradestation"
    SIMULATOR = "simulator"


class MatchingMethod(StrEnum):
    """Which open lot a closing fill uses up."""

    FIFO = "fifo"
    LIFO = "lifo"
    AVERAGE = "average"


class Liquidity(StrEnum):
    """Whether a fill added or took liquidity, where the broker says so."""

    ADD = "add"
    REMOVE = "remove"
    UNKNOWN = "unknown"


class ExecutionKind(StrEnum):
    """A fill, or a later word about an earlier fill."""

    FILL = "fill"
    BUST = "bust"
    CORRECTION = "correction"


class ConnectionState(StrEnum):
    """How the line to a broker stands."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    LOST = "lost"
    LOGIN_ENDED = "login_ended"
