"""The closed trades as one HTML page that needs nothing else."""

from collections.abc import Sequence
from decimal import Decimal
from html import escape

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.formatting import (
    format_money,
    format_number,
    format_percent,
    format_price,
    format_r,
    format_shares,
    format_table_time,
)
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.records import RoundTripRecord
from legend_desktop.domain.trade_stats import TradeStats, trade_stats

_HEAD = (
    "<tr><th>Opened<th>Closed<th>Symbol<th>Side<th class=r>Shares<th class=r>Entry<th class=r>Exit<th class=r>Fees"
    "<th class=r>Worst $<th class=r>Best $<th class=r>Net $<th class=r>R</tr>"
)


def trades_page(trips: Sequence[RoundTripRecord], style: str) -> bytes:
    """The file, UTF-8; ``style`` is its CSS."""
    head = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Closed trades</title>'
    return f"{head}<style>{style}</style></head><body>\n{trades_section(trips)}\n</body></html>\n".encode()


def trades_section(trips: Sequence[RoundTripRecord]) -> str:
    """A heading, the figures in one sentence and a row for each closed trade, oldest first."""
    closed = [trip for trip in trips if trip.closed_at is not None]
    if not closed:
        return "<h2>Closed trades</h2><p class=note>No position has been opened and closed yet.</p>"
    rows = "".join(_row(trip) for trip in closed)
    total = sum((trip.profit or ZERO for trip in closed), ZERO)
    foot = f'<tr><td colspan=10>Total<td class="r {_kind(total)}">{format_money(total, signed=True)}<td></tr>'
    return f"<h2>Closed trades</h2><p class=note>{_sentence(closed)}</p><table>{_HEAD}{rows}{foot}</table>"


def _sentence(closed: Sequence[RoundTripRecord]) -> str:
    multiples = [float(multiple) for trip in closed if (multiple := trip.r_multiple) is not None]
    bare = len(closed) - len(multiples)
    stats = trade_stats(multiples)
    words = [
        "A trade goes from flat to flat. R is its net result in multiples of the money that its entries would have "
        "lost at their planned stops; worst and best are by one-minute bars."
    ]
    if stats is not None:
        words.append(_figures(stats))
    if bare:
        words.append(f"{bare} {'trade has' if bare == 1 else 'trades have'} no R: an entry had no planned stop.")
    return " ".join(words)


def _figures(stats: TradeStats) -> str:
    parts = [
        f"Expectancy {format_r(stats.expectancy_r, unit=True)}",
        f"win rate {format_percent(stats.win_rate, 0)}",
        f"payoff {format_number(stats.payoff) if stats.payoff is not None else 'not known'}",
        f"profit factor {format_number(stats.profit_factor) if stats.profit_factor is not None else 'not known'}",
    ]
    if stats.sqn_is_firm and stats.sqn is not None:
        parts.append(f"system quality {format_number(stats.sqn)}")
    few = "" if stats.sqn_is_firm else ", few trades"
    return f"{', '.join(parts)}, n {stats.n}{few}."


def _row(trip: RoundTripRecord) -> str:
    side = "long" if trip.side is OrderSide.BUY else "short"
    worst = "" if trip.worst is None else format_money(trip.worst)
    best = "" if trip.best is None else format_money(trip.best)
    multiple = "" if trip.r_multiple is None else format_r(trip.r_multiple)
    fees = "" if trip.fees is None else format_money(trip.fees)
    kind = _kind(trip.profit)
    return (
        f"<tr><td>{format_table_time(trip.opened_at)}<td>{format_table_time(trip.closed_at)}<td>{escape(trip.symbol)}"
        f"<td>{side}<td class=r>{format_shares(trip.quantity)}<td class=r>{format_price(trip.entry_price, places=4)}"
        f"<td class=r>{format_price(trip.exit_price, places=4)}<td class=r>{fees}<td class=r>{worst}<td class=r>{best}"
        f'<td class="r {kind}">{format_money(trip.profit, signed=True)}<td class="r {kind}">{multiple}</tr>'
    )


def _kind(money: Decimal | None) -> str:
    return "" if not money else "saved" if money > 0 else "cost"
