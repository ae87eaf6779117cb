"""The words of the Journal panel: one trade as lines, its leakage as parts, tags as rows, sentences for pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.formatting import (
    MISSING,
    THIN_NBSP,
    format_count,
    format_date,
    format_duration_ms,
    format_exchange_time,
    format_money,
    format_number,
    format_price,
    format_r,
    format_shares,
)
from legend_desktop.domain.quotes import Bar
from legend_desktop.domain.session import trading_day
from legend_desktop.domain.trade_journal import DayResult, EquityCurve, JournalTrade
from legend_desktop.services.trade_detail import TradeDetail
from legend_desktop.services.trade_import import PREFIX
from legend_desktop.services.trade_journal import OWN, TagFigures

NEEDED_FOR_INTERVAL = 5
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip


@dataclass(frozen=True, slots=True)
class FactLine:
    """A label with a value; ``result`` colours it by its sign. Without a value ``reason`` says why."""

    key: str
    label: str
    value: str
    note: str = ""
    result: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LeakagePart:
    """A step from the planned to the realised R. ``total`` steps stand for themselves, others take away or add."""

    label: str
    r: float
    words: str
    total: bool = False
    tip: str = ""


@dataclass(frozen=True, slots=True)
class DrawnFill:
    """A fill on the picture of a trade."""

    at: datetime
    price: float
    buys: bool


@dataclass(frozen=True, slots=True)
class DrawnLevel:
    """A price with a line of its own: ``entry`` and ``exit`` averages, planned ``stop`` and ``target``."""

    name: str
    price: float
    words: str


@dataclass(frozen=True, slots=True)
class TradeDrawing:
    """The picture of a trade, fills oldest first; the first levels keep their words where there is no room for all."""

    fills: tuple[DrawnFill, ...]
    levels: tuple[DrawnLevel, ...]
    bars: tuple[Bar, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag (empty: trades without one) with its figures in words and raw."""

    tag: str
    trades: int
    n: int
    won: str
    won_share: float
    expectancy: float | None
    interval: str
    low: float | None
    high: float | None
    firm: bool
    money: Decimal

    @property
    def name(self) -> str:
        """What stands in the table."""
        return self.tag or "without a tag"


def part_words(part: str) -> str:
    """What a part of the journal is called."""
    return "This account" if part == OWN else f"Imported: {part.removeprefix(PREFIX)}"


def side_words(trade: JournalTrade) -> str:
    """Long or short."""
    return "Long" if trade.trip.side is OrderSide.BUY else "Short"


def heading(trade: JournalTrade) -> str:
    """``AAPL long 100``."""
    return f"{trade.trip.symbol} {side_words(trade).lower()} {format_shares(trade.trip.quantity)}"


def span_words(trade: JournalTrade) -> str:
    """``Mon 23 Nov 2026, 10:42:17 to 11:05:03``."""
    trip = trade.trip
    began = f"{format_date(trading_day(trip.opened_at))}, {format_exchange_time(trip.opened_at)}"
    if trip.closed_at is None:
        return f"{began}, still open"
    if trading_day(trip.closed_at) == trading_day(trip.opened_at):
        return f"{began} to {format_exchange_time(trip.closed_at)}"
    return f"{began} to {format_date(trading_day(trip.closed_at))}, {format_exchange_time(trip.closed_at)}"


def fact_lines(trade: JournalTrade) -> tuple[FactLine, ...]:
    """The facts of a trade, top to bottom."""
    trip, open_ = trade.trip, trade.trip.closed_at is None
    no_risk = "An entry had no planned stop, so there is no R."
    no_bars = "No one-minute bars of its time could be had."
    risk = trip.risk if trip.risk and trip.risk > 0 else None
    lines = [
        FactLine("result", "Result", format_money(trade.money, signed=True), "after fees", trade.money,
                 "It is still open." if open_ else ""),
        FactLine("r", "R", format_r(trade.r, unit=True), "" if risk is None else f"of {format_money(risk)} at risk",
                 trade.r, "It is still open." if open_ else no_risk),
        FactLine("entry", "Average entry", format_price(trip.entry_price, places=4)),
        FactLine("exit", "Average exit", format_price(trip.exit_price, places=4), reason="Nothing has left it yet."),
        FactLine("fees", "Fees", format_money(trip.fees), reason="The broker has not said them."),
        FactLine("held", "Held", _held(trip.opened_at, trip.closed_at), reason="It is still open."),
    ]  # fmt: skip
    for key, label, money in (("worst", "Worst on the way", trip.worst), ("best", "Best on the way", trip.best)):
        if money is None or risk is None:
            reason = "It is still open." if open_ else no_bars if money is None else ""
            lines.append(FactLine(key, label, format_money(money, signed=True), reason=reason))
        else:
            note = format_money(money, signed=True)
            lines.append(FactLine(key, label, format_r(money / risk, unit=True), note, money))
    return tuple(lines)


def _held(opened: datetime, closed: datetime | None) -> str:
    return MISSING if closed is None else format_duration_ms((closed - opened).total_seconds() * 1000)


