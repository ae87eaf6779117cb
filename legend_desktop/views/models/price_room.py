"""Room for prices of a thousand and more, taken only once such a price is there."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from decimal import Decimal

from legend_desktop.views.models.table_model import RowTableModel

WIDE_PRICE = 64
"""Width that holds 1,234.56."""
_LEAST = Decimal(1000)


def needs_room(prices: Iterable[Decimal | None]) -> bool:
    """True where one of the prices does not fit the usual width."""
    return any(price is not None and price >= _LEAST for price in prices)


def widen(model: RowTableModel, columns: Collection[str]) -> None:
    """Widen these columns; optional columns give way in a narrow panel. The table has to fit its columns anew."""
    model.columns = tuple(
        replace(column, width=max(column.width, WIDE_PRICE)) if column.id in columns else column
        for column in model.columns
    )
