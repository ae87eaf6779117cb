"""Columns of the watch list."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QObject

from legend_desktop.domain.formatting import (
    MISSING,
    format_bps,
    format_distance,
    format_number,
    format_percent,
    format_price,
    format_shares,
)
from legend_desktop.viewmodels.watch_list import WatchRow
from legend_desktop.views.models.table_model import Align, Column, RowTableModel


def _price_ink(row: WatchRow) -> str:
    return "stale" if row.stale else ""


def _spoken(title: str, value: Callable[[WatchRow], str]) -> Callable[[WatchRow], str]:
    def speak(row: WatchRow) -> str:
        words = f"{title}, {value(row)}"
        return f"{words}, {row.age_seconds} seconds old" if row.stale else words

    return speak


def _price(id_: str, title: str, width: int, value: Callable[[WatchRow], Decimal | None], **more: Any) -> Column:
    return Column(
        id_,
        title,
        width,
        lambda row: format_price(value(row)),
        Align.RIGHT,
        sort=value,
        ink=_price_ink,
        watch=lambda row: (value(row), row.stale),
        flash=value,
        speak=_spoken(title, lambda row: format_price(value(row))),
        **more,
    )


def _change_text(row: WatchRow) -> str:
    if row.halted:
        return "halted"
    if row.age_seconds is not None:
        return f"{row.age_seconds} s" if row.age_seconds < 600 else f"{row.age_seconds // 60} min"
    return format_percent(row.change_percent, signed=True)


def _change_ink(row: WatchRow) -> str:
    if row.halted or row.stale:
        return "warning"
    change = row.change_percent
    if change is None or round(change, 2) == 0:
        return ""
    return "gain" if change > 0 else "loss"


def _change_icon(row: WatchRow) -> str:
    if row.halted:
        return "hand-palm"
    return "clock" if row.stale else ""


def _change_spoken(row: WatchRow) -> str:
    if row.halted:
        return "Change, trading is halted"
    if row.stale:
        return f"Change, quote {row.age_seconds} seconds old"
    words = format_percent(row.change_percent, signed=True)
    return "Change, " + words.replace("−", "minus ").replace("+", "plus ").replace("%", "per cent")


def _change_tip(row: WatchRow) -> str:
    if row.halted:
        return "Trading in this symbol is halted."
    if row.stale:
        return f"The last quote is {row.age_seconds} s old."
    return "" if row.change_percent is not None else "The previous close is not known."


def _position(row: WatchRow) -> str:
    return MISSING if row.position is None else format_number(row.position, 0, signed=True)


def watch_list_columns() -> tuple[Column, ...]:
    """The columns, in their first order."""
    return (*_shown_columns(), *_more_columns())


def _shown_columns() -> tuple[Column, ...]:
    return (
        Column(
            "symbol",
            "Symbol",
            58,
            lambda row: row.symbol,
            sort=lambda row: row.symbol,
            watch=lambda row: row.symbol,
            weight=600,
        ),
        _price("bid", "Bid", 60, lambda row: row.bid),
        _price("ask", "Ask", 60, lambda row: row.ask),
        Column(
            "change",
            "Change",
            66,
            _change_text,
            Align.RIGHT,
            sort=lambda row: row.change_percent,
            ink=_change_ink,
            icon=_change_icon,
            watch=lambda row: (row.change_percent, row.age_seconds, row.halted),
            tip=_change_tip,
            speak=_change_spoken,
            header_tip="Last price against the previous close; a clock with its age when the quote is old",
        ),
        Column(
            "spread",
            "Spread",
            50,
            lambda row: format_bps(row.spread_bps, 1, signed=False, unit=False),
            Align.RIGHT,
            sort=lambda row: row.spread_bps,
            ink=_price_ink,
            watch=lambda row: (row.spread_bps, row.stale),
            opt=1,
            header_tip="Ask minus bid in basis points of the middle",
        ),
    )


def _more_columns() -> tuple[Column, ...]:
    return (
        _price("last", "Last", 60, lambda row: row.last, shown=False),
        _count("size", "Size", 48, lambda row: row.last_size, "Shares of the last trade"),
        _count("volume", "Volume", 84, lambda row: row.volume, "Shares traded today"),
        _count("adv", "ADV", 84, lambda row: row.average_volume, "Average shares a day over 20 days"),
        Column(
            "atr",
            "ATR",
            48,
            lambda row: format_distance(row.atr),
            Align.RIGHT,
            sort=lambda row: row.atr,
            watch=lambda row: row.atr,
            shown=False,
            header_tip="Average true range: how far the price moves in a usual day",
        ),
        Column(
            "position",
            "Position",
            60,
            _position,
            Align.RIGHT,
            sort=lambda row: row.position,
            ink=lambda row: "" if row.position is None else ("gain" if row.position > 0 else "loss"),
            watch=lambda row: row.position,
            shown=False,
            header_tip="Shares held, minus for short",
        ),
    )


def _count(id_: str, title: str, width: int, value: Callable[[WatchRow], Decimal | None], tip: str) -> Column:
    return Column(
        id_,
        title,
        width,
        lambda row: format_shares(value(row)),
        Align.RIGHT,
        sort=value,
        watch=value,
        ink=_price_ink,
        shown=False,
        header_tip=tip,
    )


def watch_list_model(parent: QObject | None = None) -> RowTableModel:
    """An empty model whose rows stand as the person arranged them."""
    return RowTableModel(watch_list_columns(), key=lambda row: row.symbol, order=lambda row: row.place, parent=parent)
