"""Statistics over many orders. Floats; numpy is loaded on first use so that importing this costs nothing.

Costs are skewed, so intervals are bootstrapped (percentile, fixed seed) and robust figures stand beside means.
Quantiles interpolate linearly between order statistics ("type 7", numpy's default).
"""

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RESAMPLES = 10_000
SEED = 1
OUTLIER_Z = 3.5
MIN_LISTED = 5
MIN_RANKED = 30
CLUSTER_SHARE = 0.20
MOST_DRAWN = 2_000
_CHUNK = 4_000_000
_EXACT_SPLITS = 20_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval with the means by which it was made."""

    low: float
    high: float
    resamples: int
    seed: int


def weighted_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float | None:
    """``sum(numerators) / sum(denominators)``, exactly rounded sums; ``None`` for a zero denominator."""
    below = math.fsum(denominators)
    return math.fsum(numerators) / below if below != 0 else None


def mean(values: Sequence[float]) -> float | None:
    """Simple mean; ``None`` of nothing."""
    return math.fsum(values) / len(values) if values else None


def quantile(values: Sequence[float], q: float) -> float | None:
    """Type-7 quantile, ``q`` between 0 and 1; ``None`` of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * q
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def median(values: Sequence[float]) -> float | None:
    """Middle value, or the mean of the two middle ones."""
    return quantile(values, 0.5)


def weighted_median(values: Sequence[float], weights: Sequence[float]) -> float | None:
    """The value at which half of the weight is reached; where that falls between two, their mean."""
    if not values:
        return None
    rows = sorted(zip(values, weights, strict=True))
    half = math.fsum(weights) / 2
    reached = 0.0
    for index, (value, weight) in enumerate(rows):
        reached += weight
        if math.isclose(reached, half, rel_tol=1e-12) and index + 1 < len(rows):
            return (value + rows[index + 1][0]) / 2
        if reached >= half:
            return value
    return rows[-1][0]


def standard_deviation(values: Sequence[float]) -> float | None:
    """Sample standard deviation (divisor n - 1); ``None`` below two values."""
    if len(values) < 2:
        return None
    middle = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1))


def mad(values: Sequence[float]) -> float | None:
    """Median absolute deviation from the median."""
    middle = median(values)
    return None if middle is None else median([abs(value - middle) for value in values])


def robust_sigma(values: Sequence[float]) -> float | None:
    """1.4826 times the median absolute deviation: the standard deviation of clean normal data."""
    spread = mad(values)
    return None if spread is None else 1.4826 * spread


def modified_z(values: Sequence[float]) -> list[float]:
    """Modified z-scores (Iglewicz and Hoaglin 1993); above 3.5 a value is called an outlier.

    With a median absolute deviation of 0 the mean absolute deviation takes over; with that 0 too all scores are 0.
    """
    middle, spread = median(values), mad(values)
    if middle is None or spread is None:
        return []
    if spread > 0:
        return [0.6745 * (value - middle) / spread for value in values]
    around = math.fsum(abs(value - middle) for value in values) / len(values)
    if around == 0:
        return [0.0] * len(values)
    return [(value - middle) / (1.253314 * around) for value in values]


def winsorised_mean(values: Sequence[float]) -> float | None:
    """Mean after clipping to the 10th and 90th percentile (5th and 95th from 40 values on); ``None`` below 10."""
    if len(values) < 10:
        return None
    edge = 0.10 if len(values) < 40 else 0.05
    low, high = quantile(values, edge), quantile(values, 1 - edge)
    if low is None or high is None:
        return None
    return mean([min(max(value, low), high) for value in values])


def trimmed_mean(values: Sequence[float]) -> float | None:
    """Mean after dropping ``floor(0.1 n)`` values at each end."""
    if not values:
        return None
    drop = len(values) // 10
    return mean(sorted(values)[drop : len(values) - drop])


def orders_needed(deviation: float, margin: float) -> int:
    """Orders needed to know a mean within ``margin`` at 95 % when single orders scatter by ``deviation``."""
    return math.ceil((1.96 * deviation / margin) ** 2)


def ratio_interval(
    numerators: Sequence[float],
    denominators: Sequence[float],
    clusters: "Sequence[Hashable] | Floats | None" = None,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    drawn_up_to: int = MOST_DRAWN,
) -> Interval | None:
    """Percentile bootstrap interval of ``sum(numerators) / sum(denominators)`` over orders; ``None`` below two.

    Where more than 20 % of the orders share a cluster (same symbol and minute) whole clusters are drawn. Above
    ``drawn_up_to`` units the limit of that bootstrap is used: 1.96 standard errors of the ratio, linear in its units.
    """
    if len(numerators) < 2:
        return None
    import numpy as np

    above, below = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    if clusters is not None and shared_share(clusters) > CLUSTER_SHARE:
        above, below = _grouped(above, below, _numbered(clusters))
    if above.size < 2:
        return None
    if above.size > drawn_up_to:
        ratio = float(above.sum() / below.sum())
        reach = 1.96 * float(np.sqrt(((above - ratio * below) ** 2).sum()) / below.sum())
        return Interval(ratio - reach, ratio + reach, 0, seed)
    rng = np.random.default_rng(seed)
    draws = np.concatenate(
        [above[rows].sum(axis=1) / below[rows].sum(axis=1) for rows in _resampled(rng, above.size, resamples)]
    )
    return _percentiles(draws, resamples, seed)


