"""The portfolio's history: equity by bar over a period, made from what the account earned."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tests.fakes.alpaca import hours
from tests.fakes.alpaca.records import malformed, unprocessable
from tests.fakes.alpaca.stamps import parse_stamp
from tests.fakes.alpaca.state import FakeState

STEPS = {"1Min": 60, "5Min": 300, "15Min": 900, "1H": 3600, "1D": 86400}
UNITS = {"D": 1, "W": 7, "M": 30, "A": 365}
MOST_BARS = 10_000


def _days(period: str) -> int:
    if not period[:-1].isdigit() or period[-1:] not in UNITS or int(period[:-1]) < 1:
        raise malformed("invalid period")
    return int(period[:-1]) * UNITS[period[-1]]


def _span(state: FakeState, query: Mapping[str, str]) -> tuple[datetime, datetime]:
    if sum(name in query for name in ("start", "end", "period")) > 2:
        raise unprocessable("only two of start, end and period may be given")
    end = parse_stamp(query["end"]) if "end" in query else state.now()
    if "start" in query:
        start = parse_stamp(query["start"])
        if "period" in query and "end" not in query:
            end = min(end, start + timedelta(days=_days(query["period"])))
        return start, end
    return end - timedelta(days=_days(query.get("period", "1M"))), end


def _starts(start: datetime, end: datetime, step: int, *, extended: bool) -> list[int]:
    """Left ends of the bars: one a trading day, or every step of its sessions."""
    rows: list[int] = []
    day = start.astimezone(hours.NEW_YORK).date()
    last = end.astimezone(hours.NEW_YORK).date()
    while day <= last and len(rows) < MOST_BARS:
        if hours.is_trading_day(day):
            first = hours.at_time(day, time(4) if extended else hours.OPEN)
            close = hours.at_time(day, time(20) if extended else hours.close_of(day))
            at = hours.at_time(day, time(0)) if step == 86400 else first
            while at < close:
                if start <= at <= end or (step == 86400 and at.date() >= start.astimezone(hours.NEW_YORK).date()):
                    rows.append(int(at.timestamp()))
                at += timedelta(seconds=step)
        day += timedelta(days=1)
    return rows


def portfolio_history(state: FakeState, query: Mapping[str, str]) -> dict[str, Any]:
    """Parallel arrays of numbers. Until today the account stood at the last close's equity."""
    start, end = _span(state, query)
    days = (end - start).days
    frame = query.get("timeframe") or ("1Min" if days < 7 else "15Min" if days < 30 else "1D")
    if frame not in STEPS:
        raise malformed("invalid timeframe")
    if frame != "1D" and days > 30:
        raise unprocessable("intraday timeframes reach 30 days back at most")
    rows = _starts(start, end, STEPS[frame], extended=query.get("intraday_reporting", "market_hours") != "market_hours")
    today = hours.at_time(state.now().astimezone(hours.NEW_YORK).date(), time(0)).timestamp()
    base, now = state.last_equity, state.equity
    equity = [now if at >= today else base for at in rows]
    gains = [value - base for value in equity]
    body: dict[str, Any] = {
        "timestamp": rows,
        "equity": [float(value) for value in equity],
        "profit_loss": [float(value) for value in gains],
        "profit_loss_pct": [float(round(gain / base, 6)) if base else None for gain in gains],
        "base_value": float(base),
        "base_value_asof": start.astimezone(hours.NEW_YORK).date().isoformat(),
        "timeframe": frame,
    }
    if query.get("cashflow_types", "NONE") != "NONE":
        body["cashflow"] = _cashflow(state, query["cashflow_types"], rows)
    return body


def _cashflow(state: FakeState, wanted: str, rows: list[int]) -> dict[str, list[float]]:
    names = {row["activity_type"] for row in state.other_activities}
    if wanted != "ALL":
        names &= set(wanted.split(","))
    flows: dict[str, list[float]] = {}
    for name in sorted(names):
        total = sum(Decimal(row["net_amount"]) for row in state.other_activities if row["activity_type"] == name)
        flows[name] = [0.0] * (len(rows) - 1) + [float(total)] if rows else []
    return flows
