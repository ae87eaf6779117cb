"""What the chart and the latency bar of one order's time line draw: plain numbers and words, seconds from the key."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from legend_desktop.domain.enums import ExecutionKind, Origin
from legend_desktop.domain.formatting import format_duration_ms, format_number, format_price, format_shares
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import Order, OrderTerms
from legend_desktop.domain.records import QuoteMoment, StampMoment
from legend_desktop.services.order_timeline import TimeLine

GAP_SECONDS = 5.0
"""A quote is taken to stand for so long where nobody watched on."""
_SCALE_CHANGE = 0.2
_SCREEN_MS = 1_000.0


@dataclass(frozen=True, slots=True)
class BandStep:
    """Bid and ask from ``start`` to ``end``."""

    start: float
    end: float
    bid: float
    ask: float


@dataclass(frozen=True, slots=True)
class Level:
    """A price over a stretch of time: ``own`` limits and stops solid, mids dashed, with words beside it."""

    price: float
    start: float
    end: float
    words: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class FillDot:
    """A fill: its area is its shares."""

    at: float
    price: float
    shares: float
    words: str


@dataclass(frozen=True, slots=True)
class Instant:
    """An upright line with its word above."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class TimePicture:
    """The chart from ``start`` to ``end`` seconds after the key press; ``places`` are the decimals of its prices."""

    start: float
    end: float
    band: tuple[BandStep, ...]
    levels: tuple[Level, ...]
    dots: tuple[FillDot, ...]
    instants: tuple[Instant, ...]
    places: int
    sentence: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class LatencyPart:
    """A stretch of the latency bar in milliseconds; ``kind`` is ``yours``, ``away`` or ``screen``."""

    kind: str
    start: float
    end: float
    words: str


@dataclass(frozen=True, slots=True)
class LatencyBar:
    """The way of the order: parts, ticks ``(ms, words)``, and where the scale changes (0 = nowhere).

    Without parts ``reason`` says why.
    """

    parts: tuple[LatencyPart, ...] = ()
    ticks: tuple[tuple[float, str], ...] = ()
    change: float = 0.0
    title: str = "First moments"
    note: str = ""
    reason: str = ""

    @property
    def end(self) -> float:
        """The last millisecond on it."""
        return self.parts[-1].end if self.parts else 0.0


def picture_of(line: TimeLine) -> TimePicture:
    """The chart of an order."""
    started, ended = _seconds(line, line.start), _seconds(line, line.end)
    band = _band(line, ended)
    levels = (*_own_levels(line, ended), *_mids(line, ended))
    dots = tuple(_dots(line))
    prices = [dot.price for dot in dots] + [level.price for level in levels]
    prices += [price for step in band for price in (step.bid, step.ask)]
    fine = any(abs(price * 100 - round(price * 100)) > 1e-6 for price in prices if price < 1)
    note = "" if line.whole else "quotes kept with the order alone; between them nobody watched"
    return TimePicture(
        started, ended, band, levels, dots, tuple(_instants(line)), 4 if fine else 2, _sentence(line, dots), note
    )


