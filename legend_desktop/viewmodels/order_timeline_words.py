"""One order's time line in words and figures: title, cost, shortfall, score, mark-outs. Pure, may run in any thread."""

from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.domain.enums import TimeInForce, TradingMode
from legend_desktop.domain.formatting import (
    MISSING,
    format_bps,
    format_date,
    format_duration_ms,
    format_exchange_time,
    format_money,
    format_number,
    format_of,
    format_percent,
    format_price,
    format_score,
    format_shares,
)
from legend_desktop.domain.money import BASIS_POINTS, HUNDRED, ZERO
from legend_desktop.domain.session import NEW_YORK
from legend_desktop.services.execution_analytics import ExecutionMetrics
from legend_desktop.services.order_timeline import TimeLine
from legend_desktop.services.order_words import order_sentence
from legend_desktop.viewmodels.execution_quality_cards import reason_words
from legend_desktop.viewmodels.order_timeline_events import EventLine, event_lines
from legend_desktop.viewmodels.order_timeline_picture import (
    LatencyBar,
    TimePicture,
    format_mid,
    latency_of,
    picture_of,
)

_AFTER = {
    "50ms": ("50 ms", 0.05),
    "1s": ("1 s", 1.0),
    "15s": ("15 s", 15.0),
    "1m": ("1 min", 60.0),
    "5m": ("5 min", 300.0),
}
_LEFT = {"user": "cancelled by you", "oco": "cancelled, its pair filled", "broker": "cancelled by the broker"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A label with its value; a missing value is an em dash and ``note`` says why."""

    label: str
    value: str
    note: str = ""
    ink: str = "text.primary"
    weight: int = 400


@dataclass(frozen=True, slots=True)
class ShortfallPart:
    """One part of the shortfall, cost positive: ``size`` for its bar (``None`` = not known), money and basis points."""

    label: str
    size: float | None
    money: str
    bps: str
    total: bool = False


@dataclass(frozen=True, slots=True)
class MarkLine:
    """The mid a while after the fills, what the other side kept, and how the price moved; inks for the signs."""

    after: str
    mid: str
    realised: str
    impact: str
    realised_ink: str = "text.primary"


@dataclass(frozen=True, slots=True)
class ShownOrder:
    """Everything that the time line of one order shows."""

    client_order_id: str
    title: str
    facts: tuple[str, ...]
    paper: bool
    picture: TimePicture
    latency: LatencyBar
    events: tuple[EventLine, ...]
    figure: str
    figure_note: str
    against: str
    costs: tuple[Fact, ...]
    shortfall_of: str
    shortfall: tuple[ShortfallPart, ...]
    shortfall_reason: str
    score: tuple[Fact, ...]
    score_version: str
    marks: tuple[MarkLine, ...]
    marks_note: str


def describe_order(line: TimeLine, broker: str) -> ShownOrder:
    """What to show of ``line``; ``broker`` is the name that sentences use."""
    order, metrics = line.order, line.metrics
    paper = order.intent.mode is TradingMode.PAPER
    figure, figure_note = _headline(metrics)
    parts = _shortfall(metrics)
    return ShownOrder(
        client_order_id=order.client_order_id,
        title=f"{order_sentence(order.terms)}, {_life(order.terms.time_in_force)}",
        facts=(f"{broker}, simulated" if paper else broker, _when(line), _filled(line)),
        paper=paper,
        picture=picture_of(line),
        latency=latency_of(line, broker),
        events=event_lines(line),
        figure=figure,
        figure_note=figure_note,
        against=_against(metrics),
        costs=_costs(metrics),
        shortfall_of=_shortfall_base(metrics) if parts else "",
        shortfall=parts,
        shortfall_reason="" if parts else _why_no_shortfall(line),
        score=_score(line, metrics),
        score_version="" if metrics is None else f"version {metrics.score_version}",
        marks=_marks(line, metrics),
        marks_note=_marks_note(metrics),
    )


def _life(life: TimeInForce) -> str:
    return "day" if life is TimeInForce.DAY else life.value.upper()


def _when(line: TimeLine) -> str:
    day = format_date(line.began.astimezone(NEW_YORK).date())
    return f"{day}, {format_exchange_time(line.began)} New York"


def _filled(line: TimeLine) -> str:
    filled = sum((row.filled_quantity for row in line.orders), ZERO)
    asked = filled - line.order.filled_quantity + line.order.quantity
    left = asked - filled
    words = f"{format_of(filled, asked)} filled"
    if line.order.is_open or left <= 0:
        return words
    return f"{words}, {format_shares(left)} {_ending(line)}"


def _ending(line: TimeLine) -> str:
    order = line.order
    if order.state.value == "expired":
        return "expired"
    if order.state.value in {"rejected", "denied"}:
        return "refused"
    return _LEFT.get(order.cancel_origin, "cancelled")


def _headline(metrics: ExecutionMetrics | None) -> tuple[str, str]:
    if metrics is None or metrics.slippage_bps is None or metrics.slippage_cost is None:
        return MISSING, _why(metrics)
    word = "saved" if metrics.slippage_cost < 0 else "cost"
    money = format_money(metrics.slippage_cost)
    return (
        format_bps(metrics.slippage_bps, unit=False),
        f"bp {word}   = {money} on {format_shares(metrics.filled_qty)} shares",
    )


def _against(metrics: ExecutionMetrics | None) -> str:
    if metrics is None or metrics.benchmark_kind is None:
        return ""
    words = {
        "arrival_mid": "the mid at arrival",
        "trigger_mid": "the mid at the trigger",
        "trigger_price": "the stop price",
        "last_trade": "the last trade at arrival",
        "scalar": "the price that was handed in",
    }
    kind = metrics.benchmark_kind.value
    return f"against {words.get(kind, kind.replace('_', ' '))}"


def _why(metrics: ExecutionMetrics | None) -> str:
    if metrics is None:
        return "this order was not measured"
    if metrics.filled_qty == 0:
        return "nothing has filled"
    told = [reason for reason in metrics.reasons if reason not in {"no_benchmark", "fees_unknown"}]
    return reason_words(told[0]) if told else "no quote was seen"


def _fact(label: str, value: str, reason: str = "", *, note: str = "", ink: str = "text.primary") -> Fact:
    if value == MISSING:
        return Fact(label, value, reason, "text.tertiary")
    return Fact(label, value, note, ink)


def _costs(metrics: ExecutionMetrics | None) -> tuple[Fact, ...]:
    if metrics is None:
        return ()
    no_quote = "no fresh quote was seen"
    reason = _why(metrics)
    unfilled = "nothing has filled" if metrics.filled_qty == 0 else ""
    benchmark = "Mid at trigger" if metrics.benchmark_kind == "trigger_mid" else "Compared with"
    benchmark = "Mid at arrival" if metrics.benchmark_kind == "arrival_mid" else benchmark
    gap = metrics.stop_gap_bps
    rows = [
        _fact("Average fill", format_price(metrics.avg_fill_price, places=4), unfilled),
        _fact(benchmark, format_price(metrics.benchmark_price, places=4), reason),
        _fact("Quoted spread", _spread(metrics.quoted_spread, metrics), unfilled or no_quote),
        _fact("Effective spread", _spread(metrics.effective_spread, metrics), unfilled or no_quote),
        _fact("Effective / quoted", _ratio(metrics), unfilled or no_quote),
        _improvement(metrics, unfilled or no_quote),
        _fact("Expected by the model", format_bps(metrics.expected_bps, signed=False), "no spread is known"),
        _fact("Against expected", format_bps(metrics.vs_expected_bps), reason, ink=_cost_ink(metrics.vs_expected_bps)),
    ]
    if gap is not None:
        rows.append(_fact("Jump over the stop", format_bps(gap), ink=_cost_ink(gap)))
    rows.append(_fact("Fees", format_money(metrics.fees), unfilled or "the broker tells them later"))
    return tuple(rows)


def _spread(value: Decimal | None, metrics: ExecutionMetrics) -> str:
    if value is None:
        return MISSING
    text = format_number(value, 2 if value == round(value, 2) else 4)
    base = metrics.benchmark_price
    return text if not base else f"{text} = {format_bps(value / base * BASIS_POINTS, signed=False)}"


def _ratio(metrics: ExecutionMetrics) -> str:
    found = metrics.effective_over_quoted
    return MISSING if found is None else format_percent(found * HUNDRED, 1)


def _improvement(metrics: ExecutionMetrics, reason: str) -> Fact:
    money = metrics.price_improvement_amount
    label = "Price improvement, net"
    if money is None:
        resting = "only for orders that take the quote" if metrics.filled_qty > 0 and not reason else reason
        if metrics.order_class.value in {"resting_limit", "unknown_limit"}:
            resting = "only for orders that take the quote"
        return _fact(label, MISSING, resting)
    told = (
        (metrics.shares_improved, "better"),
        (metrics.shares_at_quote, "at the quote"),
        (metrics.shares_outside_quote, "outside"),
    )
    note = ", ".join(f"{format_shares(shares)} {words}" for shares, words in told if shares)
    ink = "gain" if money > 0 else "loss" if money < 0 else "text.primary"
    return _fact(label, format_money(money, signed=True), note=note, ink=ink)


def _cost_ink(value: Decimal | None) -> str:
    if value is None or round(value, 2) == 0:
        return "text.primary"
    return "loss" if value > 0 else "gain"


def _shortfall(metrics: ExecutionMetrics | None) -> tuple[ShortfallPart, ...]:
    found = metrics.is_breakdown if metrics is not None else None
    if metrics is None or found is None:
        return ()
    left = metrics.ordered_qty - metrics.filled_qty
    never = f"Opportunity, {format_shares(left)} never {'bought' if metrics.side.sign > 0 else 'sold'}"
    base = _base(metrics)
    rows = (
        ("Delay, before it was sent", found.delay),
        ("Trading, spread and movement", found.trading),
        (never if left > 0 else "Opportunity, all filled", found.opportunity),
        ("Fees", found.fees),
    )
    parts = [
        ShortfallPart(label, None if part is None else float(part), format_money(part), _of(part, base))
        for label, part in rows
    ]
    total = ShortfallPart(
        "Total",
        None if found.total is None else float(found.total),
        format_money(found.total),
        _of(found.total, base),
        total=True,
    )
    return (*parts, total)


def _base(metrics: ExecutionMetrics) -> Decimal | None:
    """Ordered shares at the decision price, from the total in money and in basis points of it."""
    found = metrics.is_breakdown
    if found is None or not found.total or not found.total_bps:
        return metrics.ordered_notional
    return found.total / found.total_bps * BASIS_POINTS


def _of(part: Decimal | None, base: Decimal | None) -> str:
    return MISSING if part is None or not base else format_bps(part / base * BASIS_POINTS, signed=False)


def _shortfall_base(metrics: ExecutionMetrics | None) -> str:
    base = _base(metrics) if metrics is not None else None
    return "" if base is None else f"of {format_money(base, cents=False)} decided"


def _why_no_shortfall(line: TimeLine) -> str:
    if line.metrics is None:
        return "This order was not measured."
    if line.order.is_open:
        return "It is worked out when the order has ended."
    return "No fresh quote was seen when the order arrived."


def _score(line: TimeLine, metrics: ExecutionMetrics | None) -> tuple[Fact, ...]:
    if metrics is None:
        return ()
    quality = metrics.quality
    if quality.score is None:
        reason = _why_no_score(line, metrics)
        head = Fact("Score", MISSING, reason, "text.tertiary", 600)
    else:
        head = Fact("Score", format_score(quality.score), "of 100, one order proves little", weight=600)
    if line.order.is_open:
        return (head,)
    patient = metrics.order_class.value in {"resting_limit", "unknown_limit", "stop", "stop_limit", "trailing_stop"}
    by_person = metrics.cancel_origin in {"user", "oco"}
    fill_reason = "left out: you cancelled the rest" if by_person else "left out: the order waited for its price"
    speed = metrics.execution_duration_ms
    speed_note = f"last fill after {format_duration_ms(speed)}" if speed is not None else ""
    rows = (
        ("Price, weight 60", quality.price, "left out: nothing to compare with", ""),
        ("Fill, weight 20", quality.fill, fill_reason if by_person or patient else "left out", ""),
        ("Speed, weight 10", quality.speed, f"left out: {'you chose the wait' if patient else 'no times'}", speed_note),
        ("Fees, weight 10", quality.cost, "left out: not told yet", ""),
    )
    parts = [
        Fact(label, MISSING, reason, "text.tertiary") if part is None else Fact(label, format_score(part), note)
        for label, part, reason, note in rows
    ]
    return (head, *parts)


def _why_no_score(line: TimeLine, metrics: ExecutionMetrics) -> str:
    if line.order.is_open:
        return "worked out when the order has ended"
    if metrics.filled_qty > 0 and metrics.order_class.value == "resting_limit":
        return "needs the mid a minute after the fills"
    return _why(metrics)


def _marks(line: TimeLine, metrics: ExecutionMetrics | None) -> tuple[MarkLine, ...]:
    fills = [fill for order in line.orders for fill in order.fills]
    if metrics is None or not fills:
        return ()
    base = metrics.benchmark_price
    last = max(fill.received_at for fill in fills)
    rows = []
    for name, (words, seconds) in _AFTER.items():
        realised, impact = metrics.realised_spread.get(name), metrics.price_impact.get(name)
        if realised is None or impact is None or base is None:
            waits = seconds - (line.read_at - last).total_seconds()
            reason = f"in {format_duration_ms(waits * 1000)}" if waits > 0 else "not seen"
            rows.append(MarkLine(words, reason, MISSING, MISSING, "text.tertiary"))
            continue
        mid = base + metrics.side.sign * impact / 2
        ink = "gain" if realised < 0 else "loss" if realised > 0 else "text.primary"
        rows.append(
            MarkLine(
                words,
                format_mid(mid) if mid == round(mid, 3) else format_price(mid, places=4),
                format_number(realised, 4, signed=True),
                format_number(impact, 4, signed=True),
                ink,
            )
        )
    return tuple(rows)


def _marks_note(metrics: ExecutionMetrics | None) -> str:
    if metrics is None or metrics.filled_qty == 0:
        return "Nothing has filled, so there is nothing to look back on."
    if metrics.effective_spread is None:
        return "Without a fresh quote at arrival the spread cannot be split."
    return f"On every line effective {format_number(metrics.effective_spread, 4)} = realised + impact."
