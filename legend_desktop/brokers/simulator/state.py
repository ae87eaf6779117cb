"""The simulated broker's memory on disk: one file of JSON lines that a kill cannot shorten behind an answer.

Each change appends rows and is synced before it is told to anybody, so what was accepted is known after any crash. Rows
are upserts: the last one of an order stands. At connect and disconnect the file is rewritten to what still matters, in
a new file that takes the old one's place at once.
"""

import contextlib
import os
from datetime import date
from pathlib import Path
from typing import BinaryIO

import msgspec

from legend_desktop.brokers.simulator.account_book import Booking, Holding
from legend_desktop.brokers.simulator.desk import BookedExecution
from legend_desktop.brokers.simulator.engine import Engine
from legend_desktop.brokers.simulator.sim_order import Group, SimOrder
from legend_desktop.brokers.simulator.units import to_micros
from legend_desktop.domain.enums import OrderRole, OrderState
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.orders import OrderTerms

KEPT_MICROS = 7 * 86_400 * 1_000_000
"""Ended orders and their executions are kept for a week."""


class OrderRow(msgspec.Struct, tag="order", omit_defaults=True):
    """One order as it now stands; the names are those of ``SimOrder``."""

    broker_id: str
    client_id: str
    terms: OrderTerms
    state: OrderState
    entered: int
    updated: int
    role: OrderRole | None = None
    oco_name: str | None = None
    filled: int = 0
    value: int = 0
    held: bool = False
    waiting: bool = False
    triggered: bool = False
    charged: bool = False
    working_stop: int = 0
    extreme: int = 0
    expires: int | None = None
    reason: str = ""
    replaces: str | None = None
    replaced_by: str | None = None
    parent_id: str | None = None
    cap: int | None = None
    opening: int = 0
    margin_price: int = 0
    group_name: str | None = None


class GroupRow(msgspec.Struct, tag="group"):
    """The bond of a bracket or an OCO pair."""

    name: str
    entry: str | None
    base: int
    filled: int


class ExecutionRow(msgspec.Struct, tag="execution"):
    """One execution with its effect on the account."""

    execution: Execution
    booking: Booking | None


class AccountRow(msgspec.Struct, tag="account"):
    """Cash, holdings (shares and cost in units) and the counters of ids."""

    tag: str
    cash: int
    realized_today: int
    start_of_day_equity: int
    day: date
    holdings: dict[str, tuple[int, int]]
    order_count: int
    execution_count: int


Row = OrderRow | GroupRow | ExecutionRow | AccountRow
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Row)
_PLAIN_FIELDS = tuple(name for name in OrderRow.__struct_fields__ if name not in {"terms", "group_name"})


def encode(rows: list[Row]) -> bytes:
    """Rows as lines."""
    return b"".join(_encoder.encode(row) + b"\n" for row in rows)


def order_row(order: SimOrder) -> OrderRow:
    """The row of ``order``."""
    values = {name: getattr(order, name) for name in _PLAIN_FIELDS}
    return OrderRow(terms=order.terms, group_name=order.group.name if order.group else None, **values)


def account_row(engine: Engine) -> AccountRow:
    """The row of the account."""
    book, desk = engine.book, engine.desk
    holdings = {symbol: (row.quantity, row.cost) for symbol, row in book.holdings.items()}
    return AccountRow(
        desk.tag,
        book.cash,
        book.realized_today,
        book.start_of_day_equity,
        book.day,
        holdings,
        desk.order_count,
        desk.execution_count,
    )


def _group_row(group: Group) -> GroupRow:
    return GroupRow(group.name, group.entry.broker_id if group.entry else None, group.base, group.filled)


def changes(engine: Engine) -> list[Row]:
    """Rows for everything that changed since the last call."""
    desk = engine.desk
    orders, desk.dirty = list(desk.dirty.values()), {}
    executions, desk.fresh = desk.fresh, []
    if not orders and not executions:
        return []
    groups = {order.group.name: order.group for order in orders if order.group is not None}
    return [
        *(_group_row(group) for group in groups.values()),
        *(order_row(order) for order in orders),
        *(ExecutionRow(row.execution, row.booking) for row in executions),
        account_row(engine),
    ]


