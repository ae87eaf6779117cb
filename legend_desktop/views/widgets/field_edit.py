"""Text fields that show at their right end what the typed text works out to, and the drop-down field."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QSizePolicy, QWidget

from legend_desktop.views.theme import Theme, set_property
from legend_desktop.views.widgets.access import describe


class FieldEdit(QLineEdit):
    """A line edit with a derived text at its right end (``2.32 = 1.32 %``) and an error edge."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        *,
        placeholder: str = "",
        unit: str = "",
        key: str = "",
        tip: str = "",
        identifier: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._derived = unit
        self._ink = "text.tertiary"
        self.setPlaceholderText(placeholder)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        describe(self, name, tip=tip, key=key, identifier=identifier)
        if unit:
            self.setAccessibleDescription(unit)
        theme.changed.connect(self._make_room)
        self._make_room()

    def set_derived(self, text: str, ink: str = "text.tertiary") -> None:
        """Show ``text`` at the right end."""
        if (text, ink) == (self._derived, self._ink):
            return
        self._derived, self._ink = text, ink
        self.setAccessibleDescription(text)
        self._make_room()
        self.update()

    def derived(self) -> str:
        """The text at the right end."""
        return self._derived

    def set_error(self, wrong: bool) -> None:
        """Draw the edge in ``danger`` while what stands in the field cannot be used."""
        set_property(self, "wrong", "true" if wrong else "false")

    def set_text_if_idle(self, text: str) -> None:
        """Show ``text`` unless the person is typing here."""
        if not self.hasFocus() and self.text() != text:
            self.setText(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the field, then the derived text."""
        super().paintEvent(event)
        if not self._derived:
            return
        painter = QPainter(self)
        painter.setFont(self._theme.font("small"))
        painter.setPen(self._theme.color(self._ink if self.isEnabled() else "text.disabled"))
        inset = self._theme.px(9)
        flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(self.rect().adjusted(inset, 0, -inset, 0), flags, self._derived)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the typed text clear of the derived one."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        width = 0
        if self._derived:
            width = self._theme.metrics("small").horizontalAdvance(self._derived) + self._theme.px(6)
            width = min(width, self.width() * 2 // 3)
        if self.textMargins().right() != width:
            self.setTextMargins(0, 0, width, 0)


class ComboField(QComboBox):
    """A drop-down in the height of the fields."""

    def __init__(
        self, theme: Theme, name: str, *, key: str = "", identifier: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        describe(self, name, key=key, identifier=identifier)
        self.view().setAccessibleName(f"{name}, choices")
        theme.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.setFixedHeight(self._theme.density.field)
        self.setFont(self._theme.font("field"))
