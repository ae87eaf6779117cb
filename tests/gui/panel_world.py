"""What the panel tests share: a theme, a picture on request, and the cells of a table as text."""

import os
from pathlib import Path

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QWidget

from legend_desktop.views.models.table_model import Cell
from legend_desktop.views.theme import Look, Scheme, Theme
from legend_desktop.views.widgets.data_table import DataTable

RESOURCES = Path(__file__).parents[2] / "resources"


def make_theme(scheme: Scheme = Scheme.DARK) -> Theme:
    """A theme that the running application wears."""
    theme = Theme(RESOURCES, Look(scheme=scheme))
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.install(app)
    return theme


def picture(widget: QWidget, name: str) -> None:
    """Write a picture of ``widget`` into the folder named by PANEL_PICTURES, if that is set."""
    folder = os.environ.get("PANEL_PICTURES")
    if folder:
        QApplication.processEvents()
        widget.grab().save(str(Path(folder) / f"{name}.png"))


def cells(table: DataTable, *columns: str) -> list[tuple[str, ...]]:
    """The text of the chosen columns, row by row from the top, thin spaces as plain ones."""
    model = table.rows_model
    places = [model.column_of(column) for column in columns]
    return [
        tuple(model.cell(row, place).text.replace("\u202f", " ").rstrip("\u2007\u2008") for place in places)
        for row in range(model.rowCount())
    ]


def cell(table: DataTable, row: int, column: str) -> Cell:
    """Everything that is painted in one cell."""
    return table.rows_model.cell(row, table.rows_model.column_of(column))


def clipped(table: DataTable, *, but: tuple[str, ...] = ()) -> list[str]:
    """Cells and titles that do not fit their columns, as "column: text"; empty when all is readable."""
    model, theme = table.rows_model, table.theme
    found = []
    for place, column in enumerate(model.columns):
        if table.isColumnHidden(place) or column.id in but:
            continue
        width = table.columnWidth(place)
        if theme.metrics("small", 500).horizontalAdvance(column.title) > width - theme.px(15 if place == 0 else 10) - 1:
            found.append(f"{column.id}: title {column.title}")
        for row in range(model.rowCount()):
            shown = model.cell(row, place)
            indent = column.indent(model.row_at(row)) if column.indent is not None else 0
            room = table.inner(QRect(0, 0, width, 20), place).width() - theme.px(indent)
            need = theme.metrics("body", shown.weight).horizontalAdvance(shown.text)
            if need + (theme.px(16) if shown.icon else 0) > room:
                found.append(f"{column.id}: {shown.text}")
    return found
