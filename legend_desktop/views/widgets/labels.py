"""Labels that follow the theme: plain text, cut text, badges, rules."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.spans import Span, icon_size, paint_spans, spans_width


class TextLabel(QLabel):
    """A label in a type role and an ink of the theme; wraps when told to. Money in it hides with the theme's."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        role: str = "body",
        ink: str = "text.primary",
        weight: int = 400,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme.masked(text), parent)
        self._theme = theme
        self._plain = text
        self._role = role
        self._ink = ink
        self._weight = weight
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        theme.changed.connect(self._restyle)
        self._restyle()

    def setText(self, text: str) -> None:
        """Show ``text``."""
        self._plain = text
        super().setText(self._theme.masked(text))

    def set_ink(self, ink: str) -> None:
        """Change the colour token."""
        if ink != self._ink:
            self._ink = ink
            self._restyle()

    def _restyle(self) -> None:
        super().setText(self._theme.masked(self._plain))
        self.setFont(self._theme.font(self._role, self._weight))
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, self._theme.color(self._ink))
        self.setPalette(palette)


class ElidedLabel(TextLabel):
    """One line that is cut with an ellipsis; the whole text is the tool-tip while it is cut."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        role: str = "body",
        ink: str = "text.primary",
        weight: int = 400,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, text, role=role, ink=ink, weight=weight, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """It may be cut down to nothing."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the text, cut to the width."""
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()
        tip = self.text() if text != self.text() else ""
        if tip != self.toolTip():
            self.setToolTip(tip)


class Badge(QWidget):
    """A short word in a box: a state chip (outlined) or UNKNOWN (hatched)."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        ink: str = "text.primary",
        icon: str = "",
        hatched: bool = False,
        role: str = "small",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._span = Span(text, ink, 600, icon=icon)
        self._hatched = hatched
        self._role = role
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)
        theme.changed.connect(self._on_theme)

    def set_badge(self, text: str, *, ink: str = "text.primary", icon: str = "", hatched: bool = False) -> None:
        """Change word, colour and form."""
        span = Span(text, ink, 600, icon=icon)
        if (span, hatched) == (self._span, self._hatched):
            return
        self._span, self._hatched = span, hatched
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """The word."""
        return self._span.text

    def sizeHint(self) -> QSize:
        """The word with its inset."""
        width = spans_width(self._theme, (self._span,), self._role, 0)
        return QSize(width + self._theme.px(14), self._theme.px(20))

    def minimumSizeHint(self) -> QSize:
        """A badge is never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint box and word."""
        painter = QPainter(self)
        if self._hatched:
            painter.fillRect(self.rect(), self._theme.color("unknown.bg"))
            painter.fillRect(self.rect(), self._theme.hatch())
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.color(self._span.ink), 1))
            painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        inset = self._theme.px(7)
        paint_spans(
            self._theme, painter, self.rect().adjusted(inset, 0, -inset, 0), (self._span,), role=self._role, gap=0
        )
        painter.end()

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()


class Rule(QWidget):
    """A hairline across a panel, or a short upright one between parts."""

    def __init__(
        self, theme: Theme, *, ink: str = "line.hair", upright: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ink = ink
        if upright:
            self.setFixedSize(1, theme.px(14))
        else:
            self.setFixedHeight(1)
        theme.changed.connect(self.update)

    def set_ink(self, ink: str) -> None:
        """Change the colour token."""
        self._ink = ink
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Fill the line."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color(self._ink))
        painter.end()


class KeyCap(QWidget):
    """The key of an action as a small outlined cap."""

    def __init__(self, theme: Theme, text: str, *, ink: str = "text.tertiary", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = text
        self._ink = ink
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"key {text}")
        theme.changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Cap size."""
        return QSize(key_cap_width(self._theme, self._text), key_cap_height(self._theme))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the cap."""
        painter = QPainter(self)
        paint_key_cap(self._theme, painter, self.rect(), self._text, self._theme.color(self._ink))
        painter.end()

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()


def key_cap_width(theme: Theme, text: str) -> int:
    """Width of a key cap."""
    return theme.metrics("caption", 500).horizontalAdvance(text) + theme.px(9)


def key_cap_height(theme: Theme) -> int:
    """Height of a key cap."""
    return max(theme.px(15), icon_size(theme, "small"))


def paint_key_cap(theme: Theme, painter: QPainter, rect: QRect, text: str, color: QColor) -> None:
    """Draw a key cap that fills ``rect``."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
    painter.setFont(theme.font("caption", 500))
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), text)
    painter.restore()
