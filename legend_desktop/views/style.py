"""One proxy style over Fusion and one style sheet built from the tokens."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QProxyStyle, QStyle, QStyleFactory, QStyleOption, QStyleOptionComplex, QWidget

if TYPE_CHECKING:
    from legend_desktop.views.theme import Theme

_PRIMITIVES = {
    QStyle.PrimitiveElement.PE_FrameFocusRect,
    QStyle.PrimitiveElement.PE_IndicatorCheckBox,
    QStyle.PrimitiveElement.PE_IndicatorRadioButton,
    QStyle.PrimitiveElement.PE_IndicatorDockWidgetResizeHandle,
}


def draw_focus_ring(
    theme: "Theme", painter: QPainter, rect: QRect, radius: int | None = None, ink: str = "focus"
) -> None:
    """Draw the focus ring inside ``rect``: two pixels, never outside the control; ``ink`` for coloured bars."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(theme.color(ink), 2)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    corner = 3 if radius is None else radius
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), corner, corner)
    painter.restore()


class DeskStyle(QProxyStyle):
    """Fusion with this desk's focus ring, boxes and fields; flat, square, no gradients."""

    def __init__(self, theme: "Theme") -> None:
        super().__init__(QStyleFactory.create("Fusion"))
        self._theme = theme

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draw focus rings, check boxes and radio buttons; leave the rest to Fusion."""
        if element not in _PRIMITIVES:
            super().drawPrimitive(element, option, painter, widget)
            return
        rect, state = _rect(option), _state(option)
        if element == QStyle.PrimitiveElement.PE_FrameFocusRect:
            draw_focus_ring(self._theme, painter, rect)
        elif element == QStyle.PrimitiveElement.PE_IndicatorCheckBox:
            self._check_box(painter, rect, state)
        elif element == QStyle.PrimitiveElement.PE_IndicatorRadioButton:
            self._radio(painter, rect, state)

    def drawComplexControl(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draw drop-down fields flat; leave the rest to Fusion."""
        if control == QStyle.ComplexControl.CC_ComboBox:
            self._combo(painter, _rect(option), _state(option))
            return
        super().drawComplexControl(control, option, painter, widget)

    def _edge(self, state: QStyle.StateFlag) -> str:
        return "line.control" if state & QStyle.StateFlag.State_Enabled else "line.strong"

    def _box(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag, radius: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color(self._edge(state)), 1))
        painter.setBrush(self._theme.color("bg.field"))
        painter.drawRoundedRect(rect.toRectF().adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    def _check_box(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        painter.save()
        self._box(painter, rect, state, 2)
        ink = "text.primary" if state & QStyle.StateFlag.State_Enabled else "text.disabled"
        if state & QStyle.StateFlag.State_On:
            self._theme.paint_icon(painter, "check", rect.adjusted(1, 1, -1, -1), ink)
        elif state & QStyle.StateFlag.State_NoChange:
            painter.fillRect(
                rect.adjusted(4, rect.height() // 2 - 1, -4, -(rect.height() // 2)), self._theme.color(ink)
            )
        painter.restore()

    def _radio(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        painter.save()
        self._box(painter, rect, state, rect.width() / 2)
        if state & QStyle.StateFlag.State_On:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("text.primary"))
            painter.drawEllipse(rect.adjusted(4, 4, -4, -4))
        painter.restore()

    def _combo(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        painter.save()
        self._box(painter, rect, state, 3)
        enabled = bool(state & QStyle.StateFlag.State_Enabled)
        size = self._theme.px(12)
        place = QRect(rect.right() - size - self._theme.px(7), rect.center().y() - size // 2 + 1, size, size)
        self._theme.paint_icon(painter, "caret-down", place, "text.tertiary" if enabled else "text.disabled")
        if state & QStyle.StateFlag.State_HasFocus:
            draw_focus_ring(self._theme, painter, rect)
        painter.restore()


def _rect(option: QStyleOption) -> QRect:
    return option.rect


def _state(option: QStyleOption) -> QStyle.StateFlag:
    return option.state


_TEMPLATE = """
QMainWindow, QMainWindow > QWidget#centre {{ background: {bg_window}; }}
QMainWindow::separator {{ width: 4px; height: 4px; background: {bg_window}; }}
QMainWindow::separator:hover {{ background: {line_control}; }}
QMainWindow[frame="live"] {{ background: {live_frame}; }}
QDockWidget {{ border: 1px solid {line_control}; }}
QStatusBar {{ background: {bg_window}; border: 0; }}
QStatusBar::item {{ border: 0; }}
QMenuBar {{ background: {bg_header}; color: {text_primary}; }}
QMenuBar::item {{ padding: 3px 8px; background: transparent; }}
QMenuBar::item:selected {{ background: {bg_selected}; }}
QLabel {{ background: transparent; }}
QLabel[ink="secondary"] {{ color: {text_secondary}; }}
QLabel[ink="tertiary"] {{ color: {text_tertiary}; }}
QLabel[ink="warning"] {{ color: {warning}; }}
QLabel[ink="danger"] {{ color: {danger}; }}
QLabel[ink="ok"] {{ color: {ok}; }}
QLineEdit, QPlainTextEdit, QTextEdit {{
  background: {bg_field}; color: {text_primary}; border: 1px solid {line_control}; border-radius: 3px;
  selection-background-color: {line_strong}; selection-color: {text_primary}; font-size: {field_px}px;
}}
QLineEdit {{ padding: 0 {field_pad}px; min-height: {field_inner}px; max-height: {field_inner}px; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus {{ border: 2px solid {focus}; }}
QLineEdit:focus {{ padding: 0 {field_pad_focus}px; }}
QLineEdit:focus {{ min-height: {field_inner_focus}px; max-height: {field_inner_focus}px; }}
QLineEdit:disabled {{ color: {text_disabled}; border-color: {line_strong}; }}
QLineEdit[wrong="true"] {{ border-color: {danger}; }}
QLineEdit[bare="true"], QPlainTextEdit[bare="true"] {{ border: 0; background: transparent; padding: 0; }}
QPushButton {{
  background: {bg_header}; color: {text_primary}; border: 1px solid {line_control}; border-radius: 3px;
  min-height: {button_inner}px; padding: 0 {button_pad}px;
}}
QPushButton:hover {{ background: {bg_hover}; }}
QPushButton:pressed, QPushButton:checked {{ background: {bg_selected}; }}
QPushButton:focus {{ border: 2px solid {focus}; padding: 0 {button_pad_focus}px; min-height: {button_inner_focus}px; }}
QPushButton:disabled {{ color: {text_disabled}; border-color: {line_strong}; background: {bg_panel}; }}
QPushButton[kind="ink"] {{ background: {armed_fill}; color: {armed_on}; border-color: {armed_fill}; }}
QPushButton[kind="danger"] {{ background: {danger_fill}; color: {danger_on}; border-color: {danger_fill}; }}
QPushButton[kind="danger-outline"] {{ color: {danger}; border-color: {danger}; }}
QMenu {{ background: {bg_menu}; color: {text_primary}; border: 1px solid {line_control}; padding: 4px 0; }}
QMenu::item {{ padding: 4px 24px 4px 12px; min-height: {menu_inner}px; }}
QMenu::item:selected {{ background: {bg_selected}; }}
QMenu::item:disabled {{ color: {text_disabled}; }}
QMenu::separator {{ height: 1px; background: {line_hair}; margin: 4px 0; }}
QMenu::icon {{ padding-left: 8px; }}
QToolTip {{ background: {bg_menu}; color: {text_primary}; border: 1px solid {line_control}; padding: 4px 6px; }}
QAbstractItemView {{ background: {bg_menu}; color: {text_primary}; border: 1px solid {line_control}; outline: 0;
  selection-background-color: {bg_selected}; selection-color: {text_primary}; }}
QHeaderView {{ background: {bg_panel}; border: 0; }}
QTableView {{ background: {bg_panel}; border: 0; selection-background-color: {bg_selected}; outline: 0; }}
QTableView QTableCornerButton::section {{ background: {bg_panel}; border: 0; }}
QTabBar {{ background: {bg_header}; font-size: {small_px}px; qproperty-drawBase: 0; }}
QTabBar::tab {{
  background: transparent; color: {text_secondary}; border: 0; border-bottom: 2px solid transparent;
  padding: 0 1px; margin: 0 4px 0 5px; min-height: {tab_inner}px; max-height: {tab_inner}px;
}}
QTabBar::tab:selected {{ color: {text_primary}; border-bottom: 2px solid {text_primary}; font-weight: 600; }}
QTabBar::tab:first {{ margin-left: {tab_plain}px; }}
QTabBar[linked="true"]::tab:first {{ margin-left: {tab_first}px; }}
QTabBar::tab:hover {{ color: {text_primary}; }}
QTabBar::tab:focus {{ color: {text_primary}; }}
QScrollArea {{ background: transparent; border: 0; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; border: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 0; border: 0; }}
QScrollBar::handle {{ background: {line_strong}; border-radius: 3px; margin: 1px; }}
QScrollBar::handle:vertical {{ min-height: 24px; }}
QScrollBar::handle:horizontal {{ min-width: 24px; }}
QScrollBar::handle:hover {{ background: {line_control}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; border: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
QSplitter::handle {{ background: {bg_window}; }}
QSplitter::handle:hover {{ background: {line_control}; }}
QProgressBar {{ background: {bg_selected}; border: 0; max-height: 4px; min-height: 4px; }}
QProgressBar::chunk {{ background: {text_tertiary}; }}
"""


_SHEET_TOKENS = (
    *("bg.window", "bg.panel", "bg.header", "bg.field", "bg.hover", "bg.selected", "bg.menu"),
    "live.frame",
    *("line.hair", "line.strong", "line.control", "focus", "warning", "danger", "danger.fill", "danger.on", "ok"),
    *("text.primary", "text.secondary", "text.tertiary", "text.disabled", "armed.fill", "armed.on"),
)


def style_sheet(theme: "Theme") -> str:
    """The style sheet of the whole window for the present look."""
    values: dict[str, object] = {token.replace(".", "_"): theme.hex(token) for token in _SHEET_TOKENS}
    density = theme.density
    pad = theme.px(8)
    values |= {
        "field_px": theme.font_pixels("field"),
        "small_px": theme.font_pixels("small"),
        "field_pad": pad,
        "field_pad_focus": pad - 1,
        "field_inner": density.field - 2,
        "field_inner_focus": density.field - 4,
        "button_pad": theme.px(12),
        "button_pad_focus": theme.px(12) - 1,
        "button_inner": density.button - 2,
        "button_inner_focus": density.button - 4,
        "menu_inner": theme.px(16),
        "tab_first": theme.px(26),
        "tab_plain": theme.px(9),
        "tab_inner": density.title_bar - 2,
    }
    return _TEMPLATE.format(**values)
