"""The difference between two groups, taken only inside cells of like things, so that the mix cannot decide it.

In each cell the means are subtracted; the differences are averaged with the weights ``n1 * n2 / (n1 + n2)``
(Cochran's), which give most to the cells that tell most. Floats; numpy is loaded on first use.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from legend_desktop.analytics.statistics import RESAMPLES, SEED

Cell = tuple[Sequence[float], Sequence[float]]
"""The values of both groups in one cell."""

FEWEST_IN_A_CELL = 2
_Z95 = 1.959963984540054
_MOST_SHUFFLED = 2_000
_CHUNK = 4_000_000


@dataclass(frozen=True, slots=True)
class StratifiedDifference:
    """Mean of the first group less that of the second, like for like, with its 95 % interval.

    ``first`` and ``second`` count the values in the ``cells`` that hold two and more of both.
    """

    difference: float
    low: float
    high: float
    first: int
    second: int
    cells: int


def comparable(cells: Sequence[Cell]) -> list[Cell]:
    """The cells that hold two values and more of both groups: a spread can be taken in them."""
    return [cell for cell in cells if min(len(cell[0]), len(cell[1])) >= FEWEST_IN_A_CELL]


def stratified_difference(cells: Sequence[Cell]) -> StratifiedDifference | None:
    """The difference over ``comparable`` cells; ``None`` without one.

    The variance is the sum of the cells' own, each unbiased however few its values are (a bootstrap inside small cells
    comes out too narrow); Student's t with Satterthwaite's degrees of freedom allows for how well it is known.
    """
    usable = comparable(cells)
    if not usable:
        return None
    weights = [len(one) * len(two) / (len(one) + len(two)) for one, two in usable]
    total = math.fsum(weights)
    difference = math.fsum(
        weight * (math.fsum(one) / len(one) - math.fsum(two) / len(two))
        for weight, (one, two) in zip(weights, usable, strict=True)
    )
    parts = [
        ((weight / total) ** 2 * _variance(values) / len(values), len(values) - 1)
        for weight, cell in zip(weights, usable, strict=True)
        for values in cell
    ]
    variance = math.fsum(part for part, _ in parts)
    below = math.fsum(part * part / freedom for part, freedom in parts)
    reach = student_97_5(variance * variance / below) * math.sqrt(variance) if below > 0 else 0.0
    middle = difference / total
    counts = [sum(len(cell[side]) for cell in usable) for side in (0, 1)]
    return StratifiedDifference(middle, middle - reach, middle + reach, counts[0], counts[1], len(usable))


def student_97_5(freedom: float) -> float:
    """The 97.5 % point of Student's t with ``freedom`` degrees (1 and above), by its expansion about the normal.

    Good to 0.2 % from three degrees on; below it errs by up to a tenth.
    """
    z, squared = _Z95, _Z95 * _Z95
    first = z * (squared + 1) / 4
    second = z * (5 * squared**2 + 16 * squared + 3) / 96
    third = z * (3 * squared**3 + 19 * squared**2 + 17 * squared - 15) / 384
    fourth = z * (79 * squared**4 + 776 * squared**3 + 1482 * squared**2 - 1920 * squared - 945) / 92160
    v = max(1.0, freedom)
    return z + first / v + second / v**2 + third / v**3 + fourth / v**4


def stratified_p(cells: Sequence[Cell], *, shuffles: int = RESAMPLES, seed: int = SEED) -> float | None:
    """Two-sided p-value of the difference when labels are shuffled inside each cell; ``None`` without a cell.

    Above 2,000 values in all the normal limit of the shuffles is used.
    """
    usable = comparable(cells)
    found = stratified_difference(usable)
    if found is None:
        return None
    gap = abs(found.difference)
    if found.first + found.second > _MOST_SHUFFLED:
        spread = math.sqrt(_shuffled_variance(usable))
        return math.erfc(gap / spread / math.sqrt(2)) if spread > 0 else 1.0
    import numpy as np

    rng = np.random.default_rng(seed)
    weights = [len(one) * len(two) / (len(one) + len(two)) for one, two in usable]
    draws = np.zeros(shuffles)
    for weight, (one, two) in zip(weights, usable, strict=True):
        values = np.asarray([*one, *two], dtype=np.float64)
        whole = float(values.sum())
        block = max(1, _CHUNK // values.size)
        for start in range(0, shuffles, block):
            size = min(block, shuffles - start)
            mixed = rng.permuted(np.broadcast_to(values, (size, values.size)), axis=1)
            part = mixed[:, : len(one)].sum(axis=1)
            draws[start : start + size] += weight * (part / len(one) - (whole - part) / len(two))
    reached = int((np.abs(draws / sum(weights)) >= gap - 1e-9 * max(1.0, gap)).sum())
    return (reached + 1) / (shuffles + 1)


def _shuffled_variance(usable: Sequence[Cell]) -> float:
    """Variance of the difference when labels fall at random inside each cell."""
    total = math.fsum(len(one) * len(two) / (len(one) + len(two)) for one, two in usable)
    parts: list[float] = []
    for one, two in usable:
        weight = len(one) * len(two) / (len(one) + len(two)) / total
        parts.append(weight**2 * _variance([*one, *two]) * (1 / len(one) + 1 / len(two)))
    return math.fsum(parts)


def _variance(values: Sequence[float]) -> float:
    middle = math.fsum(values) / len(values)
    return math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1)
