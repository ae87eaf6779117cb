"""Historical value at risk and expected shortfall of today's holdings over one day.

Yesterday's returns are laid over today's holdings: a statistic about the past, not a limit on what may happen. Floats
are right here, for this is statistics.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DEFAULT_DAYS = 250
FEWEST_DAYS = 60


@dataclass(frozen=True, slots=True)
class TailLoss:
    """Both figures positive for a loss, in the unit of the returns; ``worst_days`` is how many days ES averages."""

    value_at_risk: float
    expected_shortfall: float
    worst_days: int


@dataclass(frozen=True, slots=True)
class ValueAtRisk:
    """One-day figures in per cent of equity and in money, from ``days`` days.

    ``left_out`` symbols had too little history.
    """

    confidence: float
    days: int
    var_percent: float
    es_percent: float
    var_money: float
    es_money: float
    left_out: tuple[str, ...] = ()


def tail_loss(returns: Sequence[float], confidence: float) -> TailLoss:
    """The k-th worst of ``returns`` and the mean of the k worst, with ``k = max(1, ceil(n * (1 - confidence)))``.

    The product is rounded first: in floats 100 * (1 - 0.95) is a hair above 5. Raises ``ValueError`` without returns or
    with a confidence outside 0 to 1.
    """
    if not returns:
        raise ValueError("a tail loss needs returns")
    if not 0 < confidence < 1:
        raise ValueError("the confidence must be between 0 and 1")
    worst = max(1, math.ceil(round(len(returns) * (1 - confidence), 9)))
    tail = sorted(returns)[:worst]
    return TailLoss(-tail[-1], -math.fsum(tail) / worst, worst)


def historical_var(
    holdings: Mapping[str, float],
    returns: Mapping[str, Sequence[float]],
    equity: float,
    *,
    confidence: float = 0.95,
    days: int = DEFAULT_DAYS,
    fewest: int = FEWEST_DAYS,
) -> ValueAtRisk | None:
    """VaR and ES of ``holdings`` (signed market values) by the last ``days`` daily ``returns`` (fractions, newest
    last).

    A symbol with fewer than ``fewest`` returns is left out and named. ``None`` where equity is not above zero or
    nothing has enough history.
    """
    series = {symbol: own for symbol in holdings if len(own := returns.get(symbol, ())) >= fewest}
    if not series or equity <= 0:
        return None
    span = min(days, *(len(one) for one in series.values()))
    changes = [
        math.fsum(holdings[symbol] * one[index - span] for symbol, one in series.items()) / equity
        for index in range(span)
    ]
    tail = tail_loss(changes, confidence)
    return ValueAtRisk(
        confidence=confidence,
        days=span,
        var_percent=tail.value_at_risk * 100,
        es_percent=tail.expected_shortfall * 100,
        var_money=tail.value_at_risk * equity,
        es_money=tail.expected_shortfall * equity,
        left_out=tuple(symbol for symbol in holdings if symbol not in series),
    )