def latency_of(line: TimeLine, broker: str) -> LatencyBar:
    """The bar of the first moments, from the stamps of our own clock."""
    sent = line.stamp(StampMoment.SENT)
    if sent is None:
        return LatencyBar(reason=_why_unstamped(line.orders[0]))
    sent_ms = _ms(line, sent.at)
    answered = line.stamp(StampMoment.ANSWERED)
    fills = [_ms(line, event.at) for event in _fill_events(line)] if _takes_the_quote(line) else []
    ticks = [
        (_ms(line, found.at), f"{words} {_short(_ms(line, found.at))}")
        for moment, words in (
            (StampMoment.PRESSED, "pressed"),
            (StampMoment.DECIDED, "checked"),
            (StampMoment.COMMITTED, "on disk"),
            (StampMoment.SENT, "sent"),
            (StampMoment.ANSWERED, "accepted"),
        )
        if (found := line.stamp(moment)) is not None
    ]
    parts = [LatencyPart("yours", 0.0, sent_ms, f"yours {_short(sent_ms)} ms")]
    back = min([_ms(line, answered.at)] if answered is not None else [], default=None)
    first_news = min([value for value in (back, *fills[:1]) if value is not None], default=None)
    if first_news is not None and first_news > sent_ms:
        words = f"network and {broker} {_short(first_news - sent_ms)} ms"
        parts.append(LatencyPart("away", sent_ms, first_news, words))
        last = max([value for value in (back, first_news) if value is not None])
        near = [value for value in fills if value - last <= _SCREEN_MS]
        ticks += [(value, f"fill {_short(value)}") for value in near[:2]]
        screen = line.stamp(StampMoment.ON_SCREEN)
        if screen is not None and fills and _ms(line, screen.at) - fills[0] <= _SCREEN_MS:
            near.append(_ms(line, screen.at))
            ticks.append((near[-1], f"on screen {_short(near[-1])}"))
        last = max([last, *near])
        if last > first_news:
            parts.append(LatencyPart("screen", first_news, last, f"to screen {_short(last - first_news)} ms"))
    end = parts[-1].end
    change = sent_ms * 1.4 if 0 < sent_ms < end * _SCALE_CHANGE else 0.0
    return LatencyBar(
        tuple(parts), tuple(sorted(ticks)), change, f"First {format_duration_ms(end)}", _clock_note(line, broker)
    )


def _why_unstamped(order: Order) -> str:
    if order.intent.origin is Origin.EXTERNAL:
        return "This order was placed elsewhere: nothing of its way to the broker is known."
    if order.intent.parent_id is not None:
        return "This order went out with its entry, whose time line has the stamps."
    if order.sent_at is None:
        return "This order never left the program."
    return "No stamps of this order's way were kept."


def _takes_the_quote(line: TimeLine) -> bool:
    """True where fills come at once: an order that waits for its price is not slow."""
    kind = "" if line.metrics is None else line.metrics.order_class.value
    return kind in {"market", "marketable_limit"}


def _clock_note(line: TimeLine, broker: str) -> str:
    if line.clock is None:
        return "instants of this computer's clock"
    offset = format_number(line.clock.offset_ms, 0, signed=True)
    return f"{broker} clock corrected by {offset} ± {format_number(line.clock.uncertainty_ms, 0)} ms"


def _band(line: TimeLine, end: float) -> tuple[BandStep, ...]:
    """Steps of valid quotes; where nobody watched on, a quote stands for a few seconds at most."""
    rows = [(_seconds(line, row.at), row.quote) for row in line.band]
    found: list[BandStep] = []
    for place, (at, quote) in enumerate(rows):
        until = rows[place + 1][0] if place + 1 < len(rows) else min(end, _seconds(line, line.read_at))
        if not line.whole:
            until = min(until, at + GAP_SECONDS)
        if quote.mid is None or quote.bid is None or quote.ask is None or until <= at:
            continue
        bid, ask = float(quote.bid), float(quote.ask)
        last = found[-1] if found else None
        if last is not None and last.end == at and (last.bid, last.ask) == (bid, ask):
            found[-1] = BandStep(last.start, until, bid, ask)
        else:
            found.append(BandStep(at, until, bid, ask))
    return tuple(found)


def _own_levels(line: TimeLine, end: float) -> Iterable[Level]:
    """Own limit and stop over their life, a step for every change that the broker confirmed."""
    for order in line.orders:
        spans = _terms_over_time(line, order, end)
        for name in ("limit", "stop"):
            pieces = [(_price(terms, name), start, until) for terms, start, until in spans]
            known = [(price, start, until) for price, start, until in pieces if price is not None and until > start]
            for place, (price, start, until) in enumerate(known):
                words = f"own {name} {format_price(price)}"
                if place == len(known) - 1 and not order.is_open:
                    words += f", {format_duration_ms((until - known[0][1]) * 1000)} in the book"
                yield Level(float(price), start, until, words, own=True)


def _price(terms: OrderTerms, name: str) -> Decimal | None:
    return terms.limit_price if name == "limit" else terms.stop_price


