"""What an order would do, worked out before anything is sent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide, OrderSource, OrderType, TimeInForce
from legend_desktop.domain.money import Number, optional_decimal
from legend_desktop.domain.orders import Order
from legend_desktop.domain.sizing_models import PositionSizing
from legend_desktop.domain.verdicts import Outcome, Verdict, worst


@dataclass(frozen=True, slots=True)
class QuickEntryRequest:
    """An entry in the words of a person; numbers may be given as float, int, text or Decimal.

    The size comes from ``quantity`` (shares), ``cash_risk`` (money lost at the stop), ``order_value`` (money spent) or
    ``risk_percent`` of ``account_size`` (the account's equity where it is left out), in this order. A stop and a target
    become the exits of a bracket. ``pressed_ns`` is the monotonic stamp of the key press.
    """

    symbol: str
    side: OrderSide
    stop_loss_price: Number | None = None
    target_price: Number | None = None
    account_size: Number | None = None
    risk_percent: Number | None = None
    order_type: OrderType = OrderType.MARKET
    limit_price: Number | None = None
    stop_price: Number | None = None
    quantity: Number | None = None
    cash_risk: Number | None = None
    order_value: Number | None = None
    trail_amount: Number | None = None
    trail_percent: Number | None = None
    time_in_force: TimeInForce = TimeInForce.DAY
    extended_hours: bool = False
    source: OrderSource = OrderSource.SDK
    label: str = ""
    pressed_ns: int | None = None

    def decimal(self, name: str) -> Decimal | None:
        """The field ``name`` as Decimal. Raises ``ValueError`` naming it."""
        value: Number | None = getattr(self, name)
        return optional_decimal(value, name.replace("_", " "))


@dataclass(frozen=True, slots=True)
class OrderPreview:
    """An order before it is sent: size, money, expected cost and every verdict of sizing and gate.

    ``expected_cost`` is an estimate in money, ``atr_gap_loss`` the loss when the stop fills one average true range
    beyond its price. ``quantity`` is ``None`` where no size could be worked out. ``reduce_only`` marks an order that
    can only take the open position down: it has no ``sizing`` and passes the gate as an exit.
    """

    symbol: str
    side: OrderSide
    order_type: OrderType
    quantity: Decimal | None
    entry_price: Decimal | None
    stop_loss_price: Decimal | None
    target_price: Decimal | None
    sizing: PositionSizing | None
    verdicts: tuple[Verdict, ...]
    sentence: str
    account_size: Decimal | None = None
    value: Decimal | None = None
    percent_of_account: Decimal | None = None
    expected_cost: Decimal | None = None
    expected_cost_bps: Decimal | None = None
    atr_gap_loss: Decimal | None = None
    atr_gap_r: Decimal | None = None
    reduce_only: bool = False

    @property
    def outcome(self) -> Outcome:
        """The severest verdict."""
        return worst(self.verdicts)

    @property
    def allowed(self) -> bool:
        """True where no check denies."""
        return self.outcome is not Outcome.DENY

    @property
    def needs_confirmation(self) -> bool:
        """True where a check asks for a second press."""
        return self.outcome is Outcome.CONFIRM

    @property
    def refusals(self) -> tuple[Verdict, ...]:
        """The verdicts that stop the order, severest first."""
        denied = tuple(row for row in self.verdicts if row.outcome is Outcome.DENY)
        return denied + tuple(row for row in self.verdicts if row.outcome is Outcome.CONFIRM)


@dataclass(frozen=True, slots=True)
class QuickEntryResult(Mapping[str, object]):
    """The answer of a quick entry, by attribute or by key (``result['order'].order_id``)."""

    order: Order
    risk_amount: Decimal | None
    symbol: str
    side: OrderSide
    entry_price: Decimal | None
    stop_loss_price: Decimal | None
    target_price: Decimal | None
    position_sizing: PositionSizing | None
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    exits: tuple[Order, ...] = ()

    def __getitem__(self, key: str) -> object:
        """The field called ``key``. Raises ``KeyError``."""
        if key not in set(self):
            raise KeyError(key)
        return getattr(self, key)

    def __iter__(self) -> Iterator[str]:
        """The names of the fields."""
        return (row.name for row in fields(self))

    def __len__(self) -> int:
        """The number of fields."""
        return len(fields(self))


@dataclass(frozen=True, slots=True)
class KillReport:
    """What a kill verb asked for and what was confirmed; ``residue`` lists what may still be open in sentences."""

    requested: int
    confirmed: int
    residue: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        left = " ".join(self.residue)
        return f"{self.confirmed} of {self.requested} confirmed. {left}".strip()
