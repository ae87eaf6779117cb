"""The look of the desk in one object: colours by token, type, sizes, icons; everything on screen reads from here.

Colours come from ``themes/tokens.json`` below the resource folder that the caller hands in; no other module holds one.
"""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QGuiApplication, QIcon, QPainter, QPalette, QPen
from PySide6.QtWidgets import QApplication, QWidget

from legend_desktop.views.density import Density, DensityName
from legend_desktop.views.fonts import hinted, load_fonts, make_font
from legend_desktop.views.icons import GlyphEngine, IconStore
from legend_desktop.views.style import DeskStyle, style_sheet


class Scheme(StrEnum):
    """Dark, light, or whatever the system shows."""

    DARK = "dark"
    LIGHT = "light"
    SYSTEM = "system"


class PaletteName(StrEnum):
    """How gains and losses are coloured; ``MONO`` prints both in ink."""

    DEFAULT = "default"
    CLASSIC = "classic"
    MONO = "mono"


ZOOM_STEPS = tuple(range(80, 201, 10))
_CAPTION_FLOOR = 10
_MONEY = re.compile(r"\$\d+(,\d{3})*(\.\d+)?")
HIDDEN_MONEY = "•••"


@dataclass(frozen=True, slots=True)
class Look:
    """What a person may choose about the look; stored per machine."""

    scheme: Scheme = Scheme.SYSTEM
    palette: PaletteName = PaletteName.DEFAULT
    density: DensityName = DensityName.COMPACT
    zoom: int = 100
    reduce_motion: bool = False
    hide_money: bool = False