def drawing_of(trade: JournalTrade, detail: TradeDetail) -> TradeDrawing:
    """What to draw of a trade."""
    trip, plan = trade.trip, detail.plan
    prices = [("entry", trip.entry_price), ("exit", trip.exit_price)]
    if plan is not None:
        prices += [("stop", plan.stop_loss_price), ("target", plan.take_profit_price)]
    told = [
        f"{'in' if fill.entry else 'out'} {format_shares(fill.shares)} at {format_price(fill.price)}, "
        f"{format_exchange_time(fill.at)}"
        for fill in detail.fills
    ]
    return TradeDrawing(
        tuple(DrawnFill(fill.at, float(fill.price), fill.side is OrderSide.BUY) for fill in detail.fills),
        tuple(DrawnLevel(name, float(price), format_price(price)) for name, price in prices if price is not None),
        detail.bars,
        f"Fills: {'; '.join(told)}." if told else "",
    )


def leakage_parts(detail: TradeDetail) -> tuple[LeakagePart, ...]:
    """From planned to realised R, or only what is known where there was no target; empty without any."""
    found = detail.leakage
    if found is None:
        return ()
    rows = (
        ("Rounding", found.rounding, "Whole shares instead of the exact size of the plan."),
        ("Entry slip", found.entry_slip, "The entry filled away from the planned price."),
        ("Early exit", found.early_exit, "The exit was decided before the target, or beyond it."),
        ("Exit slip", found.exit_slip, "The exit filled away from the price at which it was decided."),
        ("Fees", found.fees, "Commission and fees of both ways."),
    )
    parts = []
    if found.planned is not None:
        planned = float(found.planned / found.risk_budget)
        parts.append(LeakagePart("Planned", planned, format_r(planned), total=True, tip="R at the target."))
    for label, money, tip in rows:
        if money is not None:
            r = -float(money / found.risk_budget)
            parts.append(LeakagePart(label, r, format_r(r), tip=tip))
    realised = float(found.realised / found.risk_budget)
    tip = "R on the budget of the plan; the R above counts the risk that the fills really began with."
    parts.append(LeakagePart("Realised", realised, format_r(realised), total=True, tip=tip))
    return tuple(parts)


def leakage_sentence(detail: TradeDetail) -> str:
    """The leakage in one sentence, or why there is none."""
    parts = leakage_parts(detail)
    if not parts:
        return detail.reason
    told = ", ".join(f"{part.label.lower()} {part.words}" for part in parts)
    return f"From planned to realised R: {told}."


def tag_row(figures: TagFigures) -> TagRow:
    """Figures of a tag as a row."""
    if figures.low is None or figures.high is None:
        interval = f"needs {NEEDED_FOR_INTERVAL}, has {figures.n}"
    else:
        interval = f"{format_r(figures.low)} to {format_r(figures.high)}"
    share = figures.won / figures.trades * 100 if figures.trades else 0.0
    return TagRow(
        figures.tag,
        trades=figures.trades,
        n=figures.n,
        won=f"{format_number(share, 0)}{THIN_NBSP}%" if figures.trades else MISSING,
        won_share=share,
        expectancy=figures.expectancy,
        interval=interval,
        low=figures.low,
        high=figures.high,
        firm=figures.firm,
        money=figures.money,
    )


def month_words(year: int, month: int) -> str:
    """``November 2026``."""
    return f"{_MONTHS[month - 1]} {year}"


def results_words(days: Sequence[DayResult]) -> str:
    """``+3.40 R, 12 trades, +$1,234.00`` of some days."""
    if not days:
        return "no closed trades"
    count = sum(day.trades for day in days)
    multiples = [day.r for day in days if day.r is not None]
    bare = sum(day.without_r for day in days)
    parts = [format_r(sum(multiples), unit=True)] if multiples else []
    parts.append(f"{format_count(count)} {'trade' if count == 1 else 'trades'}")
    if bare and multiples:
        parts.append(f"{format_count(bare)} without R")
    parts.append(format_money(sum(day.money for day in days), signed=True))
    return ", ".join(parts)


def day_sentence(day: date, result: DayResult | None) -> str:
    """A day of the calendar in words."""
    return f"{format_date(day)}: {results_words([result] if result is not None else [])}"


def curve_sentence(curve: EquityCurve, *, in_r: bool) -> str:
    """The equity curve in one sentence."""
    if not curve.points:
        return "Equity curve: no closed trades to add up."
    last = curve.points[-1]
    text = f"{format_count(len(curve.points))} trades brought {amount(last.total, in_r=in_r)}; "
    if not curve.deepest:
        text += "no fall below an earlier best."
    else:
        since = "the start" if curve.peak_at is None else format_date(trading_day(curve.peak_at))
        until = format_date(trading_day(curve.trough_at)) if curve.trough_at is not None else MISSING
        text += f"the deepest fall was {amount(curve.deepest, in_r=in_r)}, from {since} to {until}."
    if curve.left_out:
        text += f" {format_count(curve.left_out)} without {'R' if in_r else 'a result'} are left out."
    return text


def amount(value: Decimal | float, *, in_r: bool) -> str:
    """R or money, signed."""
    return format_r(value, unit=True) if in_r else format_money(value, signed=True)
