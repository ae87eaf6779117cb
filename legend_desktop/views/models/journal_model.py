"""Columns of the Journal's tables: trades, and figures by tag."""

from PySide6.QtCore import QObject

from legend_desktop.domain.formatting import format_money, format_r, format_shares, format_table_time
from legend_desktop.domain.trade_journal import JournalTrade
from legend_desktop.viewmodels.journal_words import TagRow, side_words
from legend_desktop.views.models.table_model import Align, Column, RowTableModel
from legend_desktop.views.widgets.inks import result_ink

_ABOVE = 1e12


def _r(row: JournalTrade) -> str:
    return "open" if row.trip.closed_at is None else format_r(row.r)


def _r_ink(row: JournalTrade) -> str:
    return "text.tertiary" if row.r is None else result_ink(row.r, stale=False)


def _r_tip(row: JournalTrade) -> str:
    if row.r is not None:
        return ""
    return "Still open." if row.trip.closed_at is None else "An entry had no planned stop, so there is no R."


def _money_ink(row: JournalTrade) -> str:
    return "" if row.money is None else result_ink(row.money, stale=False)


def _note_words(row: JournalTrade) -> str:
    return "Note, written" if row.text else "Note, none"


def trade_columns() -> tuple[Column, ...]:
    """The columns of the list, in their first order."""
    return (
        Column("date", "Date", 97, lambda row: format_table_time(row.at), sort=lambda row: row.at.timestamp(),
               header_tip="End of the trade in New York, its beginning while it is open"),
        Column("symbol", "Symbol", 54, lambda row: row.trip.symbol, sort=lambda row: row.trip.symbol, weight=600),
        Column("side", "Side", 42, side_words, sort=side_words, opt=2,
               ink=lambda row: "gain" if row.trip.side.sign > 0 else "loss"),
        Column("r", "R", 48, _r, align=Align.RIGHT, sort=lambda row: row.r, ink=_r_ink, tip=_r_tip,
               header_tip="Result after fees in multiples of the initial risk"),
        Column("money", "$", 80, lambda row: format_money(row.money, signed=True, symbol=False), align=Align.RIGHT,
               sort=lambda row: row.money, ink=_money_ink, money=True, opt=3, header_tip="Result after fees"),
        Column("tags", "Tags", 53, lambda row: ", ".join(row.tags), sort=lambda row: row.tags or None, opt=1,
               ink="text.secondary", tip=lambda row: ", ".join(row.tags)),
        Column("note", "Note", 37, lambda _row: "", icon=lambda row: "note-pencil" if row.text else "",
               sort=lambda row: 0 if row.text else None, tip=lambda row: row.text[:400], speak=_note_words,
               raw=lambda row: row.text.replace("\n", " ").replace("\t", " "), icon_ink="text.secondary"),
        Column("shares", "Shares", 50, lambda row: format_shares(row.trip.quantity), align=Align.RIGHT,
               sort=lambda row: row.trip.quantity, shown=False),
    )  # fmt: skip


def trade_model(parent: QObject | None = None) -> RowTableModel:
    """An empty list, open trades on top, then the newest first."""
    return RowTableModel(trade_columns(), key=lambda row: row.key, order=_newest_first, parent=parent)


def _newest_first(row: JournalTrade) -> float:
    return -row.at.timestamp() - (_ABOVE if row.trip.closed_at is None else 0)


def _expectancy_ink(row: TagRow) -> str:
    if row.expectancy is None:
        return ""
    clear = row.low is not None and row.high is not None and (row.low > 0 or row.high < 0)
    if not clear:
        return "text.primary"
    return "gain" if row.expectancy > 0 else "loss"


def _interval_ink(row: TagRow) -> str:
    return "text.tertiary" if row.low is None else "text.secondary"


def tag_columns() -> tuple[Column, ...]:
    """The columns of the figures by tag."""
    return (
        Column("tag", "Tag", 92, lambda row: row.name, sort=lambda row: row.tag or None, weight=600,
               ink=lambda row: "" if row.tag else "text.tertiary"),
        Column("trades", "Trades", 50, lambda row: f"{row.trades:,d}", align=Align.RIGHT,
               sort=lambda row: row.trades, opt=2),
        Column("won", "Won", 46, lambda row: row.won, align=Align.RIGHT, sort=lambda row: row.won_share, opt=2,
               header_tip="Share of trades that earned after fees"),
        Column("n", "n", 40, lambda row: f"{row.n:,d}", align=Align.RIGHT, sort=lambda row: row.n,
               header_tip="Trades with an R, of which expectancy is the mean"),
        Column("expectancy", "Expectancy", 76, lambda row: format_r(row.expectancy), align=Align.RIGHT,
               sort=lambda row: row.expectancy, ink=_expectancy_ink,
               tip=lambda row: "" if row.expectancy is not None else "None of them has an R.",
               header_tip="Mean R after fees; in colour where its interval does not hold zero"),
        Column("interval", "95\u202f% interval", 112, lambda row: row.interval, align=Align.RIGHT,
               sort=lambda row: row.low, ink=_interval_ink, header_tip="Bootstrap of the mean, from five trades on"),
        Column("money", "$", 76, lambda row: format_money(row.money, signed=True, symbol=False), align=Align.RIGHT,
               sort=lambda row: row.money, ink=lambda row: result_ink(row.money, stale=False), money=True, opt=1),
    )  # fmt: skip


def tag_model(parent: QObject | None = None) -> RowTableModel:
    """An empty list of tags, the most used on top, trades without any at the foot."""
    return RowTableModel(
        tag_columns(),
        key=lambda row: row.tag,
        order=lambda row: -row.trades + (0 if row.tag else _ABOVE),
        parent=parent,
    )
