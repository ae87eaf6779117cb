"""The journal as comma-separated values: trades to look at elsewhere, executions in the form that can be imported."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from legend_desktop.domain.enums import Liquidity, OrderSide
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.formatting import plain
from legend_desktop.domain.trade_journal import JournalTrade
from legend_desktop.services.execution_table import Field

OWN_FORMAT = tuple(field for field in Field if field not in {Field.DATE, Field.CURRENCY})
_R_PLACES = Decimal("0.0001")
_TRADE_HEADINGS = (
    "opened",
    "closed",
    "symbol",
    "side",
    "shares",
    "entry_price",
    "exit_price",
    "fees",
    "profit",
    "risk",
    "r",
    "worst",
    "best",
    "tags",
    "note",
)


def trades_csv(trades: Iterable[JournalTrade]) -> str:
    """A line for each trade, in the order given; times in UTC, money plain, what is not known empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_TRADE_HEADINGS)
    for trade in trades:
        trip, r = trade.trip, trade.r
        writer.writerow(
            (
                _when(trip.opened_at),
                _when(trip.closed_at),
                trip.symbol,
                "long" if trip.side is OrderSide.BUY else "short",
                plain(trip.quantity),
                _number(trip.entry_price),
                _number(trip.exit_price),
                _number(trip.fees),
                _number(trade.money),
                _number(trip.risk),
                "" if r is None else plain(r.quantize(_R_PLACES)),
                _number(trip.worst),
                _number(trip.best),
                " ".join(trade.tags),
                _words(trade.text),
            )
        )
    return text.getvalue()


def executions_csv(rows: Iterable[Execution], stops: Mapping[str, Decimal]) -> str:
    """A line for each execution in the program's own format; ``stops`` are planned stops by our order id."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.value for field in OWN_FORMAT)
    for row in rows:
        cells = {
            Field.EXECUTION_ID: row.execution_id,
            Field.ORDER_ID: row.broker_order_id,
            Field.TIME: _when(row.executed_at),
            Field.SYMBOL: row.symbol,
            Field.SIDE: row.side.value,
            Field.QUANTITY: plain(row.quantity),
            Field.PRICE: plain(row.price),
            Field.COMMISSION: _number(row.commission),
            Field.FEES: _number(row.fees),
            Field.VENUE: row.venue or "",
            Field.LIQUIDITY: "" if row.liquidity is Liquidity.UNKNOWN else row.liquidity.value,
            Field.STOP: _number(stops.get(row.client_order_id)),
        }
        writer.writerow(cells[field] for field in OWN_FORMAT)
    return text.getvalue()


def _when(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _number(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _words(text: str) -> str:
    """A note that looks like a formula is kept from being one where the file is opened as a sheet."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text
