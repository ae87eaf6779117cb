"""Boxes of equal width for a picture of costs; the two end boxes collect whatever lies beyond."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

BOX_BPS = 0.5
_NARROWEST = 2.0
_WIDEST_LOW, _WIDEST_HIGH = -30.0, 40.0


@dataclass(frozen=True, slots=True)
class Histogram:
    """``counts[i]`` values lie from ``edges[i]`` up to, not including, ``edges[i + 1]``; the ends collect.

    ``collected_low`` and ``collected_high`` say how many values of the end boxes lie beyond the outer edges.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    collected_low: int = 0
    collected_high: int = 0


def histogram(values: Sequence[float], low: float, high: float, width: float = BOX_BPS) -> Histogram:
    """Counts of ``values`` in boxes of ``width`` from ``low`` to ``high``."""
    boxes = max(1, round((high - low) / width))
    counts = [0] * boxes
    below = above = 0
    for value in values:
        index = math.floor((value - low) / width)
        if index < 0:
            below += 1
        elif index >= boxes:
            above += 1
        counts[min(max(index, 0), boxes - 1)] += 1
    return Histogram(tuple(low + width * index for index in range(boxes + 1)), tuple(counts), below, above)


def cost_range(values: Sequence[float]) -> tuple[float, float]:
    """A range in even basis points, zero inside, that holds the middle 96 % of ``values`` and stays readable."""
    if not values:
        return -_NARROWEST, _NARROWEST
    ordered = sorted(values)
    cut = int(0.02 * len(ordered))
    low = 2 * math.floor(ordered[cut] / 2)
    high = 2 * math.ceil(ordered[-1 - cut] / 2)
    return max(_WIDEST_LOW, min(-_NARROWEST, low)), min(_WIDEST_HIGH, max(_NARROWEST, high))
