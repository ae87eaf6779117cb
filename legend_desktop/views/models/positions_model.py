"""Columns of the positions table."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QObject

from legend_desktop.domain.formatting import (
    MISSING,
    format_money,
    format_number,
    format_of,
    format_price,
    format_r,
    format_shares,
)
from legend_desktop.domain.position_risk import PositionRisk, Protection
from legend_desktop.domain.positions import Position
from legend_desktop.viewmodels.positions_rows import PositionRow
from legend_desktop.viewmodels.worst_case import WorstCase
from legend_desktop.views.models.table_model import Align, Column, RowTableModel

_QUESTION = "?"
PRICE_COLUMNS = frozenset({"average", "mark", "stop"})
Value = Callable[[PositionRow], Decimal | None]


def _known(row: PositionRow) -> tuple[Position, PositionRisk] | None:
    return None if row.position is None or row.risk is None else (row.position, row.risk)


def _ink(row: PositionRow) -> str:
    return "unknown" if row.is_unknown else ""


def _mark_ink(row: PositionRow) -> str:
    return "unknown" if row.is_unknown else "stale" if row.stale else ""


def _fill(row: PositionRow) -> str:
    return "hatch" if row.is_unknown else ""


def _from_position(value: Callable[[Position], Decimal | None]) -> Value:
    return lambda row: None if row.position is None else value(row.position)


def _from_risk(value: Callable[[PositionRisk], Decimal | None]) -> Value:
    return lambda row: None if row.risk is None else value(row.risk)


def _result_ink(value: Value) -> Callable[[PositionRow], str]:
    def ink(row: PositionRow) -> str:
        if row.is_unknown or row.stale:
            return _mark_ink(row)
        exact = value(row)
        if exact is None or round(exact, 2) == 0:
            return ""
        return "gain" if exact > 0 else "loss"

    return ink


def _number(
    id_: str,
    title: str,
    width: int,
    value: Value,
    text: Callable[[Decimal | None], str],
    *,
    unknown: Callable[[PositionRow], str] | None = None,
    ink: Callable[[PositionRow], str] = _mark_ink,
    **more: Any,
) -> Column:
    """A right-aligned figure; a row of an unknown order shows ``unknown`` of it, else a question mark."""

    def shown(row: PositionRow) -> str:
        if row.is_unknown:
            return _QUESTION if unknown is None else unknown(row)
        return text(value(row))

    def speak(row: PositionRow) -> str:
        if row.is_unknown:
            return f"{title}, unknown" + (f", {unknown(row)}" if unknown is not None else "")
        words = shown(row)
        spoken = "none" if words == MISSING else words.replace("−", "minus ").replace("+", "plus ")
        age = row.mark.age
        old = f", {int(age.total_seconds())} seconds old" if ink is not _ink and row.stale and age is not None else ""
        return f"{title}, {spoken}{old}"

    return Column(
        id_,
        title,
        width,
        shown,
        Align.RIGHT,
        sort=value,
        ink=ink,
        fill=_fill,
        speak=speak,
        watch=lambda row: (value(row), row.stale),
        **more,
    )


def _range(high_of: Callable[[WorstCase], Decimal | None], text: Callable[[Decimal], str]) -> Callable[[Any], str]:
    def shown(row: PositionRow) -> str:
        high = None if row.unknown is None else high_of(row.unknown)
        return _QUESTION if high is None else f"0 to {text(high)}"

    return shown


def _whole(amount: Decimal) -> str:
    return format_number(amount, 0)


def _plain(amount: Decimal | None) -> str:
    return format_money(amount, symbol=False)


def _signed(amount: Decimal | None) -> str:
    return format_money(amount, symbol=False, signed=True)


def _side_ink(row: PositionRow) -> str:
    if row.position is None:
        return "unknown"
    return "gain" if row.position.is_long else "loss"


def protection_words(row: PositionRow) -> str:
    """The Protected cell: shares under a sure stop against shares held."""
    risk = row.risk
    if risk is None:
        return "unknown"
    if risk.protection is Protection.NONE:
        return "none"
    if risk.protection is Protection.TOO_LARGE:
        return f"{format_shares(risk.stop_quantity)} for {format_shares(risk.shares)}"
    words = format_of(risk.protected_quantity, risk.shares)
    return f"{words} sure" if risk.protection is Protection.UNCERTAIN else words


def _protection_ink(row: PositionRow) -> str:
    if row.is_unknown:
        return "unknown"
    return "" if row.protection is Protection.FULL else "warning"


def _protection_icon(row: PositionRow) -> str:
    if row.is_unknown:
        return ""
    return "shield-check" if row.protection is Protection.FULL else "shield-warning"


def _shield_ink(row: PositionRow) -> str:
    return "ok" if row.protection is Protection.FULL else ""


def _protection_tip(row: PositionRow) -> str:
    if row.risk is not None:
        return row.risk.sentence or "Every share has a working stop."
    return "Nobody knows whether this order filled. Its exits are known once the order is."


def _protection_spoken(row: PositionRow) -> str:
    risk = row.risk
    if risk is None:
        return "Protected, unknown"
    if risk.protection is Protection.NONE:
        return f"Protected, none, {format_shares(risk.shares)} shares have no stop"
    return f"Protected, {protection_words(row)}"


def _r_tip(row: PositionRow) -> str:
    if row.risk is None or row.risk.r_now is not None:
        return ""
    if row.risk.initial_risk is None:
        return "No initial stop, so there is no R."
    return "The position has no price."


def _stop_tip(row: PositionRow) -> str:
    return "No working stop." if row.risk is not None and row.risk.stop_price is None else ""


def _risk_tip(row: PositionRow) -> str:
    risk = row.risk
    if risk is None:
        return ""
    if risk.open_risk is None:
        return "No working stop, so the risk to it cannot be told."
    parts = [] if risk.initial_risk is None else [f"At the start {format_money(risk.initial_risk)}."]
    if risk.open_risk < 0:
        parts.append(f"The stop locks {format_money(-risk.open_risk)} from here.")
    return " ".join(parts)


def _symbol_tip(row: PositionRow) -> str:
    if row.order is not None:
        return f"Order {row.order.order_id} is unknown. It may be live. Do not send it again."
    return "Opened elsewhere: no order of this program is behind it." if row.elsewhere else ""


def _symbol_ink(row: PositionRow) -> str:
    if row.is_unknown:
        return "unknown"
    return "text.secondary" if row.elsewhere else ""


def _symbol(row: PositionRow) -> str:
    return f"{row.symbol} elsewhere" if row.elsewhere else row.symbol


def positions_columns() -> tuple[Column, ...]:
    """The columns, in their first order."""
    return (*_position_columns(), *_risk_columns(), *_hidden_columns())


def _position_columns() -> tuple[Column, ...]:
    return (
        Column("symbol", "Symbol", 58, lambda row: row.symbol, sort=lambda row: row.symbol, ink=_symbol_ink,
               fill=_fill, weight=lambda row: 400 if row.elsewhere else 600, tip=_symbol_tip,
               speak=lambda row: f"Symbol, {_symbol(row)}"),
        Column("side", "Side", 45, lambda row: row.side_words, sort=lambda row: row.side_words, ink=_side_ink,
               fill=_fill),
        _number("quantity", "Qty", 59, _from_position(lambda p: p.shares), format_shares, ink=_ink,
                unknown=_range(lambda worst: worst.quantity, format_shares)),
        _number("average", "Average", 54, _from_position(lambda p: p.avg_entry_price),
                lambda v: format_price(v, places=2), ink=_ink,
                tip=lambda row: "" if row.position is None else format_price(row.position.avg_entry_price, places=4)),
        _number("mark", "Mark", 52, lambda row: row.mark.price, format_price,
                unknown=lambda row: format_price(row.mark.price),
                flash=lambda row: None if row.stale else row.mark.price),
        _number("value", "Value", 79, lambda row: row.value, _plain,
                unknown=_range(lambda worst: worst.value, _whole)),
        _number("profit", "P&L $", 71, _from_position(lambda p: p.unrealized_pl), _signed,
                ink=_result_ink(_from_position(lambda p: p.unrealized_pl))),
        _number("profit_percent", "P&L %", 45, _from_position(lambda p: p.unrealized_pl_percent),
                lambda v: format_number(v, 2, signed=True), opt=2,
                ink=_result_ink(_from_position(lambda p: p.unrealized_pl_percent))),
    )  # fmt: skip


def _risk_columns() -> tuple[Column, ...]:
    return (
        _number("r_now", "R now", 45, _from_risk(lambda r: r.r_now), format_r, tip=_r_tip,
                ink=_result_ink(_from_risk(lambda r: r.r_now)),
                header_tip="Gain in multiples of the risk the trade began with"),
        _number("risk", "Risk $", 63, _from_risk(lambda r: r.open_risk), _plain, tip=_risk_tip,
                unknown=_range(lambda worst: worst.loss, _whole),
                header_tip="Money lost from here if the stop fills, covered shares only; minus is locked profit"),
        _number("risk_percent", "Risk %", 47, _from_risk(lambda r: r.open_risk_percent),
                lambda v: format_number(v, 2), opt=1, header_tip="Risk in per cent of equity"),
        _number("stop", "Stop", 52, _from_risk(lambda r: r.stop_price), format_price, ink=_ink, tip=_stop_tip),
        _number("to_stop", "To stop %", 64, _from_risk(lambda r: r.distance_to_stop_percent),
                lambda v: format_number(v, 2), tip=_stop_tip,
                header_tip="Distance from the mark to the stop; minus once it has been passed"),
        Column("protected", "Protected", 104, protection_words, sort=_from_risk(lambda r: r.protected_quantity),
               ink=_protection_ink, icon=_protection_icon, icon_ink=_shield_ink, fill=_fill, tip=_protection_tip,
               weight=lambda row: 400 if row.protection is Protection.FULL or row.is_unknown else 600,
               speak=_protection_spoken,
               watch=lambda row: (row.protection, row.risk and (row.risk.protected_quantity, row.risk.shares))),
    )  # fmt: skip


def _hidden_columns() -> tuple[Column, ...]:
    return (
        _number("day", "Day $", 66, lambda row: row.day_result, _signed, shown=False,
                ink=_result_ink(lambda row: row.day_result),
                tip=lambda row: "" if row.day_result is not None else "The previous close is not known.",
                header_tip="Result since the start of the day"),
        Column("broker", "Broker", 120, lambda row: row.broker or MISSING, sort=lambda row: row.broker, ink=_ink,
               fill=_fill, shown=False),
    )  # fmt: skip


def prices_of(row: PositionRow) -> tuple[Decimal | None, ...]:
    """The prices that a row shows."""
    average = None if row.position is None else row.position.avg_entry_price
    stop = None if row.risk is None else row.risk.stop_price
    return row.mark.price, average, stop


def positions_model(parent: QObject | None = None) -> RowTableModel:
    """An empty model: unknown orders pinned on top, then the largest values."""
    return RowTableModel(
        positions_columns(),
        key=lambda row: row.key,
        order=lambda row: -abs(row.value or 0),
        pin=lambda row: 0 if row.is_unknown else 1,
        parent=parent,
    )
