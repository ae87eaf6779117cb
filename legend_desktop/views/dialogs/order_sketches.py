"""Small drawings of how each order type acts: the price as a line, the order as a dashed level, the fill as a dot."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap, QPolygonF

from legend_desktop.views.theme import Theme

SIZE = QSize(420, 84)
_LABEL_ROOM = 128  # at the right, for the words of the levels
_INSET = 8

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Level:
    """A dashed level: its corners (a straight one has two), its words and its ink."""

    points: Points
    label: str
    ink: str = "text.secondary"


@dataclass(frozen=True, slots=True)
class Sketch:
    """One drawing in fractions of the field: 0,0 is the left bottom corner, 1,1 the right top one."""

    price: Points
    levels: tuple[Level, ...] = ()
    fills: tuple[tuple[float, float, str], ...] = ()


def _flat(height: float, label: str, ink: str = "text.secondary", start: float = 0.0, end: float = 1.0) -> Level:
    return Level(((start, height), (end, height)), label, ink)


_CALM: Points = ((0.0, 0.42), (0.14, 0.56), (0.3, 0.46), (0.44, 0.62), (0.6, 0.52), (0.78, 0.68), (1.0, 0.6))
_DIP: Points = ((0.0, 0.74), (0.16, 0.84), (0.34, 0.58), (0.5, 0.3), (0.62, 0.42), (0.8, 0.62), (1.0, 0.56))
_FALL: Points = ((0.0, 0.76), (0.18, 0.86), (0.36, 0.66), (0.54, 0.5), (0.56, 0.26), (0.76, 0.16), (1.0, 0.22))
_GAP: Points = ((0.0, 0.78), (0.2, 0.88), (0.38, 0.68), (0.5, 0.62), (0.51, 0.2), (0.7, 0.1), (1.0, 0.24))
_RISE: Points = (
    (0.0, 0.3),
    (0.16, 0.46),
    (0.26, 0.38),
    (0.46, 0.8),
    (0.56, 0.7),
    (0.66, 0.92),
    (0.86, 0.6),
    (1.0, 0.5),
)
_FOLLOW: Points = (
    *((0.0, 0.1), (0.08, 0.18), (0.16, 0.26), (0.26, 0.26), (0.46, 0.58)),
    *((0.56, 0.58), (0.66, 0.72), (0.79, 0.72)),
)
_UP: Points = ((0.0, 0.44), (0.16, 0.5), (0.34, 0.36), (0.5, 0.52), (0.66, 0.62), (0.8, 0.84), (1.0, 0.9))

SKETCHES = {
    "market": Sketch(_CALM, fills=((0.3, 0.46, "gain"),)),
    "limit": Sketch(_DIP, (_flat(0.3, "buy limit", "gain"),), ((0.5, 0.3, "gain"),)),
    "stop": Sketch(_FALL, (_flat(0.5, "sell stop", "loss", end=0.54),), ((0.56, 0.26, "loss"),)),
    "stop_limit": Sketch(_GAP, (_flat(0.6, "stop", "loss", end=0.51), _flat(0.4, "limit: not reached", "loss", 0.51))),
    "trailing": Sketch(_RISE, (Level(_FOLLOW, "stop follows", "loss"),), ((0.78, 0.72, "loss"),)),
    "bracket": Sketch(
        _UP,
        (
            _flat(0.84, "target", "text.primary", start=0.16),
            _flat(0.5, "entry", "gain", end=0.16),
            _flat(0.16, "stop", "loss", start=0.16),
        ),
        ((0.16, 0.5, "gain"), (0.8, 0.84, "text.primary")),
    ),
    "oco": Sketch(
        _UP,
        (_flat(0.84, "target, fills", "text.primary"), _flat(0.16, "stop, cancelled", "loss", end=0.8)),
        ((0.8, 0.84, "text.primary"),),
    ),
}


def paint_sketch(theme: Theme, name: str, ratio: float = 1.0) -> QPixmap:
    """The drawing called ``name`` in the colours of the theme, for a screen of that many device pixels a pixel.

    Raises ``KeyError`` for a name that has none.
    """
    sketch = SKETCHES[name]
    size = QSize(theme.px(SIZE.width()), theme.px(SIZE.height()))
    image = QPixmap(size * ratio)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    inset = theme.px(_INSET)
    field = QRectF(inset, inset, size.width() - theme.px(_LABEL_ROOM) - 2 * inset, size.height() - 2 * inset)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for level in sketch.levels:
        _paint_level(theme, painter, field, level)
    painter.setPen(QPen(theme.color("text.tertiary"), 1.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(_polygon(field, sketch.price))
    radius = theme.px(4)
    for x, y, ink in sketch.fills:
        painter.setPen(QPen(theme.color("bg.panel"), 2))
        painter.setBrush(theme.color(ink))
        painter.drawEllipse(_point(field, x, y), radius, radius)
    painter.end()
    return image


def _paint_level(theme: Theme, painter: QPainter, field: QRectF, level: Level) -> None:
    pen = QPen(theme.color(level.ink), 1.4)
    pen.setDashPattern([4.0, 3.0])
    painter.setPen(pen)
    painter.drawPolyline(_polygon(field, level.points))
    metrics = theme.metrics("small")
    painter.setFont(theme.font("small"))
    y = _point(field, *level.points[-1]).y() + (metrics.ascent() - metrics.descent()) / 2
    painter.drawText(QPointF(field.right() + theme.px(8), y), level.label)


def _point(field: QRectF, x: float, y: float) -> QPointF:
    return QPointF(field.left() + x * field.width(), field.bottom() - y * field.height())


def _polygon(field: QRectF, points: Sequence[tuple[float, float]]) -> QPolygonF:
    return QPolygonF([_point(field, x, y) for x, y in points])
