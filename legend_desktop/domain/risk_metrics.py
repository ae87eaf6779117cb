"""The risk of one trade by its entry and stop, for a position that is open or only thought of."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.errors import SizingError
from legend_desktop.domain.money import HUNDRED, ONE, ZERO, floor_to_step
from legend_desktop.domain.positions import Position
from legend_desktop.domain.sizing_models import SizingCode

DEFAULT_RISK_PERCENT = ONE


class RBasis(StrEnum):
    """Which price the R multiple was taken at."""

    POSITION = "position"
    PLANNED = "planned"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class RiskMetrics:
    """The figures of ``calculate_risk_metrics``; each can be read as an attribute or by its name in brackets.

    Money in account currency, percentages as percent numbers. ``r_basis`` says whether ``r_multiple`` is the open
    position's, the planned target's, or the market's distance from the entry; both are ``None`` without any price.
    """

    symbol: str
    direction: OrderSide
    entry_price: Decimal
    stop_loss: Decimal
    account_size: Decimal
    quantity: Decimal
    risk_per_share: Decimal
    risk_amount: Decimal
    risk_percent: Decimal
    position_value: Decimal
    percent_of_account: Decimal
    breakeven_price: Decimal
    r_multiple: Decimal | None = None
    r_basis: RBasis | None = None
    mark: Decimal | None = None
    distance_to_stop_percent: Decimal | None = None
    open_risk: Decimal | None = None

    def __getitem__(self, name: str) -> Any:
        """The figure called ``name``; raises ``KeyError`` for a name that is not one of ``keys``."""
        if name not in self.keys():
            raise KeyError(name)
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        """The names of the figures."""
        return iter(self.keys())

    def keys(self) -> tuple[str, ...]:
        """The names of the figures, so that ``dict(metrics)`` works."""
        return tuple(field.name for field in fields(self))


def calculate_risk_metrics(
    symbol: str,
    entry_price: Decimal,
    stop_loss: Decimal,
    account_size: Decimal,
    *,
    position: Position | None = None,
    current_price: Decimal | None = None,
    target_price: Decimal | None = None,
    fees_per_share: Decimal = ZERO,
    default_risk_percent: Decimal = DEFAULT_RISK_PERCENT,
) -> RiskMetrics:
    """Risk, R and distances of a trade from ``entry_price`` with a stop at ``stop_loss``.

    A stop below the entry means long, above it short. The quantity is that of ``position`` where one is open on that
    side, else what the default risk would buy. ``fees_per_share`` counts both ways. Raises ``SizingError`` where the
    stop equals the entry or a figure is not above zero.
    """
    _check(entry_price, stop_loss, account_size)
    side = OrderSide.BUY if stop_loss < entry_price else OrderSide.SELL
    risk = side.sign * (entry_price - stop_loss)
    is_open = position is not None and position.quantity != 0 and position.side is side
    if is_open and position is not None:
        quantity, mark = position.shares, position.mark if position.mark is not None else current_price
    else:
        quantity, mark = floor_to_step(account_size * default_risk_percent / HUNDRED / risk, ONE), current_price
    goal, basis = mark, RBasis.POSITION if is_open else RBasis.QUOTE
    if target_price is not None and not is_open:
        goal, basis = target_price, RBasis.PLANNED
    value = quantity * (mark if is_open and mark is not None else entry_price)
    amount = quantity * risk
    return RiskMetrics(
        symbol=symbol,
        direction=side,
        entry_price=entry_price,
        stop_loss=stop_loss,
        account_size=account_size,
        quantity=quantity,
        risk_per_share=risk,
        risk_amount=amount,
        risk_percent=amount / account_size * HUNDRED,
        position_value=value,
        percent_of_account=value / account_size * HUNDRED,
        breakeven_price=entry_price + side.sign * fees_per_share,
        r_multiple=None if goal is None else side.sign * (goal - entry_price) / risk,
        r_basis=None if goal is None else basis,
        mark=mark,
        distance_to_stop_percent=side.sign * (mark - stop_loss) / mark * HUNDRED if mark else None,
        open_risk=quantity * side.sign * (mark - stop_loss) if mark is not None else None,
    )


def _check(entry_price: Decimal, stop_loss: Decimal, account_size: Decimal) -> None:
    for name, value in (("entry price", entry_price), ("stop", stop_loss), ("account size", account_size)):
        if not value.is_finite() or value <= 0:
            raise SizingError(
                f"The {name} must be above zero.", advice="Type a number above zero.", code=SizingCode.INVALID_INPUT
            )
    if stop_loss == entry_price:
        raise SizingError(
            "The stop equals the entry, so the risk is nothing and the size would be endless.",
            advice="Move the stop by at least 2 ticks.",
            code=SizingCode.STOP_EQUALS_ENTRY,
            field="stop",
        )