def median_interval(values: Sequence[float], *, resamples: int = RESAMPLES, seed: int = SEED) -> Interval | None:
    """Percentile bootstrap interval of the median; ``None`` below two values.

    Above 2,000 values the limit of that bootstrap is used: the order statistics 1.96 binomial deviations around half.
    """
    if len(values) < 2:
        return None
    import numpy as np

    numbers = np.sort(np.asarray(values, dtype=np.float64))
    if numbers.size > MOST_DRAWN:
        reach = 1.96 * math.sqrt(numbers.size) / 2
        low, high = int(numbers.size / 2 - reach), math.ceil(numbers.size / 2 + reach)
        return Interval(float(numbers[low]), float(numbers[high]), 0, seed)
    rng = np.random.default_rng(seed)
    draws = np.concatenate([np.median(numbers[rows], axis=1) for rows in _resampled(rng, numbers.size, resamples)])
    return _percentiles(draws, resamples, seed)


def shared_share(clusters: "Sequence[Hashable] | Floats") -> float:
    """Share of the members that have company in their cluster; an array of numbers is counted at once."""
    import numpy as np

    if isinstance(clusters, np.ndarray):
        members = np.unique(clusters, return_counts=True)[1]
        return float(members[members > 1].sum() / len(clusters)) if len(clusters) else 0.0
    counts: dict[Hashable, int] = {}
    for label in clusters:
        counts[label] = counts.get(label, 0) + 1
    return sum(count for count in counts.values() if count > 1) / len(clusters) if clusters else 0.0


def permutation_p(
    first: Sequence[float], second: Sequence[float], *, shuffles: int = RESAMPLES, seed: int = SEED
) -> float:
    """Two-sided p-value of a difference in means: exact over all splits where they are few, else by shuffles.

    Above 2,000 values in all the normal limit of the shuffles is used.
    """
    pooled = [*first, *second]
    size, total = len(first), math.fsum([*first, *second])
    gap = abs(math.fsum(first) / size - math.fsum(second) / len(second))
    tolerance = 1e-9 * max(1.0, gap)

    def distance(part: float) -> float:
        return abs(part / size - (total - part) / len(second))

    if math.comb(len(pooled), size) <= _EXACT_SPLITS:
        parts = [math.fsum(split) for split in combinations(pooled, size)]
        return sum(distance(part) >= gap - tolerance for part in parts) / len(parts)
    if len(pooled) > MOST_DRAWN:
        deviation = standard_deviation(pooled) or 0.0
        error = deviation * math.sqrt(1 / size + 1 / len(second))
        return math.erfc(gap / error / math.sqrt(2)) if error > 0 else 1.0
    import numpy as np

    rng = np.random.default_rng(seed)
    numbers = np.asarray(pooled, dtype=np.float64)
    reached = sum(distance(float(rng.permutation(numbers)[:size].sum())) >= gap - tolerance for _ in range(shuffles))
    return (reached + 1) / (shuffles + 1)


def _resampled(rng: "np.random.Generator", size: int, resamples: int) -> "Iterator[NDArray[np.int32]]":
    """Row numbers of all resamples, in blocks that keep memory flat."""
    import numpy as np

    block = max(1, _CHUNK // size)
    for start in range(0, resamples, block):
        yield rng.integers(0, size, size=(min(block, resamples - start), size), dtype=np.int32)


def _grouped(above: "Floats", below: "Floats", groups: "NDArray[np.int64]") -> "tuple[Floats, Floats]":
    """Both columns summed by group number."""
    import numpy as np

    return (
        np.bincount(groups, weights=above).astype(np.float64, copy=False),
        np.bincount(groups, weights=below).astype(np.float64, copy=False),
    )


def _numbered(labels: "Sequence[Hashable] | Floats") -> "NDArray[np.int64]":
    """Group numbers in order of first appearance (a hash would change from run to run)."""
    import numpy as np

    if isinstance(labels, np.ndarray):
        _, first, groups = np.unique(labels, return_index=True, return_inverse=True)
        rank = np.empty(first.size, dtype=np.int64)
        rank[np.argsort(first)] = np.arange(first.size)
        return rank[groups]
    numbers: dict[Hashable, int] = {}
    return np.asarray([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)


def _percentiles(draws: "Floats", resamples: int, seed: int) -> Interval:
    import numpy as np

    low, high = np.percentile(draws, [2.5, 97.5])
    return Interval(float(low), float(high), resamples, seed)
