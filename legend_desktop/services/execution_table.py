"""Reads the table in a CSV file of executions, and which of its columns says what.

Knows nothing of what the values mean; ``execution_rows`` does. Statements of brokers begin with lines of their own, use
several separators and encodings and name their columns in many ways.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from legend_desktop.domain.errors import InvalidInput

LARGEST_FILE = 50_000_000
MOST_ROWS = 500_000
_HEAD_WITHIN = 40
_SEPARATORS = ",;\t|"


class Field(StrEnum):
    """What a column can say; the values are the headings of the program's own format, in its order."""

    EXECUTION_ID = "execution_id"
    ORDER_ID = "order_id"
    TIME = "time"
    DATE = "date"
    SYMBOL = "symbol"
    SIDE = "side"
    QUANTITY = "quantity"
    PRICE = "price"
    COMMISSION = "commission"
    FEES = "fees"
    VENUE = "venue"
    LIQUIDITY = "liquidity"
    STOP = "stop"
    CURRENCY = "currency"


NEEDED = (Field.TIME, Field.SYMBOL, Field.QUANTITY, Field.PRICE)
_OTHER_NAMES = {
    Field.EXECUTION_ID: "executionid execid tradeid fillid transactionid activityid execution id uniqueid",
    Field.ORDER_ID: "orderid order ordernumber orderno brokerorderid iborderid",
    Field.TIME: "time datetime executedat executiontime filltime filledat tradetime transactiontime timestamp "
    "exectime tradedatetime transactedat dateandtime executed",
    Field.DATE: "date tradedate executiondate filldate transactiondate activitydate rundate",
    Field.SYMBOL: "symbol ticker instrument stock underlying security",
    Field.SIDE: "side action buysell bs type transactiontype direction tradeaction ordertype description",
    Field.QUANTITY: "quantity qty shares filledqty filledquantity fillqty executedquantity volume size",
    Field.PRICE: "price fillprice avgprice averageprice tradeprice tprice executionprice filledprice execprice",
    Field.COMMISSION: "commission comm commfee ibcommission commissions commissionusd feescomm commissionfees",
    Field.FEES: "fees fee regfees otherfees totalfees regulatoryfees exchangefees",
    Field.VENUE: "venue exchange executionvenue market route routing",
    Field.LIQUIDITY: "liquidity addedremoved addremove",
    Field.STOP: "stop stoploss initialstop plannedstop stopprice",
    Field.CURRENCY: "currency currencyprimary ccy cur",
}
Columns = Mapping[Field, int]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A line of the file with its number, counted from 1, and its cells without surrounding blanks."""

    line: int
    cells: tuple[str, ...]

    def get(self, place: int | None) -> str:
        """The cell at a place; empty where there is none."""
        return self.cells[place] if place is not None and place < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class ExecutionTable:
    """Headings with the rows under them. ``columns`` is what the headings seem to say; ``broken`` ends a cut file."""

    headings: tuple[str, ...]
    rows: tuple[TableRow, ...]
    columns: Columns
    broken: str = ""


def read_table(data: bytes) -> ExecutionTable:
    """The table in the bytes of a file; raises ``InvalidInput`` where there is none."""
    if len(data) > LARGEST_FILE:
        raise InvalidInput(
            f"The file has {len(data) // 1_000_000} MB; at most {LARGEST_FILE // 1_000_000} are read at once.",
            advice="Export a shorter period, and import the files one after the other.",
        )
    text = _decoded(data).replace("\0", "")
    lines, broken = _split(text)
    head = next((place for place, row in enumerate(lines[:_HEAD_WITHIN]) if _is_heading(row.cells)), None)
    if head is None:
        head = next((place for place, row in enumerate(lines) if len(row.cells) > 1), None)
    if head is None or not lines[head + 1 :]:
        raise InvalidInput(
            "There is no table in this file.",
            advice="Choose a CSV file with a line of headings and one execution a line.",
        )
    headings = lines[head].cells
    return ExecutionTable(headings, tuple(lines[head + 1 :]), guess_columns(headings), broken)


def guess_columns(headings: Sequence[str]) -> dict[Field, int]:
    """Which column says what, by the headings; each column is used once, the program's own names go first."""
    names = [_plain(heading) for heading in headings]
    found: dict[Field, int] = {}
    for known in ({field: [_plain(field.value)] for field in Field}, _SYNONYMS):
        for field, words in known.items():
            for word in words:
                if field not in found and word in names and names.index(word) not in found.values():
                    found[field] = names.index(word)
    if Field.TIME not in found and Field.DATE in found:
        found[Field.TIME] = found.pop(Field.DATE)
    return found


def missing_columns(columns: Columns) -> list[Field]:
    """What has to be named before anything can be read."""
    return [field for field in NEEDED if field not in columns]


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z]", "", heading.lower())


_SYNONYMS = {field: words.split() for field, words in _OTHER_NAMES.items()}


def _is_heading(cells: Sequence[str]) -> bool:
    found = guess_columns(cells)
    return all(field in found for field in (Field.SYMBOL, Field.QUANTITY, Field.PRICE))


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _split(text: str) -> tuple[list[TableRow], str]:
    """The lines that say something, and what is wrong with the end of the file."""
    head = text.splitlines()[:_HEAD_WITHIN]
    separator = max(_SEPARATORS, key=lambda mark: max((line.count(mark) for line in head), default=0))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[TableRow] = []
    before = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return rows, ""
        except csv.Error as error:
            return rows, f"line {reader.line_num} cannot be read ({error}), nor what follows"
        if any(cell.strip() for cell in cells):
            rows.append(TableRow(before + 1, tuple(cell.strip() for cell in cells)))
        before = reader.line_num
        if len(rows) > MOST_ROWS:
            return rows[:MOST_ROWS], f"more than {MOST_ROWS:,d} lines: the rest is not read"
