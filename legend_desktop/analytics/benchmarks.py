"""The price an execution is compared with: which quotes count, and which of the possible prices is used.

The headline benchmark is the mid at arrival: it is the same for buys and sells and is the midpoint that the US rule on
execution statistics uses. A last trade sits on either side of the spread at random, so it is a flagged fallback.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from legend_desktop.analytics.facts import OrderFacts, QuoteAt
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.session import MarketSession, session_of

MAX_AGE_REGULAR = timedelta(seconds=5)
MAX_AGE_OUTSIDE = timedelta(seconds=60)
MAX_RELATIVE_SPREAD = Decimal("0.10")

ONE_SIDED = "one_sided_quote"
CROSSED = "crossed_quote"
STALE = "stale_quote"
WIDE = "wide_quote"
LOCKED = "locked_quote"
NO_BENCHMARK = "no_benchmark"
NO_QUOTE = "no_quote"


class BenchmarkKind(StrEnum):
    """What price an order was compared with."""

    DECISION_MID = "decision_mid"
    ARRIVAL_MID = "arrival_mid"
    LAST_TRADE = "last_trade"
    SCALAR = "scalar"
    TRIGGER_MID = "trigger_mid"
    TRIGGER_PRICE = "trigger_price"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The chosen price with its kind. ``quote`` is the valid quote behind a mid, ``None`` for bare prices."""

    price: Decimal | None = None
    kind: BenchmarkKind | None = None
    quote: Quote | None = None
    flags: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


def quote_fault(quote: Quote, at: datetime) -> str | None:
    """Why ``quote`` cannot stand for the market at ``at``, ``None`` when it can.

    It must be two-sided, not crossed, at most 5 s old in the regular session (60 s outside it) and at most 10 % wide. A
    locked quote (bid equals ask) is accepted.
    """
    if quote.bid is None or quote.ask is None or not quote.is_two_sided:
        return ONE_SIDED
    if quote.is_crossed:
        return CROSSED
    if quote.exchange_age(at) > max_age(at):
        return STALE
    if quote.ask - quote.bid > MAX_RELATIVE_SPREAD * (quote.bid + quote.ask) / 2:
        return WIDE
    return None


def max_age(at: datetime) -> timedelta:
    """Oldest age at which a quote still counts at ``at``."""
    return MAX_AGE_REGULAR if session_of(at) is MarketSession.REGULAR else MAX_AGE_OUTSIDE


def valid_mid(found: QuoteAt | None) -> Decimal | None:
    """The mid of a valid quote, else ``None``."""
    if found is None or quote_fault(found.quote, found.at) is not None:
        return None
    return found.quote.mid


def arrival_quote(facts: OrderFacts) -> QuoteAt | None:
    """The quote at arrival: the one kept at sending, else the decision's one, judged at the time of sending.

    The decision's quote is the last one known not later than arrival when no newer was kept.
    """
    if facts.arrival is not None:
        return facts.arrival
    if facts.decision is None:
        return None
    return QuoteAt(facts.decision.quote, facts.arrived_at or facts.decision.at)


def select_benchmark(facts: OrderFacts) -> Benchmark:
    """The headline benchmark of an order.

    Stops that went off: mid at trigger, else the trigger price. All others: arrival mid, else the last trade of a quote
    that is not stale, else the number handed in, else nothing with ``no_benchmark``.
    """
    return _for_stop(facts) if facts.is_stop else _at_arrival(facts)


def _for_stop(facts: OrderFacts) -> Benchmark:
    reasons: tuple[str, ...] = ()
    if facts.trigger is not None:
        fault = quote_fault(facts.trigger.quote, facts.trigger.at)
        if fault is None:
            quote = facts.trigger.quote
            return Benchmark(quote.mid, BenchmarkKind.TRIGGER_MID, quote, _locked(quote))
        reasons = (fault,)
    price = facts.trigger_price or facts.stop_price
    if price is not None:
        return Benchmark(price, BenchmarkKind.TRIGGER_PRICE, reasons=reasons)
    return Benchmark(reasons=(*reasons, NO_BENCHMARK))


def _at_arrival(facts: OrderFacts) -> Benchmark:
    reasons: tuple[str, ...] = ()
    found = arrival_quote(facts)
    if found is not None:
        quote = found.quote
        fault = quote_fault(quote, found.at)
        if fault is None:
            flags = _locked(quote) if facts.arrival is not None else (*_locked(quote), "arrival_from_decision")
            return Benchmark(quote.mid, BenchmarkKind.ARRIVAL_MID, quote, flags)
        reasons = (fault,)
        # a stale quote cannot say what the last sale at arrival was
        if quote.last is not None and quote.last > 0 and quote.exchange_age(found.at) <= max_age(found.at):
            return Benchmark(quote.last, BenchmarkKind.LAST_TRADE, None, ("fallback_benchmark",), reasons)
    if facts.reference_price is not None:
        return Benchmark(facts.reference_price, BenchmarkKind.SCALAR, None, ("fallback_benchmark",), reasons)
    return Benchmark(reasons=(*reasons, NO_BENCHMARK))


def _locked(quote: Quote) -> tuple[str, ...]:
    return (LOCKED,) if quote.bid == quote.ask else ()