def _terms_over_time(line: TimeLine, order: Order, end: float) -> list[tuple[OrderTerms, float, float]]:
    terms = order.intent.terms
    start = _seconds(line, order.sent_at or order.intent.created_at)
    until = end if order.is_open or order.closed_at is None else min(end, _seconds(line, order.closed_at))
    spans: list[tuple[OrderTerms, float, float]] = []
    for event in line.events:
        if (
            event.client_order_id == order.client_order_id
            and event.kind is OrderEventKind.TERMS_CHANGED
            and event.terms
        ):
            at = _seconds(line, event.at)
            spans.append((terms, start, at))
            terms, start = event.terms, at
    return [*spans, (terms, start, until)]


def _mids(line: TimeLine, end: float) -> Iterable[Level]:
    length = (end - _seconds(line, line.start)) * 0.1
    decision, arrival = line.quote(QuoteMoment.DECISION), line.quote(QuoteMoment.SEND)
    same = decision is not None and arrival is not None and decision.quote.mid == arrival.quote.mid
    for moment, words in (
        (QuoteMoment.DECISION, "mid at decision"),
        (QuoteMoment.SEND, "mid at arrival"),
        (QuoteMoment.TRIGGER, "mid at trigger"),
        (QuoteMoment.CANCEL, "mid at cancel"),
    ):
        row = line.quote(moment)
        mid = row.quote.mid if row is not None else None
        if row is None or mid is None or (same and moment is QuoteMoment.DECISION):
            continue
        words = "mid at decision and arrival" if same and moment is QuoteMoment.SEND else words
        at = _seconds(line, row.at)
        yield Level(float(mid), at, min(end, at + length), f"{words} {format_mid(mid)}")


def format_mid(mid: Decimal | None) -> str:
    """A mid with three decimals where it lies between two cents."""
    return format_price(mid, places=2 if mid is None or mid == round(mid, 2) else 3)


def _dots(line: TimeLine) -> Iterable[FillDot]:
    told = {event.execution.execution_id: event.at for event in _fill_events(line) if event.execution is not None}
    for order in line.orders:
        for fill in order.fills:
            at = told.get(fill.corrects_id or fill.execution_id) or told.get(fill.execution_id) or fill.received_at
            words = f"{format_shares(fill.quantity)} at {format_price(fill.price)}"
            yield FillDot(_seconds(line, at), float(fill.price), float(fill.quantity), words)


def _instants(line: TimeLine) -> Iterable[Instant]:
    sent, pressed = line.stamp(StampMoment.SENT), line.stamp(StampMoment.PRESSED)
    begin = "pressed, sent" if pressed is not None else "sent"
    if sent is not None:
        yield Instant(0.0 if pressed is not None else _seconds(line, sent.at), begin)
    for event in line.events:
        if event.kind is OrderEventKind.TRIGGERED:
            yield Instant(_seconds(line, event.at), "triggered")
        elif event.kind is OrderEventKind.CANCELED:
            yield Instant(_seconds(line, event.at), "cancelled by you" if event.origin == "user" else "cancelled")
        elif event.kind is OrderEventKind.EXPIRED:
            yield Instant(_seconds(line, event.at), "expired")
        elif event.kind is OrderEventKind.REPLACED:
            yield Instant(_seconds(line, event.at), "replaced")


def _fill_events(line: TimeLine) -> list[OrderEvent]:
    return [row for row in line.events if row.execution is not None and row.execution.kind is ExecutionKind.FILL]


def _sentence(line: TimeLine, dots: tuple[FillDot, ...]) -> str:
    filled = ", ".join(dot.words for dot in dots[:5]) or "no fill"
    more = f" and {len(dots) - 5} more fills" if len(dots) > 5 else ""
    return f"Quotes around the order with its fills: {filled}{more}; {len(line.band)} quotes."


def _seconds(line: TimeLine, at: datetime) -> float:
    return (at - line.began).total_seconds()


def _ms(line: TimeLine, at: datetime) -> float:
    return (at - line.began) / timedelta(milliseconds=1)


def _short(milliseconds: float) -> str:
    return format_number(milliseconds, 1) if milliseconds < 1_000 else format_number(milliseconds, 0)