def whole(engine: Engine) -> list[Row]:
    """Rows for everything that still matters."""
    desk = engine.desk
    oldest = desk.now - KEPT_MICROS
    orders = [order for order in desk.orders.values() if not order.state.is_terminal or order.updated >= oldest]
    groups = {order.group.name: order.group for order in orders if order.group is not None}
    executions = [row for row in desk.executions if to_micros(row.execution.executed_at) >= oldest]
    return [
        *(_group_row(group) for group in groups.values()),
        *(order_row(order) for order in orders),
        *(ExecutionRow(row.execution, row.booking) for row in executions),
        account_row(engine),
    ]


def restore(engine: Engine, rows: list[Row]) -> None:
    """Fill a fresh engine from rows; day orders whose day is over expire."""
    orders: dict[str, OrderRow] = {}
    groups: dict[str, GroupRow] = {}
    executions: dict[str, ExecutionRow] = {}
    for row in rows:
        if isinstance(row, OrderRow):
            orders[row.broker_id] = row
        elif isinstance(row, GroupRow):
            groups[row.name] = row
        elif isinstance(row, ExecutionRow):
            executions[row.execution.execution_id] = row
        else:
            _restore_account(engine, row)
    bonds = {name: Group(name, row.base) for name, row in groups.items()}
    for order_id in sorted(orders):
        _restore_order(engine, orders[order_id], bonds, groups)
    for filled in executions.values():
        engine.desk.executions.append(BookedExecution(filled.execution, filled.booking))
    engine.desk.dirty.clear()
    engine.expire()
    engine.begin_day()


def _restore_account(engine: Engine, row: AccountRow) -> None:
    book, desk = engine.book, engine.desk
    book.cash, book.realized_today = row.cash, row.realized_today
    book.start_of_day_equity, book.day = row.start_of_day_equity, row.day
    book.holdings = {symbol: Holding(*pair) for symbol, pair in row.holdings.items()}
    desk.tag, desk.order_count, desk.execution_count = row.tag, row.order_count, row.execution_count


def _restore_order(engine: Engine, row: OrderRow, bonds: dict[str, Group], groups: dict[str, GroupRow]) -> None:
    order = SimOrder.blank()
    for name in _PLAIN_FIELDS:
        setattr(order, name, getattr(row, name))
    order.take_terms(row.terms)
    group = bonds.get(row.group_name) if row.group_name else None
    if group is not None:
        order.group = group
        group.filled = groups[group.name].filled
        if groups[group.name].entry == order.broker_id:
            group.entry = order
        elif order.parent_id is not None or groups[group.name].entry is None:
            # an entry that was replaced shares the bond but is no exit
            group.members.append(order)
    engine.desk.add(order)
    if not order.state.is_terminal and not order.held and not order.auction:
        order.waiting = not engine.floor.may_match(order)
        engine.floor.admit(order)


class StateFile:
    """The file itself; every method blocks and belongs on a worker thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: BinaryIO | None = None

    def load(self) -> list[Row]:
        """All rows; a last line that a crash cut short is left out. Raises ``StoreError`` for any other damage."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(f"The simulator's state {self.path} cannot be read: {error.strerror}.") from error
        rows: list[Row] = []
        torn = lines.pop()
        for number, line in enumerate(lines, start=1):
            try:
                rows.append(_decoder.decode(line))
            except (msgspec.DecodeError, ValueError) as error:
                raise StoreError(
                    f"The simulator's state {self.path} is damaged in line {number}: {error}.",
                    advice="Move the file away to begin with a fresh account.",
                ) from error
        if torn:
            # the answer for this line was never given, so nobody relies on it
            with contextlib.suppress(msgspec.DecodeError):
                rows.append(_decoder.decode(torn))
        return rows

    def rewrite(self, text: bytes) -> None:
        """Put a whole new file in place of the old one, durably, and stay open for appends."""
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(self.path.name + ".new")
        with fresh.open("wb") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        fresh.replace(self.path)
        if os.name == "posix":
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        self._handle = self.path.open("ab", buffering=0)

    def append(self, text: bytes) -> None:
        """Add lines and wait until they are on the disk; a failed write leaves nothing half-written behind."""
        handle = self._handle
        if handle is None:
            raise OSError("the state file is not open")
        end = handle.seek(0, os.SEEK_END)
        try:
            handle.write(text)
            os.fsync(handle.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                handle.truncate(end)
            raise

    def close(self) -> None:
        """Close the file."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None