class Theme(QObject):
    """Colours, fonts, sizes and icons for the whole window; emits ``changed`` after any change of the look."""

    changed = Signal()

    def __init__(self, resources: Path, look: Look | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tokens: dict[str, Any] = json.loads((resources / "themes" / "tokens.json").read_text(encoding="utf-8"))
        self.families = tuple(self._tokens["type"]["family"])
        load_fonts(resources / "fonts")
        self.icons = IconStore(resources / "icons")
        self._look = look or Look()
        self._fonts: dict[tuple[str, int | None, float], QFont] = {}
        self._metrics: dict[tuple[str, int | None, float], QFontMetrics] = {}
        self._colors: dict[str, QColor] = {}
        self._pens: dict[str, QPen] = {}
        self._app: QApplication | None = None
        self._style: DeskStyle | None = None
        self._rebuild()

    # The choice ------------------------------------------------------------------------------------------------

    @property
    def look(self) -> Look:
        """The present choice."""
        return self._look

    def set_look(self, look: Look) -> None:
        """Take a new choice and repaint everything."""
        if look == self._look:
            return
        self._look = look
        self._refresh()

    @property
    def is_dark(self) -> bool:
        """True where the dark colours are in use."""
        return self._dark

    @property
    def density(self) -> Density:
        """Row and field heights, zoom included."""
        return self._density

    @property
    def reduce_motion(self) -> bool:
        """True where flashes are replaced by a small arrow."""
        return self._look.reduce_motion

    def install(self, app: QApplication) -> None:
        """Make this the look of ``app``: style, font, palette, style sheet; follows the system's scheme."""
        self._app = app
        self._style = DeskStyle(self)
        app.setStyle(self._style)
        app.styleHints().colorSchemeChanged.connect(self._on_system_scheme)
        self._apply()

    # Colours ---------------------------------------------------------------------------------------------------

    def color(self, token: str) -> QColor:
        """The colour of ``token`` in the present scheme and palette. Raises ``KeyError`` for an unknown token."""
        found = self._colors.get(token)
        if found is None:
            names = self._tokens["palette"][self._look.palette.value]
            found = QColor(self._tokens["color"][self._scheme][names.get(token, token)])
            self._colors[token] = found
        return found

    def hex(self, token: str) -> str:
        """The colour as ``#RRGGBB``, for style sheets and reports."""
        return self.color(token).name()

    def pen(self, token: str) -> QPen:
        """A cosmetic one-pixel pen in the colour of ``token`` (cached; do not change it)."""
        found = self._pens.get(token)
        if found is None:
            found = QPen(self.color(token), 1)
            found.setCosmetic(True)
            self._pens[token] = found
        return found

    def hatch(self) -> QBrush:
        """The 45-degree hatch behind a figure that nobody knows."""
        return QBrush(self.color("unknown.hatch"), Qt.BrushStyle.BDiagPattern)

    def series(self, index: int) -> QColor:
        """Colour of chart series ``index`` (0 is the first; counts round after eight)."""
        rows = self._tokens["chart"]["series"][self._scheme]
        return QColor(rows[index % len(rows)])

    def series_pen(self, index: int) -> QPen:
        """Line of chart series ``index`` with its own dash, so that a grey print stays readable."""
        chart = self._tokens["chart"]
        place = index % len(chart["series_width"])
        pen = QPen(self.series(place), chart["series_width"][place])
        pen.setCosmetic(True)
        if chart["series_line"][place]:
            pen.setDashPattern([float(value) for value in chart["series_line"][place]])
        return pen

    def series_marker(self, index: int) -> str:
        """Marker word of chart series ``index`` (as pyqtgraph names them)."""
        rows: list[str] = self._tokens["chart"]["series_marker"]
        return rows[index % len(rows)]

    def heat(self, basis_points: float) -> tuple[QColor, QColor]:
        """Fill and text colour of a heat-map box for a cost in basis points (positive costs)."""
        heat = self._tokens["chart"]["heat"]
        step = sum(basis_points >= edge for edge in heat["edges_bp"])
        ink = "alarm.on" if self._dark and step >= 6 else "text.primary"
        return QColor(heat[self._scheme][step]), self.color(ink)

    # Sizes and type --------------------------------------------------------------------------------------------

    def px(self, pixels: float) -> int:
        """``pixels`` of the design at the present zoom."""
        return round(pixels * self._factor)

    def size(self, name: str) -> int:
        """A named size of the token file (``banner``, ``alarm``, ``status``, ``send_button`` ...) at this zoom."""
        return self.px(self._tokens["size"][name])

    def milliseconds(self, name: str) -> int:
        """A named duration of the token file (``flash``, ``toast`` ...)."""
        return int(self._tokens["time_ms"][name])

    def font_pixels(self, role: str) -> int:
        """Type size of ``role`` (caption small body field title heading quote figure card hero) with zoom."""
        base: int = self._tokens["type"]["sizes_px"][role]
        extra = self._density.font - self._tokens["type"]["sizes_px"]["body"]
        if role in {"small", "body", "field"}:
            base += extra
        return max(_CAPTION_FLOOR, self.px(base))

    def font(self, role: str = "body", weight: int | None = None, *, tracking: float = 0.0) -> QFont:
        """The font of a type role (cached; copy it before changing). ``weight`` 400, 500, 600 or 700."""
        key = (role, weight, tracking)
        found = self._fonts.get(key)
        if found is None:
            found = make_font(self.families, self.font_pixels(role), weight or 400, tracking=tracking)
            hinted(found, scaled=any(screen.devicePixelRatio() > 1 for screen in QGuiApplication.screens()))
            self._fonts[key] = found
        return found

    def metrics(self, role: str = "body", weight: int | None = None, *, tracking: float = 0.0) -> QFontMetrics:
        """Metrics of ``font(role, weight)``, cached."""
        key = (role, weight, tracking)
        found = self._metrics.get(key)
        if found is None:
            found = QFontMetrics(self.font(role, weight, tracking=tracking))
            self._metrics[key] = found
        return found

    def line_height(self, role: str) -> int:
        """Height of one line of a type role."""
        sizes = self._tokens["type"]["sizes_px"]
        return self.px(self._tokens["type"]["line_height_px"][str(sizes[role])])

    # Money -----------------------------------------------------------------------------------------------------

    def masked(self, text: str) -> str:
        """``text`` with its dollar figures hidden where the person hides money (somebody looks over the shoulder)."""
        if not self._look.hide_money or "$" not in text:
            return text
        return _MONEY.sub("$" + HIDDEN_MONEY, text)

    # Icons -----------------------------------------------------------------------------------------------------

    def icon(self, name: str, ink: str = "text.secondary") -> QIcon:
        """Glyph ``name`` in the colour of token ``ink``; follows later changes of the theme."""

        def color(mode: QIcon.Mode) -> QColor:
            return self.color("text.disabled" if mode == QIcon.Mode.Disabled else ink)

        return QIcon(GlyphEngine(self.icons, name, color))

    def paint_icon(self, painter: QPainter, name: str, rect: QRect, ink: str) -> None:
        """Draw glyph ``name`` centred in ``rect`` in the colour of token ``ink``."""
        self.icons.paint(painter, name, rect, self.color(ink))

    # Inside ----------------------------------------------------------------------------------------------------

    def _on_system_scheme(self) -> None:
        if self._look.scheme is Scheme.SYSTEM:
            self._refresh()

    def _refresh(self) -> None:
        self._rebuild()
        if self._app is not None:
            self._apply()
        self.changed.emit()

    def _rebuild(self) -> None:
        scheme = self._look.scheme
        if scheme is Scheme.SYSTEM:
            light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
            scheme = Scheme.LIGHT if light else Scheme.DARK
        self._dark = scheme is Scheme.DARK
        self._scheme = scheme.value
        self._factor = self._look.zoom / 100
        self._density = Density.scaled(self._tokens["density"][self._look.density.value], self._factor)
        self._fonts.clear()
        self._metrics.clear()
        self._colors.clear()
        self._pens.clear()

    def _apply(self) -> None:
        if self._app is None:
            return
        self._app.setPalette(self._palette())
        self._app.setFont(self.font("body"))
        self._app.setStyleSheet(style_sheet(self))

    def _palette(self) -> QPalette:
        palette = QPalette()
        roles = {
            QPalette.ColorRole.Window: "bg.panel",
            QPalette.ColorRole.WindowText: "text.primary",
            QPalette.ColorRole.Base: "bg.field",
            QPalette.ColorRole.AlternateBase: "bg.header",
            QPalette.ColorRole.Text: "text.primary",
            QPalette.ColorRole.Button: "bg.header",
            QPalette.ColorRole.ButtonText: "text.primary",
            QPalette.ColorRole.BrightText: "text.primary",
            QPalette.ColorRole.Highlight: "line.strong",
            QPalette.ColorRole.HighlightedText: "text.primary",
            QPalette.ColorRole.PlaceholderText: "text.tertiary",
            QPalette.ColorRole.ToolTipBase: "bg.menu",
            QPalette.ColorRole.ToolTipText: "text.primary",
            QPalette.ColorRole.Link: "text.primary",
            QPalette.ColorRole.LinkVisited: "text.secondary",
            QPalette.ColorRole.Light: "line.hair",
            QPalette.ColorRole.Midlight: "line.hair",
            QPalette.ColorRole.Mid: "line.strong",
            QPalette.ColorRole.Dark: "line.strong",
            QPalette.ColorRole.Shadow: "bg.window",
        }
        for role, token in roles.items():
            palette.setColor(role, self.color(token))
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.color("text.disabled"))
        return palette


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet selects on and let Qt look again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()
