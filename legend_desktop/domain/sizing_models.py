"""The values of position sizing: what is asked, which limits hold, what comes out.

Money in account currency, prices in quote currency per share, percentages as percent numbers (1 means one per cent).
"""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.money import CENT, ONE, ZERO
from legend_desktop.domain.verdicts import Outcome, Verdict

DEFAULT_ATR_MULTIPLE = Decimal(2)
DEFAULT_KELLY_FRACTION = Decimal("0.25")
DEFAULT_KELLY_CAP_PERCENT = ONE
MINIMUM_KELLY_TRADES = 50
DEFAULT_CONFIRM_PERCENT = Decimal(2)


class SizingModel(StrEnum):
    """How the number of shares is found before any cap."""

    FIXED_FRACTIONAL = "fixed_fractional"
    FIXED_CASH = "fixed_cash"
    PERCENT_OF_EQUITY = "percent_of_equity"
    VOLATILITY = "volatility"
    KELLY = "kelly"
    FIXED_QUANTITY = "fixed_quantity"


class SizeLimit(StrEnum):
    """What set the size: the model itself (``RISK``), the person (``TYPED``), or the cap that cut it."""

    RISK = "risk"
    BUYING_POWER = "buying_power"
    MAX_POSITION = "max_position"
    MAX_ORDER_VALUE = "max_order_value"
    ADV = "adv"
    HEAT = "heat"
    MAX_QUANTITY = "max_quantity"
    TYPED = "typed"

    @property
    def label(self) -> str:
        """The limit in words, as shown beside "Size set by"."""
        return _LIMIT_LABELS[self]


_LIMIT_LABELS = {
    SizeLimit.RISK: "risk",
    SizeLimit.BUYING_POWER: "buying power",
    SizeLimit.MAX_POSITION: "position limit",
    SizeLimit.MAX_ORDER_VALUE: "order value limit",
    SizeLimit.ADV: "daily volume limit",
    SizeLimit.HEAT: "heat limit",
    SizeLimit.MAX_QUANTITY: "share limit",
    SizeLimit.TYPED: "you",
}


class SizingCode(StrEnum):
    """The ``code`` of a ``SizingError`` and the ``check`` of a sizing notice (in lower case there)."""

    INVALID_INPUT = "INVALID_INPUT"
    STOP_EQUALS_ENTRY = "STOP_EQUALS_ENTRY"
    STOP_WRONG_SIDE = "STOP_WRONG_SIDE"
    STOP_TOO_TIGHT = "STOP_TOO_TIGHT"
    TARGET_WRONG_SIDE = "TARGET_WRONG_SIDE"
    ZERO_SIZE = "ZERO_SIZE"
    STALE_QUOTE = "STALE_QUOTE"
    NO_PRICE = "NO_PRICE"
    NOT_SHORTABLE = "NOT_SHORTABLE"
    FRACTIONAL_NOT_ALLOWED = "FRACTIONAL_NOT_ALLOWED"
    CAPPED = "CAPPED"
    HIGH_RISK = "HIGH_RISK"


@dataclass(frozen=True, slots=True)
class SizingCaps:
    """Upper limits on a size; ``None`` means that the limit is not set.

    ``buying_power`` is what is free after orders already sent; ``buying_power_slack`` per cent of it is kept back for
    market orders, whose price is not known. ``max_position_percent`` counts per cent of ``equity`` (the account size
    of the request where ``equity`` is ``None``) and leaves out ``held_value``, what the symbol already holds.
    ``max_percent_adv`` counts per cent of ``adv``, the average daily volume in shares. ``remaining_heat`` is the
    money that may still be put at risk to stops.
    """

    buying_power: Decimal | None = None
    buying_power_slack: Decimal = ONE
    max_position_percent: Decimal | None = None
    equity: Decimal | None = None
    held_value: Decimal = ZERO
    max_order_value: Decimal | None = None
    max_percent_adv: Decimal | None = None
    adv: Decimal | None = None
    remaining_heat: Decimal | None = None
    max_quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class KellyInputs:
    """Closed-trade figures for the Kelly model: ``win_rate`` as a fraction, ``payoff`` = mean win / mean loss in R."""

    win_rate: Decimal
    payoff: Decimal
    trades: int
    kelly_fraction: Decimal = DEFAULT_KELLY_FRACTION
    cap_percent: Decimal = DEFAULT_KELLY_CAP_PERCENT


