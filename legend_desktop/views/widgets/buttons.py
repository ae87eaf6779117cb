"""Buttons of the desk: verbs with their key, chips, and the one big send button."""

from enum import StrEnum

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from legend_desktop.views.style import draw_focus_ring
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.labels import key_cap_height, key_cap_width, paint_key_cap


class ButtonKind(StrEnum):
    """Form of a button: outlined, filled with ink, real money, destructive, or without an edge."""

    OUTLINE = "outline"
    INK = "ink"
    CRIMSON = "crimson"
    DANGER = "danger"
    DANGER_OUTLINE = "danger-outline"
    QUIET = "quiet"
    CHIP_ON_FILL = "chip-on-fill"


# kind: (fill, text, edge); an empty word draws nothing
_FORMS = {
    ButtonKind.OUTLINE: ("bg.header", "text.primary", "line.control"),
    ButtonKind.INK: ("armed.fill", "armed.on", "armed.fill"),
    ButtonKind.CRIMSON: ("live.fill", "live.on", "live.fill"),
    ButtonKind.DANGER: ("danger.fill", "danger.on", "danger.fill"),
    ButtonKind.DANGER_OUTLINE: ("", "danger", "danger"),
    ButtonKind.QUIET: ("", "text.secondary", ""),
    ButtonKind.CHIP_ON_FILL: ("", "alarm.on", "alarm.on"),
}


