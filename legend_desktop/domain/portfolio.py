"""The portfolio as a whole: value, profit and loss, exposure, concentration, heat.

Equity, cash and buying power are the broker's figures and never worked out here; they are only compared with the sum
of cash and positions. Heat adds the money to the stops position by position, so that the locked profit of one never
hides the risk of another; shares without a working stop are listed, never counted as no risk.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from legend_desktop.domain.account import Account
from legend_desktop.domain.money import HUNDRED, ZERO
from legend_desktop.domain.position_risk import PositionRisk
from legend_desktop.domain.positions import Position
from legend_desktop.domain.quotes import Quote

MOST_LISTED = 5
EQUITY_TOLERANCE_PERCENT = Decimal("0.5")
_FRESH = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Performer:
    """One position among the best or the worst of the portfolio."""

    symbol: str
    unrealized_pl: Decimal
    unrealized_pl_percent: Decimal


@dataclass(frozen=True, slots=True)
class Unprotected:
    """Shares of one position without a sure stop; ``value`` is positive, ``percent`` of equity."""

    symbol: str
    shares: Decimal
    value: Decimal
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class PortfolioSummary:
    """Everything the Account, Positions and Risk panels say about the portfolio. Per cent of equity unless said
    otherwise.

    ``total_unrealized_pl_percent`` is of the entry value of all positions. ``heat`` is counted from the marks,
    ``heat_from_entry`` from the entry prices, ``locked_profit`` is what stops beyond their entries secure. ``hhi`` is
    the sum of squared shares of absolute value (1 = everything in one symbol). Beta figures are ``None`` where a beta
    is missing. ``equity_gap_percent`` is how far cash plus positions is from the broker's equity, ``None`` within the
    tolerance. ``stale`` and ``unpriced`` name symbols whose mark is old or missing; the latter are left out of every
    sum.
    """

    total_equity: Decimal
    portfolio_value: Decimal
    cash: Decimal
    buying_power: Decimal
    positions_value: Decimal
    total_unrealized_pl: Decimal
    total_unrealized_pl_percent: Decimal
    total_positions: int
    long_positions: int
    short_positions: int
    top_gainers: tuple[Performer, ...]
    top_losers: tuple[Performer, ...]
    long_value: Decimal
    short_value: Decimal
    gross_exposure: Decimal
    gross_exposure_percent: Decimal | None
    net_exposure_percent: Decimal | None
    beta_weighted: Decimal | None
    beta_weighted_percent: Decimal | None
    index_shares: Decimal | None
    hhi: Decimal | None
    effective_positions: Decimal | None
    largest_symbol: str | None
    largest_weight_percent: Decimal | None
    largest_percent: Decimal | None
    heat: Decimal
    heat_percent: Decimal | None
    heat_from_entry: Decimal
    heat_from_entry_percent: Decimal | None
    locked_profit: Decimal
    unprotected: tuple[Unprotected, ...]
    equity_gap_percent: Decimal | None = None
    stale: tuple[str, ...] = ()
    unpriced: tuple[str, ...] = ()


def mark_of(
    broker_price: Decimal | None, quote: Quote | None, now: datetime, fresh: timedelta = _FRESH
) -> tuple[Decimal | None, bool]:
    """The price a position is valued at and whether it is old: the broker's, else a fresh mid, else the last trade."""
    if broker_price is not None and broker_price > 0:
        return broker_price, False
    if quote is None:
        return None, False
    if quote.mid is not None and quote.age(now) <= fresh:
        return quote.mid, False
    return (quote.last, True) if quote.last is not None else (quote.mid, True)


def summarize_portfolio(
    account: Account,
    positions: Iterable[Position],
    risks: Mapping[str, PositionRisk] | None = None,
    *,
    betas: Mapping[str, Decimal] | None = None,
    index_price: Decimal | None = None,
) -> PortfolioSummary:
    """The summary of ``positions`` in ``account``.

    ``risks`` maps symbols to their risk rows; a position without one counts as unprotected. ``betas`` are against the
    index whose price is ``index_price``.
    """
    held = [position for position in positions if position.quantity != 0]
    priced = [position for position in held if position.market_value is not None]
    values = {position.symbol: position.market_value or ZERO for position in priced}
    equity, exposure = account.equity, _exposure(values)
    profit, profit_percent = _profit(priced)
    weighted, heat = _beta_weighted(values, betas), _heat(held, risks or {})
    return PortfolioSummary(
        total_equity=equity,
        portfolio_value=account.portfolio_value,
        cash=account.cash,
        buying_power=account.buying_power,
        positions_value=exposure.net,
        total_unrealized_pl=profit,
        total_unrealized_pl_percent=profit_percent,
        total_positions=len(held),
        long_positions=sum(position.quantity > 0 for position in held),
        short_positions=sum(position.quantity < 0 for position in held),
        top_gainers=_performers(priced, gainers=True),
        top_losers=_performers(priced, gainers=False),
        long_value=exposure.long_value,
        short_value=exposure.short_value,
        gross_exposure=exposure.gross,
        gross_exposure_percent=_percent(exposure.gross, equity),
        net_exposure_percent=_percent(exposure.net, equity),
        beta_weighted=weighted,
        beta_weighted_percent=_percent(weighted, equity),
        index_shares=None if weighted is None or not index_price else weighted / index_price,
        hhi=exposure.hhi,
        effective_positions=None if exposure.hhi is None else 1 / exposure.hhi,
        largest_symbol=exposure.largest,
        largest_weight_percent=exposure.largest_weight,
        largest_percent=None if exposure.largest is None else _percent(abs(values[exposure.largest]), equity),
        heat=heat.from_mark,
        heat_percent=_percent(heat.from_mark, equity),
        heat_from_entry=heat.from_entry,
        heat_from_entry_percent=_percent(heat.from_entry, equity),
        locked_profit=heat.locked,
        unprotected=_unprotected(held, risks or {}, equity),
        equity_gap_percent=_equity_gap(account, exposure.net) if len(priced) == len(held) else None,
        stale=tuple(position.symbol for position in priced if position.mark_stale),
        unpriced=tuple(position.symbol for position in held if position.market_value is None),
    )


