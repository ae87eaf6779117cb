"""The account as the broker states it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from legend_desktop.domain.enums import BrokerType, TradingMode


@dataclass(frozen=True, slots=True)
class Account:
    """A snapshot of one account; money in account currency, figures the broker does not give are ``None``.

    ``buying_power`` is the broker's figure and never derived here. ``start_of_day_equity`` is equity at the last
    session's close, the base of day P&L and of the daily loss limit.
    """

    account_id: str
    broker: BrokerType
    mode: TradingMode
    cash: Decimal
    buying_power: Decimal
    equity: Decimal
    as_of: datetime
    unrealized_pl: Decimal | None = None
    realized_pl_today: Decimal | None = None
    long_value: Decimal | None = None
    short_value: Decimal | None = None
    start_of_day_equity: Decimal | None = None
    overnight_buying_power: Decimal | None = None
    margin_multiplier: Decimal | None = None
    pattern_day_trader: bool = False
    currency: str = "USD"

    @property
    def portfolio_value(self) -> Decimal:
        """The value of the whole account: the same figure as ``equity``."""
        return self.equity

    @property
    def day_pl(self) -> Decimal | None:
        """Equity now minus equity at the start of the day."""
        return None if self.start_of_day_equity is None else self.equity - self.start_of_day_equity

    @property
    def masked_id(self) -> str:
        """The account number as it may be shown: its last four characters."""
        return self.account_id if len(self.account_id) <= 4 else f"...{self.account_id[-4:]}"
