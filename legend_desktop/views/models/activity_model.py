"""Columns of the activity list."""

from PySide6.QtCore import QObject

from legend_desktop.domain.events import NoticeLevel
from legend_desktop.domain.formatting import format_exchange_time
from legend_desktop.viewmodels.activity import ActivityRow
from legend_desktop.views.models.table_model import Column, RowTableModel

_ICONS = {
    NoticeLevel.INFO: "info",
    NoticeLevel.GOOD: "check-circle",
    NoticeLevel.WARNING: "warning",
    NoticeLevel.ERROR: "x-circle",
    NoticeLevel.NEEDS_YOU: "warning-octagon",
}
_INKS = {
    NoticeLevel.INFO: "text.tertiary",
    NoticeLevel.GOOD: "ok",
    NoticeLevel.WARNING: "warning",
    NoticeLevel.ERROR: "danger",
    NoticeLevel.NEEDS_YOU: "warning",
}
LEVEL_WORDS = {
    NoticeLevel.INFO: "Note",
    NoticeLevel.GOOD: "Good",
    NoticeLevel.WARNING: "Warning",
    NoticeLevel.ERROR: "Error",
    NoticeLevel.NEEDS_YOU: "Needs you",
}


def _weight(row: ActivityRow) -> int:
    return 600 if row.notice.level is NoticeLevel.NEEDS_YOU else 400


def activity_columns() -> tuple[Column, ...]:
    """The columns; a row never changes, so none watches anything."""
    return (
        Column(
            "time",
            "Time",
            98,
            lambda row: format_exchange_time(row.notice.at, milliseconds=True),
            ink="text.secondary",
            header_tip="Time in New York",
        ),
        Column(
            "level",
            "Level",
            88,
            lambda row: LEVEL_WORDS[row.notice.level],
            ink=lambda row: _INKS[row.notice.level],
            icon=lambda row: _ICONS[row.notice.level],
        ),
        Column("source", "Source", 100, lambda row: row.notice.source, ink="text.secondary"),
        Column(
            "sentence",
            "What happened",
            520,
            lambda row: row.notice.sentence,
            weight=_weight,
            icon=lambda row: "caret-right" if row.notice.details else "",
            tip=lambda row: row.notice.sentence,
        ),
    )


def activity_model(parent: QObject | None = None) -> RowTableModel:
    """An empty model, newest at the end."""
    return RowTableModel(activity_columns(), key=lambda row: row.number, parent=parent)