def _profit(priced: list[Position]) -> tuple[Decimal, Decimal]:
    """Open profit in money and in per cent of what the positions cost."""
    profit = sum((position.unrealized_pl or ZERO for position in priced), ZERO)
    basis = sum((abs(position.cost_basis) for position in priced), ZERO)
    return profit, profit / basis * HUNDRED if basis else ZERO


@dataclass(frozen=True, slots=True)
class _Exposure:
    long_value: Decimal
    short_value: Decimal
    gross: Decimal
    net: Decimal
    hhi: Decimal | None
    largest: str | None
    largest_weight: Decimal | None


def _exposure(values: Mapping[str, Decimal]) -> _Exposure:
    """Sums and concentration of signed market values."""
    long_value = sum((value for value in values.values() if value > 0), ZERO)
    short_value = sum((value for value in values.values() if value < 0), ZERO)
    gross = long_value - short_value
    weights = {symbol: abs(value) / gross for symbol, value in values.items()} if gross else {}
    largest = max(weights, key=lambda symbol: weights[symbol], default=None)
    return _Exposure(
        long_value=long_value,
        short_value=short_value,
        gross=gross,
        net=long_value + short_value,
        hhi=sum((weight * weight for weight in weights.values()), ZERO) if weights else None,
        largest=largest,
        largest_weight=None if largest is None else weights[largest] * HUNDRED,
    )


@dataclass(frozen=True, slots=True)
class _Heat:
    from_mark: Decimal
    from_entry: Decimal
    locked: Decimal


def _heat(held: list[Position], risks: Mapping[str, PositionRisk]) -> _Heat:
    rows = [risks[position.symbol] for position in held if position.symbol in risks]
    from_mark = [row.open_risk for row in rows if row.open_risk is not None]
    from_entry = [row.entry_risk for row in rows if row.entry_risk is not None]
    return _Heat(
        sum((max(ZERO, risk) for risk in from_mark), ZERO),
        sum((max(ZERO, risk) for risk in from_entry), ZERO),
        sum((max(ZERO, -risk) for risk in from_entry), ZERO),
    )


def _unprotected(held: list[Position], risks: Mapping[str, PositionRisk], equity: Decimal) -> tuple[Unprotected, ...]:
    found: list[Unprotected] = []
    for position in held:
        risk = risks.get(position.symbol)
        bare = position.shares if risk is None else risk.unprotected_quantity
        if bare <= 0:
            continue
        price = position.avg_entry_price if position.mark is None else position.mark
        found.append(Unprotected(position.symbol, bare, bare * price, _percent(bare * price, equity)))
    return tuple(sorted(found, key=lambda row: (-row.value, row.symbol)))


def _performers(priced: list[Position], *, gainers: bool) -> tuple[Performer, ...]:
    rows = [
        Performer(position.symbol, position.unrealized_pl, position.unrealized_pl_percent)
        for position in priced
        if position.unrealized_pl is not None and position.unrealized_pl_percent is not None
    ]
    chosen = [row for row in rows if (row.unrealized_pl_percent > 0 if gainers else row.unrealized_pl_percent < 0)]
    return tuple(sorted(chosen, key=_rank)[:MOST_LISTED])


def _rank(row: Performer) -> tuple[Decimal, Decimal, str]:
    """Largest move first; ties by money, then symbol."""
    return -abs(row.unrealized_pl_percent), -abs(row.unrealized_pl), row.symbol


def _beta_weighted(values: Mapping[str, Decimal], betas: Mapping[str, Decimal] | None) -> Decimal | None:
    if betas is None or any(symbol not in betas for symbol in values):
        return None
    return sum((betas[symbol] * value for symbol, value in values.items()), ZERO)


def _equity_gap(account: Account, positions_value: Decimal) -> Decimal | None:
    if account.equity == 0:
        return None
    gap = (account.cash + positions_value - account.equity) / abs(account.equity) * HUNDRED
    return gap if abs(gap) > EQUITY_TOLERANCE_PERCENT else None


def _percent(money: Decimal | None, equity: Decimal) -> Decimal | None:
    return money / equity * HUNDRED if money is not None and equity > 0 else None
