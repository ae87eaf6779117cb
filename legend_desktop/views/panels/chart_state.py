"""What the chart shows at this moment: scale, ticks, chosen line, pointer. The painters read it, the plot writes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF

from legend_desktop.domain.formatting import format_price
from legend_desktop.viewmodels.chart_lines import ChartLine, LineKind, Tone
from legend_desktop.views.panels.chart_scale import Scale, spread_apart

INKS = {
    Tone.BUY: "gain",
    Tone.SELL: "loss",
    Tone.INK: "text.primary",
    Tone.QUIET: "text.secondary",
    Tone.UNKNOWN: "unknown",
}
OFF_SCALE_ARROWS = {-1: "↑ ", 0: "", 1: "↓ "}
TAG_INSET = 8
_SIDE_CHANGE = 4
_DEPTH = {LineKind.POSITION: 0, LineKind.WORKING: 1, LineKind.DRAFT: 2, LineKind.UNKNOWN: 3}


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line with its places in pixels: ``y`` of the line, the box of its words, its tag on the price axis.

    ``beyond`` is -1 for a price above the plot, 1 for one below: it has a tag at the edge and no line.
    """

    line: ChartLine
    y: float
    box: QRectF
    tag: QRectF
    tag_text: str
    beyond: int = 0


@dataclass(slots=True)
class ChartState:
    """The state of the picture. ``pointer`` is where the mouse is, ``reading`` the bar chosen with the arrow keys.

    ``said`` is a sentence for the person.
    ``held`` keeps the price range while a hand drags. ``axis_width`` is the room of the price axis in pixels.
    """

    scale: Scale = field(default_factory=Scale)
    axis_width: int = 62
    ranged: bool = False
    price_ticks: Sequence[tuple[float, str]] = ()
    time_ticks: Sequence[tuple[int, str]] = ()
    placed: Sequence[PlacedLine] = ()
    sides: dict[str, bool] = field(default_factory=dict)
    selected: str = ""
    focused: bool = False
    pointer: QPointF | None = None
    reading: int | None = None
    said: str = ""
    held: bool = False

    @property
    def bar_index(self) -> int | None:
        """The bar under the pointer, else the one chosen with the arrow keys."""
        if self.pointer is not None:
            return self.scale.index_at(self.pointer.x())
        return self.reading


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes in pixels at the present zoom: of word boxes, of axis tags, and the width of the price axis."""

    box: float
    tag: float
    axis: float
    inset: float


def place_lines(
    lines: Sequence[ChartLine],
    scale: Scale,
    sizes: Sizes,
    width_of: Callable[[str], float],
    *,
    covered: Callable[[QRectF], int],
    sides: dict[str, bool],
) -> list[PlacedLine]:
    """Places for all lines, lowest layer first; boxes evade each other sideways, tags up and down.

    ``covered`` counts the candles behind a box; words stand at that end of their line where they hide fewer.
    ``sides`` remembers by key which end that was (true for the right one), so that words do not flicker between both.
    """
    ordered = sorted(lines, key=lambda line: -line.price)
    ys = [scale.y_of(float(line.price)) for line in ordered]
    edge = scale.y + scale.height
    beyond = [-1 if y < scale.y else 1 if y > edge else 0 for y in ys]
    tops = spread_apart([y - sizes.tag / 2 for y in ys], sizes.tag + 1, scale.y, edge)
    taken: list[QRectF] = []
    placed = []
    for line, y, out, top in zip(ordered, ys, beyond, tops, strict=True):
        text = format_price(line.price)
        tag = QRectF(scale.x + scale.width, top, sizes.axis, sizes.tag)
        box = QRectF()
        if not out:
            wanted = QRectF(0, y - sizes.box / 2, width_of(line.words) + 2 * sizes.inset, sizes.box)
            now = sides.get(line.key, line.at_right)
            here, there = (_free_box(wanted, right, scale, sizes, taken) for right in (now, not now))
            moves = covered(here) > covered(there) + (_SIDE_CHANGE if line.key in sides else 0)
            sides[line.key] = now is not moves
            box = there if moves else here
            taken.append(box)
        placed.append(PlacedLine(line, y, box, tag, OFF_SCALE_ARROWS[out] + text, out))
    for key in sides.keys() - {line.key for line in lines}:
        del sides[key]
    return sorted(placed, key=lambda row: _DEPTH[row.line.kind])


def _free_box(wanted: QRectF, at_right: bool, scale: Scale, sizes: Sizes, taken: Sequence[QRectF]) -> QRectF:
    """The box at one end of its line, moved along the line past boxes that stand there already."""
    box = QRectF(wanted)
    inner, outer = scale.x + sizes.inset, scale.x + scale.width - sizes.inset * 2
    top = min(max(box.y(), scale.y), scale.y + scale.height - box.height() - 1)
    box.moveTo(outer - box.width() if at_right else inner, top)
    for other in sorted(taken, key=lambda row: -row.right() if at_right else row.left()):
        if box.intersects(other):
            box.moveLeft(other.left() - sizes.inset - box.width() if at_right else other.right() + sizes.inset)
    return box
