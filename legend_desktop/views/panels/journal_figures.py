"""The Journal's figures: the equity curve in R or money, and expectancy by tag."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from legend_desktop.domain.formatting import format_money, format_r
from legend_desktop.viewmodels.journal import JournalViewModel
from legend_desktop.viewmodels.journal_words import TagRow, curve_sentence
from legend_desktop.views.models.journal_model import tag_model
from legend_desktop.views.panels.journal_pictures import EquityPicture
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.data_table import DataTable
from legend_desktop.views.widgets.labels import TextLabel
from legend_desktop.views.widgets.notice import EmptyState
from legend_desktop.views.widgets.segmented import Segment, SegmentedControl
from legend_desktop.views.widgets.spans import Span
from legend_desktop.views.widgets.total_row import TotalRow


class EquityPage(QWidget):
    """The equity curve in R or in money, with its sentence."""

    def __init__(self, view_model: JournalViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = view_model
        self.unit = SegmentedControl(theme, "Unit of the curve", [Segment("r", "R"), Segment("money", "$")], small=True)
        self.unit.set_current("r")
        self.unit.setFixedWidth(theme.px(80))
        self.unit.changed.connect(lambda _: self.refresh())
        self.words = TextLabel(theme, role="small", ink="text.secondary", wrap=True)
        self.picture = EquityPicture(theme)
        line = QHBoxLayout()
        line.addWidget(self.words, 1)
        line.addWidget(self.unit, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.px(10), theme.px(6), theme.px(10), theme.px(8))
        column.addLayout(line)
        column.addWidget(self.picture, 1)

    def refresh(self) -> None:
        """Read the figures again."""
        figures, in_r = self._model.figures, self.unit.current() == "r"
        curve = None if figures is None else figures.in_r if in_r else figures.in_money
        sentence = "" if curve is None else curve_sentence(curve, in_r=in_r)
        self.words.setText(sentence)
        self.picture.show_curve(curve, sentence, in_r=in_r)


class TagsPage(QWidget):
    """Expectancy by tag over a total; Enter on a row filters the list by it."""

    def __init__(self, view_model: JournalViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = view_model
        self.rows = tag_model(self)
        empty = EmptyState(theme, "tag", "No closed trades", "Tags are compared once trades have ended.")
        self.table = DataTable(theme, self.rows, "Tags", empty=empty, parent=self)
        self.table.activated_row.connect(lambda row: view_model.set_tag(row.tag))
        self.total = TotalRow(theme, self.table)
        self.hint = TextLabel(
            theme,
            "A trade counts under each of its tags. Enter on a row shows its trades.",
            role="small",
            ink="text.tertiary",
            wrap=True,
        )
        self.hint.setContentsMargins(theme.px(10), theme.px(4), theme.px(10), theme.px(4))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(self.total)
        column.addWidget(self.hint)

    def refresh(self) -> None:
        """Read the figures again."""
        self.rows.set_rows(self._model.tag_rows)
        whole = self._model.whole_row
        self.total.setVisible(whole is not None and whole.trades > 0)
        if whole is not None:
            self.total.set_total(_total_cells(whole))


def _total_cells(whole: TagRow) -> dict[str, Span]:
    return {
        "tag": Span("All trades", "text.primary", 600),
        "trades": Span(f"{whole.trades:,d}", "text.primary", 600),
        "won": Span(whole.won, "text.primary", 600),
        "n": Span(f"{whole.n:,d}", "text.primary", 600),
        "expectancy": Span(format_r(whole.expectancy), "text.primary", 600),
        "interval": Span(whole.interval, "text.secondary"),
        "money": Span(format_money(whole.money, signed=True, symbol=False), "text.primary", 600),
    }
