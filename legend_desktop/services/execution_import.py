"""A preview of executions in a file: which are new, which are known already, and which rows cannot be used and why.

Reading a file again adds nothing. A row with an execution id is known by it. One without is known by what it says; two
rows of a file that say the same are two fills, so the second is new where only one is known. Nothing is written here.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from legend_desktop.domain.executions import Execution
from legend_desktop.domain.session import trading_day
from legend_desktop.services.execution_rows import (
    BadCell,
    liquidity_of,
    moment_of,
    not_in_future,
    number_of,
    positive,
    side_and_shares,
    symbol_of,
)
from legend_desktop.services.execution_table import Columns, ExecutionTable, Field, TableRow, missing_columns

MADE_ID = "row:"
_LONGEST_ID = 80
_SAME_DAY = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class ImportedFill:
    """A fill of a file, ``stop`` the planned stop of an entry. ``exact_time`` is false where only the day is known."""

    line: int
    execution: Execution
    stop: Decimal | None = None
    exact_time: bool = True


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that cannot be used, with the reason in words and what stands there."""

    line: int
    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an import would do, fills oldest first. Where columns are ``missing`` they have to be named first."""

    new: tuple[ImportedFill, ...] = ()
    known: tuple[ImportedFill, ...] = ()
    bad: tuple[BadRow, ...] = ()
    missing: tuple[Field, ...] = ()

    @property
    def days_only(self) -> int:
        """New fills whose time of day is not known: they keep the order of the file."""
        return sum(not fill.exact_time for fill in self.new)


def preview_import(table: ExecutionTable, columns: Columns, known: Sequence[Execution], now: datetime) -> ImportPreview:
    """Read every row of ``table``; ``known`` are the executions that the part of the journal has already.

    Times that name no zone are taken for New York's.
    """
    missing = missing_columns(columns)
    if missing:
        return ImportPreview(missing=tuple(missing))
    bad: list[BadRow] = []
    fills: list[ImportedFill] = []
    reader = _RowReader(columns, now, _costs_sign(table, columns))
    for row in table.rows:
        if row.cells == table.headings:
            continue
        try:
            fills.append(reader.read(row))
        except BadCell as error:
            bad.append(BadRow(row.line, _sentence(str(error)), ", ".join(cell for cell in row.cells if cell)))
    if table.broken:
        bad.append(BadRow(table.rows[-1].line + 1, f"The end of the file: {table.broken}."))
    sorter = _Sorter(known)
    for fill in _in_time_order(fills):
        sorter.take(fill)
    refused = sorted([*bad, *sorter.bad], key=lambda each: each.line)
    return ImportPreview(tuple(sorter.new), tuple(sorter.known), tuple(refused))


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


class _RowReader:
    """Turns rows into fills; raises ``BadCell``."""

    def __init__(self, columns: Columns, now: datetime, costs_sign: int) -> None:
        self._columns = columns
        self._now = now
        self._costs_sign = costs_sign
        self._width = max(columns[field] for field in (Field.SYMBOL, Field.QUANTITY, Field.PRICE, Field.TIME)) + 1

    def read(self, row: TableRow) -> ImportedFill:
        cells = {field: row.get(place) for field, place in self._columns.items()}
        if len(row.cells) < self._width:
            raise BadCell(f"the line ends after {len(row.cells)} of {self._width} needed columns")
        currency = cells.get(Field.CURRENCY, "").upper()
        if currency not in {"", "USD", "$"}:
            raise BadCell(f"only dollars can be counted, not {currency[:8]}")
        side, shares = side_and_shares(cells.get(Field.SIDE, ""), cells[Field.QUANTITY])
        symbol, price = symbol_of(cells[Field.SYMBOL]), positive(cells[Field.PRICE], "price")
        at, exact = moment_of(cells.get(Field.DATE, ""), cells[Field.TIME])
        not_in_future(at, self._now)
        stop = cells.get(Field.STOP, "")
        execution = Execution(
            execution_id=cells.get(Field.EXECUTION_ID, "")[:_LONGEST_ID],
            symbol=symbol,
            side=side,
            quantity=shares,
            price=price,
            executed_at=at,
            received_at=self._now,
            broker_order_id=cells.get(Field.ORDER_ID, "")[:_LONGEST_ID],
            venue=cells.get(Field.VENUE, "")[:_LONGEST_ID] or None,
            liquidity=liquidity_of(cells.get(Field.LIQUIDITY, "")),
            commission=self._cost(cells.get(Field.COMMISSION, ""), "commission"),
            fees=self._cost(cells.get(Field.FEES, ""), "fee"),
        )
        return ImportedFill(row.line, execution, positive(stop, "stop") if stop else None, exact)

    def _cost(self, text: str, name: str) -> Decimal | None:
        value = number_of(text, name)
        return None if value is None else value * self._costs_sign if value else value


def _costs_sign(table: ExecutionTable, columns: Columns) -> int:
    """-1 where the file writes what was paid below zero: no cost of it is above."""
    above = below = 0
    for row in table.rows:
        for field in (Field.COMMISSION, Field.FEES):
            try:
                value = number_of(row.get(columns.get(field)), field.value)
            except BadCell:
                continue
            if value:
                above, below = above + (value > 0), below + (value < 0)
    return -1 if below > above else 1


def _in_time_order(fills: Sequence[ImportedFill]) -> list[ImportedFill]:
    """Oldest first; fills of one moment in the order of the file, or against it where the file runs back.

    Fills of which only the day is known are put a moment apart.
    """
    backwards = len(fills) > 1 and fills[0].execution.executed_at > fills[-1].execution.executed_at
    count: Counter[datetime] = Counter()
    found: list[ImportedFill] = []
    for fill in reversed(fills) if backwards else fills:
        at = fill.execution.executed_at
        if fill.exact_time:
            found.append(fill)
        else:
            moved = replace(fill.execution, executed_at=at + count[at] * _SAME_DAY)
            found.append(replace(fill, execution=moved))
            count[at] += 1
    return sorted(found, key=lambda each: each.execution.executed_at)


class _Sorter:
    """Tells new fills from known ones, in the order in which they are given."""

    def __init__(self, known: Iterable[Execution]) -> None:
        self._by_id: dict[str, Execution] = {}
        self._made: Counter[str] = Counter()
        self._told: Counter[str] = Counter()
        for row in known:
            self._by_id[row.execution_id] = row
            if row.execution_id.startswith(MADE_ID):
                self._made[row.execution_id.split(":")[1]] += 1
            else:
                self._told.update({_print_of(row, exact=True): 1, _print_of(row, exact=False): 1})
        self._seen: Counter[str] = Counter()
        self._lines: dict[str, ImportedFill] = {}
        self.new: list[ImportedFill] = []
        self.known: list[ImportedFill] = []
        self.bad: list[BadRow] = []

    def take(self, fill: ImportedFill) -> None:
        """Put a fill where it belongs."""
        if fill.execution.execution_id:
            self._take_by_id(fill)
            return
        mark = _print_of(fill.execution, exact=fill.exact_time)
        self._seen[mark] += 1
        number = self._seen[mark]
        if number <= self._made[mark] + self._told[mark]:
            self.known.append(fill)
        else:
            named = replace(fill.execution, execution_id=f"{MADE_ID}{mark}:{number}")
            self.new.append(replace(fill, execution=named))

    def _take_by_id(self, fill: ImportedFill) -> None:
        key = fill.execution.execution_id
        earlier = self._lines.setdefault(key, fill)
        before = self._by_id.get(key)
        if earlier is not fill:
            if _figures(earlier.execution) == _figures(fill.execution):
                self.known.append(fill)
            else:
                self._refuse(fill, f"The execution id {key} stands on line {earlier.line} with other figures.")
        elif before is not None:
            if _figures(before) == _figures(fill.execution):
                self.known.append(fill)
            else:
                self._refuse(fill, f"The execution id {key} is known already, with other figures.")
        elif self._claims_made(fill):
            self.known.append(fill)
        else:
            self.new.append(fill)

    def _claims_made(self, fill: ImportedFill) -> bool:
        """True where this fill was read before from a file that gave it no id."""
        for exact in (True, False):
            mark = _print_of(fill.execution, exact=exact)
            if self._made[mark] > 0:
                self._made[mark] -= 1
                return True
        return False

    def _refuse(self, fill: ImportedFill, reason: str) -> None:
        row = fill.execution
        self.bad.append(BadRow(fill.line, reason, f"{row.side} {row.quantity:f} {row.symbol} at {row.price:f}"))


def _figures(row: Execution) -> tuple[str, str, Decimal, Decimal]:
    return row.symbol, row.side.value, row.quantity, row.price


def _print_of(row: Execution, *, exact: bool) -> str:
    """What a fill says, in sixteen characters: to the second, or to the day where that is all that is known."""
    when = f"{row.executed_at:%Y%m%d%H%M%S}" if exact else trading_day(row.executed_at).isoformat()
    told = f"{row.symbol}|{row.side.value}|{row.quantity.normalize():f}|{row.price.normalize():f}|{when}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]
