"""Boxes of equal width for a picture of costs; the two end boxes collect whatever lies beyond."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

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


def histogram(values: "Sequence[float] | Floats", low: float, high: float, width: float = BOX_BPS) -> Histogram:
    """Counts of ``values`` in boxes of ``width`` from ``low`` to ``high``."""
    import numpy as np

    boxes = max(1, round((high - low) / width))
    places = np.floor((np.asarray(values, dtype=np.float64) - low) / width)
    counts = np.bincount(np.clip(places, 0, boxes - 1).astype(np.int64), minlength=boxes)
    return Histogram(
        tuple(low + width * index for index in range(boxes + 1)),
        tuple(int(count) for count in counts),
        int((places < 0).sum()),
        int((places >= boxes).sum()),
    )


def cost_range(values: "Sequence[float] | Floats") -> tuple[float, float]:
    """A range in even basis points, zero inside, that holds the middle 96 % of ``values`` and stays readable."""
    if not len(values):
        return -_NARROWEST, _NARROWEST
    import numpy as np

    ordered = np.sort(np.asarray(values, dtype=np.float64))
    cut = int(0.02 * ordered.size)
    low = 2 * math.floor(ordered[cut] / 2)
    high = 2 * math.ceil(ordered[-1 - cut] / 2)
    return max(_WIDEST_LOW, min(-_NARROWEST, low)), min(_WIDEST_HIGH, max(_NARROWEST, high))
