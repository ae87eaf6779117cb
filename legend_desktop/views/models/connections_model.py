"""Columns of the Connections screen: the list, the streams of one connection, what brokers can do."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from legend_desktop.viewmodels.connection_words import ConnectionLine, Tone, Word
from legend_desktop.views.models.table_model import Align, Column, RowTableModel

INKS = {
    Tone.PLAIN: "text.primary",
    Tone.GOOD: "ok",
    Tone.SOON: "warning",
    Tone.BAD: "danger",
    Tone.UNSURE: "unknown",
    Tone.QUIET: "text.secondary",
}
ICONS = {
    Tone.PLAIN: "info",
    Tone.GOOD: "check-circle",
    Tone.SOON: "warning",
    Tone.BAD: "x-circle",
    Tone.UNSURE: "question",
    Tone.QUIET: "circle-dashed",
}
ABILITY_NAME_WIDTH, ABILITY_WIDTH = 176, 102
_FIGURES = ("answer", "orders", "quotes", "reconciled", "clock", "requests")


def word_ink(word: Word) -> str:
    """The ink of a word; what is missing is quieter than anything that is there."""
    return "text.tertiary" if word.missing else INKS[word.tone]


def _word(id_: str, title: str, width: int, **more: Any) -> Column:
    """A column that shows one ``Word`` of the row."""

    def of(row: Any) -> Word:
        word = getattr(row, id_)
        assert isinstance(word, Word)
        return word

    align = Align.RIGHT if id_ in _FIGURES else Align.LEFT
    return Column(id_, title, width, lambda row: of(row).text, align=align, ink=lambda row: word_ink(of(row)), **more)


def _broker(row: ConnectionLine) -> str:
    """Two lines: the label, and under it the account."""
    return f"{row.broker}\n{row.account}"


def _marks(row: ConnectionLine) -> str:
    words = [word for word, on in (("traded here", row.current), ("default", row.default)) if on]
    return ", ".join(words)


def _spoken_broker(row: ConnectionLine) -> str:
    marks = _marks(row)
    return f"Broker, {row.title}{f', {marks}' if marks else ''}"


def connections_columns() -> tuple[Column, ...]:
    """The list; narrow panels keep broker and state."""
    return (
        Column("broker", "Broker", 138, _broker, weight=600, sort=lambda row: row.broker.casefold(),
               speak=_spoken_broker, raw=lambda row: row.title, tip=lambda row: row.title),
        Column("state", "State", 120, lambda row: row.state.text, sort=lambda row: row.state.text,
               ink=lambda row: INKS[row.state.tone], icon=lambda row: ICONS[row.state.tone], weight=500,
               tip=lambda row: row.meaning),
        Column("meaning", "What that means", 204, lambda row: row.meaning, tip=lambda row: row.meaning, opt=3),
        _word("answer", "Answer p50 / p99", 108, opt=2,
              header_tip="Half of the answers, and all but one in a hundred, came within this time"),
        _word("orders", "Order stream", 84, opt=3, header_tip="Age of the order stream's last message"),
        _word("quotes", "Quotes", 62, opt=3, header_tip="Age of the quote stream's last message"),
        _word("reconciled", "Reconciled", 82, opt=2, header_tip="When the last comparison ended, in New York"),
        _word("clock", "Clock", 66, opt=1, header_tip="The broker's clock minus this computer's"),
        _word("login", "Login", 196, opt=1, tip=lambda row: row.login.text),
        _word("requests", "Requests left", 92, opt=2, header_tip="Requests left of the broker's limit a minute"),
        Column("marks", "Use", 74, _marks, ink="text.secondary", opt=1,
               header_tip="Traded in this window; default at the next start"),
    )  # fmt: skip


def streams_columns() -> tuple[Column, ...]:
    """The streams of one connection."""
    return (
        Column("name", "Stream", 90, lambda row: row.name, ink=lambda row: "unknown" if row.silent else "",
               tip=lambda row: row.name),
        Column("last", "Last message", 84, lambda row: row.last.text, align=Align.RIGHT,
               ink=lambda row: word_ink(row.last)),
        Column("cut_after", "Cut after", 62, lambda row: row.cut_after, align=Align.RIGHT, opt=2,
               header_tip="After this much silence the stream is cut and opened again"),
        Column("cuts", "Cuts", 40, lambda row: row.cuts, align=Align.RIGHT,
               header_tip="How often it was cut since the connection was opened"),
        Column("blind", "Blind", 54, lambda row: row.blind, align=Align.RIGHT,
               header_tip="How long it was gone since the connection was opened"),
    )  # fmt: skip


def abilities_columns(brokers: tuple[str, ...]) -> tuple[Column, ...]:
    """One row an ability, one column a broker."""
    return (
        Column("name", "Declared by the adapter", ABILITY_NAME_WIDTH, lambda row: row.name, tip=lambda row: row.name),
        *(_ability(place, name) for place, name in enumerate(brokers)),
    )


def _ability(place: int, name: str) -> Column:
    def of(row: Any) -> Word:
        word = row.cells[place]
        assert isinstance(word, Word)
        return word

    return Column(
        f"broker{place}",
        name,
        ABILITY_WIDTH,
        lambda row: of(row).text,
        ink=lambda row: "text.primary" if of(row).tone is not Tone.QUIET else "text.secondary",
        icon=lambda row: "check" if of(row).tone is Tone.GOOD else "",
        icon_ink=lambda row: INKS[of(row).tone],
        tip=lambda row: f"{name}: {row.name}, {of(row).text}",
    )


def table_model(columns: tuple[Column, ...], key: Callable[[Any], str], parent: QObject | None = None) -> RowTableModel:
    """An empty model whose rows stay in the order they come."""
    return RowTableModel(columns, key=key, parent=parent)
