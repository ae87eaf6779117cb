"""Icons as SVG, painted in the text colour of their place, so that themes need no second set."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer


class IconStore:
    """Loads the glyphs of a folder on demand and keeps the coloured pixmaps."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources: dict[str, bytes] = {}
        self._pixmaps: dict[tuple[str, int, int, int], QPixmap] = {}

    def names(self) -> tuple[str, ...]:
        """Every glyph of the folder by name."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.svg")))

    def pixmap(self, name: str, color: QColor, size: int, ratio: float = 1.0) -> QPixmap:
        """Glyph ``name`` in ``color``, ``size`` device-independent pixels wide, for a screen scale of ``ratio``."""
        pixels = max(1, round(size * ratio))
        key = (name, color.rgba(), pixels, round(ratio * 100))
        found = self._pixmaps.get(key)
        if found is None:
            found = self._draw(name, color, pixels)
            found.setDevicePixelRatio(ratio)
            self._pixmaps[key] = found
        return found

    def paint(self, painter: QPainter, name: str, rect: QRect, color: QColor) -> None:
        """Draw glyph ``name`` in ``color``, centred in ``rect``."""
        size = min(rect.width(), rect.height())
        ratio = painter.device().devicePixelRatioF()
        pixmap = self.pixmap(name, color, size, ratio)
        left = rect.x() + (rect.width() - size) // 2
        top = rect.y() + (rect.height() - size) // 2
        painter.drawPixmap(left, top, pixmap)

    def _draw(self, name: str, color: QColor, pixels: int) -> QPixmap:
        source = self._sources.get(name)
        if source is None:
            source = (self._folder / f"{name}.svg").read_bytes()
            self._sources[name] = source
        tinted = source.replace(b"currentColor", color.name().encode())
        pixmap = QPixmap(pixels, pixels)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        QSvgRenderer(QByteArray(tinted)).render(painter, QRectF(0, 0, pixels, pixels))
        painter.end()
        return pixmap


class GlyphEngine(QIconEngine):
    """A ``QIcon`` whose colour is asked for at each painting, so that it follows the theme."""

    def __init__(self, store: IconStore, name: str, color: Callable[[QIcon.Mode], QColor]) -> None:
        super().__init__()
        self._store = store
        self._name = name
        self._color = color

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:  # noqa: ARG002
        """Draw the glyph for Qt."""
        self._store.paint(painter, self._name, rect, self._color(mode))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:  # noqa: ARG002
        """The glyph as a pixmap for Qt."""
        return self._store.pixmap(self._name, self._color(mode), min(size.width(), size.height()))

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:  # noqa: ARG002
        """The glyph as a pixmap for a screen with a scale factor (``size`` is in device pixels)."""
        logical = round(min(size.width(), size.height()) / scale)
        return self._store.pixmap(self._name, self._color(mode), logical, scale)

    def clone(self) -> "GlyphEngine":
        """A copy for Qt."""
        return GlyphEngine(self._store, self._name, self._color)