@dataclass(frozen=True, slots=True)
class SizingRequest:
    """Everything a size follows from. ``side`` is the entry's side: a sell opens a short position.

    ``entry_price`` comes from ``sizing.entry_price_for``. By model: ``risk_percent`` (fixed fractional, volatility),
    ``cash_risk`` (fixed cash), ``equity_percent`` (percent of equity), ``atr`` and ``atr_multiple`` (volatility; the
    stop follows from them), ``kelly``. ``slippage_allowance`` is money a share on top of the stop distance,
    commissions are one way. ``suggested_stop`` is a stop that was good before, offered as a fix.
    """

    symbol: str
    side: OrderSide
    account_size: Decimal
    entry_price: Decimal
    stop_loss_price: Decimal | None = None
    target_price: Decimal | None = None
    order_type: OrderType = OrderType.MARKET
    model: SizingModel = SizingModel.FIXED_FRACTIONAL
    risk_percent: Decimal | None = None
    cash_risk: Decimal | None = None
    equity_percent: Decimal | None = None
    atr: Decimal | None = None
    atr_multiple: Decimal = DEFAULT_ATR_MULTIPLE
    kelly: KellyInputs | None = None
    slippage_allowance: Decimal = ZERO
    commission_per_share: Decimal = ZERO
    min_commission: Decimal = ZERO
    caps: SizingCaps = field(default_factory=SizingCaps)
    step: Decimal = ONE
    tick: Decimal = CENT
    spread: Decimal | None = None
    shortable: bool = True
    fractional_allowed: bool = False
    confirm_risk_percent: Decimal = DEFAULT_CONFIRM_PERCENT
    suggested_stop: Decimal | None = None
    broker_name: str = ""


@dataclass(frozen=True, slots=True)
class PositionSizing:
    """A size and what it means. Money positive; ``None`` where no stop or target is given.

    ``risk_amount`` is the planned loss at the stop, ``risk_amount_all_in`` the same with slippage and commissions
    both ways. ``risk_percent_actual`` is ``risk_amount`` in per cent of the account. ``uncapped_size`` is what the
    model alone gave, ``next_cap`` the nearest limit that did not bind, ``cap_sizes`` every limit with its size.
    ``atr_gap_loss`` is the loss when the stop fills one average true range beyond its price, ``atr_gap_r`` the same
    in R.
    """

    position_size: Decimal
    risk_amount: Decimal | None
    risk_amount_all_in: Decimal | None
    risk_percent_actual: Decimal | None
    risk_per_share: Decimal | None
    reward_per_share: Decimal | None
    reward_amount: Decimal | None
    r_multiple: Decimal | None
    position_value: Decimal
    percent_of_account: Decimal
    binding_cap: SizeLimit
    model: SizingModel
    entry_price: Decimal
    stop_loss_price: Decimal | None = None
    target_price: Decimal | None = None
    uncapped_size: Decimal = ZERO
    next_cap: SizeLimit | None = None
    next_cap_size: Decimal | None = None
    cap_sizes: tuple[tuple[SizeLimit, Decimal], ...] = ()
    notices: tuple[Verdict, ...] = ()
    atr_gap_loss: Decimal | None = None
    atr_gap_r: Decimal | None = None
    slippage_allowance: Decimal = ZERO

    @property
    def is_capped(self) -> bool:
        """True where a limit made the size smaller than the model asked for."""
        return self.position_size < self.uncapped_size

    @property
    def binding_label(self) -> str:
        """What set the size, in words."""
        return self.binding_cap.label

    @property
    def needs_confirmation(self) -> bool:
        """True where a notice asks for a second press."""
        return any(notice.outcome is Outcome.CONFIRM for notice in self.notices)
