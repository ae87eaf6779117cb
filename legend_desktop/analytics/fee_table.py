"""Charges on US stocks as dated rows: a new rate is a new row, and the formula in ``fees`` never changes.

Estimates for display before a trade; what the broker reports is the truth. The consolidated-audit-trail charge is left
out: it changes several times a year and its present rate is not confirmed.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide

SEC = "sec"
TAF = "taf"
COMMISSION = "commission"


@dataclass(frozen=True, slots=True)
class FeeRate:
    """One charge from ``valid_from`` on, until a later row of the same charge, broker and plan takes over.

    ``side`` ``None`` means both sides; ``broker`` empty means everybody. ``per_million`` is of the traded value in
    dollars, ``per_share`` dollars a share, ``minimum`` and ``cap`` dollars an order, ``cap_fraction`` of the value.
    """

    charge: str
    valid_from: date
    side: OrderSide | None = None
    broker: str = ""
    plan: str = ""
    per_million: Decimal = Decimal(0)
    per_share: Decimal = Decimal(0)
    minimum: Decimal = Decimal(0)
    cap: Decimal | None = None
    cap_fraction: Decimal | None = None


_EVER = date(2024, 1, 1)
_SELL = OrderSide.SELL
_PERCENT = Decimal("0.01")


def _free(broker: str) -> FeeRate:
    return FeeRate(COMMISSION, _EVER, broker=broker)


FEE_TABLE: tuple[FeeRate, ...] = (
    FeeRate(SEC, date(2024, 5, 22), _SELL, per_million=Decimal("27.80")),
    FeeRate(SEC, date(2025, 5, 14), _SELL, per_million=Decimal(0)),
    FeeRate(SEC, date(2026, 4, 4), _SELL, per_million=Decimal("20.60")),
    FeeRate(TAF, _EVER, _SELL, per_share=Decimal("0.000166"), cap=Decimal("8.30")),
    FeeRate(TAF, date(2026, 1, 1), _SELL, per_share=Decimal("0.000195"), cap=Decimal("9.79")),
    _free("alpaca"),
    _free("schwab"),
    _free("td_ameritrade"),
    _free("tradestation"),
    _free("simulator"),
    FeeRate(
        COMMISSION,
        _EVER,
        broker="interactive_brokers",
        plan="fixed",
        per_share=Decimal("0.005"),
        minimum=Decimal("1.00"),
        cap_fraction=_PERCENT,
    ),
    FeeRate(
        COMMISSION,
        _EVER,
        broker="interactive_brokers",
        plan="tiered",
        per_share=Decimal("0.0035"),
        minimum=Decimal("0.35"),
        cap_fraction=_PERCENT,
    ),
)
"""Section 31 and trading-activity charges by date, and the brokers' public commission for online stock orders."""

DEFAULT_PLAN = {"interactive_brokers": "fixed"}
