"""The figures of the Risk panel: meters against their limits, with the worst case while an order is unknown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from legend_desktop.domain.account import Account
from legend_desktop.domain.enums import TradingState
from legend_desktop.domain.events import ValueAtRiskChanged
from legend_desktop.domain.formatting import format_money, format_percent
from legend_desktop.domain.money import HUNDRED, ZERO
from legend_desktop.domain.portfolio import PortfolioSummary
from legend_desktop.domain.risk import GateLimits
from legend_desktop.viewmodels.worst_case import WorstCase


@dataclass(frozen=True, slots=True)
class MeterFigure:
    """One meter. ``amount`` is money and ``percent`` a percent number; ``fraction`` the used part of the limit.

    ``worst_percent``, ``worst_amount`` and ``worst_fraction`` count unknown orders as filled; ``None`` without any.
    ``note`` names the limit in money, ``label`` overrides the panel's own words.
    """

    amount: Decimal | None = None
    percent: Decimal | None = None
    fraction: float | None = None
    note: str = ""
    label: str = ""
    worst_amount: Decimal | None = None
    worst_percent: Decimal | None = None
    worst_fraction: float | None = None
    net_percent: Decimal | None = None
    ticks: tuple[float, ...] = (1.0,)


@dataclass(frozen=True, slots=True)
class RiskFigures:
    """Everything the panel shows; ``None`` where nobody knows a figure."""

    state: TradingState
    sentence: str
    day: MeterFigure
    heat: MeterFigure
    gross: MeterFigure
    largest: MeterFigure
    heat_if_filled: Decimal | None
    heat_if_filled_percent: Decimal | None
    sends_in_minute: int
    sends_limit: int
    hhi: Decimal | None
    effective_positions: Decimal | None
    shares: Decimal
    unprotected: tuple[str, ...]
    unsure: Decimal
    unknown_shares: Decimal
    checked: str
    counts_worst_case: bool
    value_at_risk: ValueAtRiskChanged | None = None


def day_meter(account: Account | None, limits: GateLimits) -> MeterFigure:
    """The day's result against the reduce and halt limits; only a loss fills the bar."""
    if account is None or account.day_pl is None or not account.start_of_day_equity:
        return MeterFigure(note="the equity of the last close is not known")
    start = account.start_of_day_equity
    reduce_at = start * limits.reduce_loss_percent / HUNDRED
    halt_at = start * limits.halt_loss_percent / HUNDRED
    return MeterFigure(
        amount=account.day_pl,
        percent=account.day_pl / start * HUNDRED,
        fraction=float(max(ZERO, -account.day_pl) / halt_at),
        note=f"reduce only at {format_money(-reduce_at, cents=False)}, halt at {format_money(-halt_at, cents=False)}",
        ticks=(float(limits.reduce_loss_percent / limits.halt_loss_percent), 1.0),
    )


def heat_meter(summary: PortfolioSummary | None, limits: GateLimits, unknown: Sequence[WorstCase]) -> MeterFigure:
    """Money lost if every sure stop fills; an unknown order without a stop counts whole."""
    if summary is None:
        return MeterFigure()
    equity, limit = summary.total_equity, limits.heat_limit_percent
    note = f"limit {format_percent(limit)} = {format_money(equity * limit / HUNDRED, cents=False)}"
    figure = MeterFigure(summary.heat, summary.heat_percent, _part(summary.heat_percent, limit), note)
    if not unknown:
        return figure
    worst = summary.heat + sum((case.value if case.loss is None else case.loss for case in unknown), ZERO)
    percent = percent_of(worst, equity)
    fraction = _part(percent, limit)
    return replace(figure, label="Heat", worst_amount=worst, worst_percent=percent, worst_fraction=fraction)


def gross_meter(summary: PortfolioSummary | None, limits: GateLimits, unknown: Sequence[WorstCase]) -> MeterFigure:
    """Absolute value of all positions in per cent of equity, the net beside it."""
    if summary is None:
        return MeterFigure()
    limit, used = limits.gross_limit_percent, summary.gross_exposure_percent
    figure = MeterFigure(
        summary.gross_exposure,
        used,
        _part(used, limit),
        f"limit {format_percent(limit, trim=True)}",
        net_percent=summary.net_exposure_percent,
    )
    if not unknown:
        return figure
    worst = summary.gross_exposure + sum((case.value for case in unknown), ZERO)
    percent = percent_of(worst, summary.total_equity)
    return replace(figure, worst_amount=worst, worst_percent=percent, worst_fraction=_part(percent, limit))


def largest_meter(summary: PortfolioSummary | None, limits: GateLimits) -> MeterFigure:
    """The largest position in per cent of equity."""
    limit = limits.max_position_percent
    note = "no limit" if limit is None else f"limit {format_percent(limit, trim=True)}"
    ticks: tuple[float, ...] = () if limit is None else (1.0,)
    if summary is None or summary.largest_symbol is None:
        return MeterFigure(note=note, ticks=ticks)
    used = summary.largest_percent
    label = f"Largest position, {summary.largest_symbol}"
    return MeterFigure(percent=used, fraction=_part(used, limit), note=note, ticks=ticks, label=label)


def _part(used: Decimal | None, limit: Decimal | None) -> float | None:
    return None if used is None or not limit else float(used / limit)


def percent_of(money: Decimal, equity: Decimal) -> Decimal | None:
    """``money`` in per cent of ``equity``; ``None`` where there is no equity."""
    return money / equity * HUNDRED if equity > 0 else None