class Button(QAbstractButton):
    """A painted button: glyph, words, key cap. ``key`` is shown as a cap and added to the tool-tip."""

    def __init__(
        self,
        theme: Theme,
        text: str,
        *,
        kind: ButtonKind = ButtonKind.OUTLINE,
        key: str = "",
        icon: str = "",
        tip: str = "",
        identifier: str = "",
        show_key: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self.trailing_glyph = ""
        self._kind = kind
        self._key = key
        self._tip = tip
        self._glyph = icon
        self._identifier = identifier
        self._show_key = show_key and bool(key)
        self._inks: tuple[str, str, str] | None = None
        self.role = "body"
        self.weight = 500
        self.focus_ink = "focus"
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setText(text)
        theme.changed.connect(self._on_theme)

    # What it says ----------------------------------------------------------------------------------------------

    def setText(self, text: str) -> None:
        """Change the words; name and tool-tip follow."""
        super().setText(text)
        describe(self, text, tip=self._tip, key=self._key.replace(" ", "+"), identifier=self._identifier)
        self.updateGeometry()
        self.update()

    def set_key(self, key: str) -> None:
        """Show another key cap, or none."""
        if key != self._key:
            self._key = key
            self._show_key = bool(key)
            self.setText(self.text())
            self.updateGeometry()
            self.update()

    def set_kind(self, kind: ButtonKind) -> None:
        """Change the form."""
        if kind != self._kind:
            self._kind = kind
            self.update()

    def set_inks(self, fill: str, text: str, edge: str) -> None:
        """Paint with these tokens instead of the form's (for buttons on a coloured bar); empty draws nothing."""
        if self._inks != (fill, text, edge):
            self._inks = (fill, text, edge)
            self.update()

    def set_glyph(self, icon: str) -> None:
        """Change the glyph before the words."""
        if icon != self._glyph:
            self._glyph = icon
            self.updateGeometry()
            self.update()

    # Geometry --------------------------------------------------------------------------------------------------

    def content_width(self) -> int:
        """Width of glyph, words and key cap with their gaps."""
        width = self.theme.metrics(self.role, self.weight).horizontalAdvance(self.text())
        if self._glyph:
            width += self._glyph_size() + (self.theme.px(5) if self.text() else 0)
        if self._show_key:
            width += key_cap_width(self.theme, self._key) + self.theme.px(8)
        if self.trailing_glyph:
            width += self.theme.px(16)
        return width

    def sizeHint(self) -> QSize:
        """Content and inset at the density's height."""
        return QSize(self.content_width() + self.theme.px(22), self.theme.density.button)

    def minimumSizeHint(self) -> QSize:
        """It may be cut a little, never below its glyph."""
        return QSize(self.theme.px(22), self.sizeHint().height())

    def _glyph_size(self) -> int:
        return self.theme.px(14)

    # Painting --------------------------------------------------------------------------------------------------

    def inks(self) -> tuple[QColor | None, QColor, QColor | None]:
        """Fill, text and edge colour for the present state."""
        fill, text, edge = self._inks or _FORMS[self._kind]
        if not self.isEnabled():
            return None, self.theme.color("text.disabled"), self.theme.color("line.strong") if edge else None
        if self._kind in {ButtonKind.OUTLINE, ButtonKind.QUIET} and self._inks is None:
            if self.isDown() or self.isChecked():
                fill = "bg.selected"
            elif self.underMouse():
                fill, text = "bg.hover", "text.primary"
        fill_color = self.theme.color(fill) if fill else None
        if fill_color is not None and self.isDown():
            fill_color = fill_color.darker(112) if fill_color.lightness() > 128 else fill_color.lighter(118)
        return fill_color, self.theme.color(text), self.theme.color(edge) if edge else None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint box, glyph, words, key cap and focus ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill, ink, edge = self.inks()
        painter.setPen(QPen(edge, 1) if edge is not None else Qt.PenStyle.NoPen)
        painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        self.paint_under(painter)
        self.paint_content(painter, ink)
        if self.hasFocus():
            self._paint_focus(painter, fill)
        painter.end()

    def paint_under(self, painter: QPainter) -> None:
        """Hook for something between box and words (a filling bar)."""

    def paint_content(self, painter: QPainter, ink: QColor) -> None:
        """Paint glyph, words and key cap, centred."""
        left = max(self.theme.px(6), (self.width() - self.content_width()) // 2)
        if self._glyph:
            size = self._glyph_size()
            self.theme.icons.paint(painter, self._glyph, QRect(left, (self.height() - size) // 2, size, size), ink)
            left += size + (self.theme.px(5) if self.text() else 0)
        metrics = self.theme.metrics(self.role, self.weight)
        cap = key_cap_width(self.theme, self._key) + self.theme.px(8) if self._show_key else 0
        tail = self.theme.px(16) if self.trailing_glyph else 0
        room = self.width() - left - cap - tail - self.theme.px(4)
        text = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        painter.setFont(self.theme.font(self.role, self.weight))
        painter.setPen(ink)
        painter.drawText(left, (self.height() + metrics.ascent() - metrics.descent()) // 2, text)
        if cap:
            left += metrics.horizontalAdvance(text) + self.theme.px(8)
            height = key_cap_height(self.theme)
            place = QRect(left, (self.height() - height) // 2, cap - self.theme.px(8), height)
            paint_key_cap(self.theme, painter, place, self._key, ink)
        elif tail:
            size = self.theme.px(12)
            left += metrics.horizontalAdvance(text) + self.theme.px(4)
            place = QRect(left, (self.height() - size) // 2 + 1, size, size)
            self.theme.icons.paint(painter, self.trailing_glyph, place, ink)

    def _paint_focus(self, painter: QPainter, fill: QColor | None) -> None:
        draw_focus_ring(self.theme, painter, self.rect(), ink=self.focus_ink)
        if fill is not None and fill == self.theme.color("focus"):
            painter.setPen(QPen(self.theme.color("armed.on"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().toRectF().adjusted(2.5, 2.5, -2.5, -2.5), 2, 2)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the hover fill."""
        super().enterEvent(event)
        self.update()

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()


class SendState(StrEnum):
    """Form of the send button: nothing to send, ready on paper, ready with real money, waiting for an answer."""

    OUTLINE = "outline"
    INK = "ink"
    CRIMSON = "crimson"


class SendButton(Button):
    """The 36-px button that sends. In LIVE it is crimson and its words start with LIVE."""

    def __init__(self, theme: Theme, text: str = "", *, key: str = "Ctrl Enter", parent: QWidget | None = None) -> None:
        super().__init__(theme, text, key=key, identifier="ticket.send", parent=parent)
        self.role = "field"
        self.weight = 600
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_state(SendState.OUTLINE)

    def set_state(self, state: SendState, text: str | None = None) -> None:
        """Change form and, where given, the words. ``OUTLINE`` is disabled."""
        kinds = {
            SendState.OUTLINE: ButtonKind.OUTLINE,
            SendState.INK: ButtonKind.INK,
            SendState.CRIMSON: ButtonKind.CRIMSON,
        }
        self.set_kind(kinds[state])
        self.setEnabled(state is not SendState.OUTLINE)
        if text is not None and text != self.text():
            self.setText(text)

    def sizeHint(self) -> QSize:
        """Full width, 36 px."""
        return QSize(self.content_width() + self.theme.px(24), self.theme.size("send_button"))

    def minimumSizeHint(self) -> QSize:
        """Its height is fixed."""
        return QSize(self.theme.px(120), self.theme.size("send_button"))


class ChipButton(Button):
    """A small button for bars and filters; checkable as a filter. ``set_progress`` fills it from the left."""

    def __init__(
        self,
        theme: Theme,
        text: str,
        *,
        icon: str = "",
        key: str = "",
        tip: str = "",
        identifier: str = "",
        checkable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        self._progress = 0.0
        super().__init__(theme, text, icon=icon, key=key, tip=tip, identifier=identifier, show_key=False, parent=parent)
        self.role = "small"
        self.setCheckable(checkable)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_progress(self, fraction: float) -> None:
        """Fill the chip to ``fraction`` (0 to 1) while a key or button is held."""
        self._progress = min(1.0, max(0.0, fraction))
        self.update()

    def sizeHint(self) -> QSize:
        """Content with a small inset, 22 px high."""
        return QSize(self.content_width() + self.theme.px(14), self.theme.size("target_min"))

    def minimumSizeHint(self) -> QSize:
        """Chips are never cut."""
        return self.sizeHint()

    def _glyph_size(self) -> int:
        return self.theme.px(12)

    def paint_under(self, painter: QPainter) -> None:
        """Paint the filling bar."""
        if self._progress > 0:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("danger.fill"))
            width = round((self.width() - 2) * self._progress)
            painter.drawRect(QRect(1, 1, width, self.height() - 2))


class IconButton(Button):
    """A square glyph without words: only for "...", carets and close."""

    def __init__(
        self, theme: Theme, icon: str, name: str, *, key: str = "", identifier: str = "", parent: QWidget | None = None
    ) -> None:
        self._name = name
        super().__init__(
            theme,
            "",
            kind=ButtonKind.QUIET,
            icon=icon,
            key=key,
            tip=name,
            identifier=identifier,
            show_key=False,
            parent=parent,
        )
        describe(self, name, key=key, identifier=identifier)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """The smallest target."""
        side = self.theme.size("target_min")
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()
