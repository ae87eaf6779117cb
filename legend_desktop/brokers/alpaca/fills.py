"""One id for each fill, whether it is heard of on the order stream or read from the account's activities.

The stream names a fill by an execution id, the activities by an id of another form, and nothing says that the two
belong together. Both tell the order and how much of it was filled after the fill, and that pair is the same in both
and after every restart: an execution is called ``{order id}:{filled after it}``. Where an order reaches the same total
again, because a fill of it was busted, the second fill of that total carries ``#2``.

The stream's figures are trusted only where they continue what is known: a fill that does not begin where the last one
ended means that one was missed, or that the order is newer than the fill it came with. Then the activities say.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from legend_desktop.brokers.alpaca.enums import side_of
from legend_desktop.brokers.alpaca.parse import number, time_of
from legend_desktop.brokers.alpaca.payloads import ActivityRow
from legend_desktop.domain.enums import ExecutionKind, OrderSide
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.money import ZERO

_BUSTS = frozenset({"trade_bust", "bust"})
_CORRECTIONS = frozenset({"trade_correct", "correct"})


@dataclass(frozen=True, slots=True)
class StreamFill:
    """A fill as the stream tells it: ``reached`` is what the order has filled after it, ``key`` Alpaca's id."""

    key: str
    order_id: str
    client_order_id: str
    symbol: str
    side: OrderSide
    quantity: Decimal
    price: Decimal
    reached: Decimal
    at: datetime


class FillBook:
    """Every fill of this session by its id; what was heard before is given again as it was then."""

    def __init__(self) -> None:
        self._known: dict[str, Execution] = {}
        self._names: dict[str, str] = {}
        self._reached: dict[str, Decimal] = {}
        self._from_stream: set[str] = set()
        self._busted: set[str] = set()

    def from_stream(self, fill: StreamFill, now: datetime, *, trusted: bool = False) -> Execution | None:
        """The execution, or ``None`` where the fill does not continue what is known and the activities must be asked.

        With ``trusted`` it is taken as it is told.
        """
        name = self._names.get(fill.key) if fill.key else None
        if name is not None:
            return self._known[name]
        plain = self._standing(execution_id(fill.order_id, fill.reached))
        known = self._known.get(plain)
        if known is not None and plain not in self._from_stream and _same(known, fill):
            return self._keep(known, fill.key, by_stream=True)
        continues = fill.reached - fill.quantity == self._reached.get(fill.order_id, ZERO)
        if (known is not None or not continues) and not trusted:
            return None
        self._reached[fill.order_id] = fill.reached
        made = Execution(
            execution_id=self._free_name(plain),
            symbol=fill.symbol,
            side=fill.side,
            quantity=fill.quantity,
            price=fill.price,
            executed_at=fill.at,
            received_at=now,
            client_order_id=fill.client_order_id,
            broker_order_id=fill.order_id,
        )
        return self._keep(made, fill.key, by_stream=True)

    def taken_back(self, order_id: str, previous_key: str, left: Decimal) -> str | None:
        """Our id of the fill that a bust or correction is about; ``left`` is what the order has filled without it."""
        self._reached[order_id] = left
        return self._names.get(previous_key)

    def amended(self, amendment: Execution, key: str) -> Execution:
        """A bust or correction that the stream told under ``key``; a second telling gives the first one again."""
        name = self._names.get(key)
        if name is not None:
            return self._known[name]
        if amendment.kind is ExecutionKind.BUST and amendment.corrects_id:
            self._busted.add(amendment.corrects_id)
        return self._keep(amendment, key, by_stream=True)

    def from_activities(
        self, rows: Iterable[ActivityRow], now: datetime, client_id_of: Callable[[str], str]
    ) -> list[Execution]:
        """The executions behind ``rows``, oldest first. ``client_id_of`` gives our id for Alpaca's id of an order.

        Rows that lack order, size, price or time are left out: they are no executions.
        """
        usable = [row for row in rows if _usable(row)]
        usable.sort(key=lambda row: (row.order_id or "", row.cum_qty or ZERO))
        usable.sort(key=lambda row: row.transaction_time or "")
        seen: Counter[str] = Counter()
        found = [self._from_activity(row, now, client_id_of, seen) for row in usable]
        return sorted((row for row in found if row is not None), key=lambda row: row.executed_at)

    def _from_activity(
        self, row: ActivityRow, now: datetime, client_id_of: Callable[[str], str], seen: Counter[str]
    ) -> Execution | None:
        order_id, at = row.order_id or "", time_of(row.transaction_time)
        quantity, price, side = number(row.qty), number(row.price), side_of(row.side)
        if quantity is None or price is None or side is None or at is None:
            return None
        key = row.id.rpartition("::")[2]
        kind, corrects = self._amends(row)
        if kind is not ExecutionKind.FILL and corrects is None:
            return None
        reached = number(row.cum_qty)
        fill = kind is ExecutionKind.FILL and reached is not None
        plain = execution_id(order_id, reached or ZERO) if fill else f"activity:{row.id}"
        seen[plain] += 1
        name = self._names.get(row.id) or self._names.get(key)
        name = name or (self._standing(plain) if seen[plain] == 1 else f"{plain}#{seen[plain]}")
        if reached is not None and kind is ExecutionKind.FILL:
            self._reached[order_id] = max(reached, self._reached.get(order_id, ZERO))
        known = self._known.get(name)
        if known is None:
            known = Execution(
                execution_id=name,
                symbol=row.symbol or "",
                side=side,
                quantity=abs(quantity),
                price=price,
                executed_at=at,
                received_at=now,
                client_order_id=client_id_of(order_id),
                broker_order_id=order_id,
                kind=kind,
                corrects_id=corrects,
            )
        self._keep(known, row.id)
        return self._keep(known, key)

    def _amends(self, row: ActivityRow) -> tuple[ExecutionKind, str | None]:
        words = {row.execution_type or "", row.type or ""}
        kind = ExecutionKind.BUST if words & _BUSTS else ExecutionKind.FILL
        kind = ExecutionKind.CORRECTION if words & _CORRECTIONS else kind
        if kind is ExecutionKind.FILL:
            return kind, None
        previous = row.previous_id or ""
        return kind, self._names.get(previous) or self._names.get(previous.rpartition("::")[2])

    def _keep(self, execution: Execution, key: str, *, by_stream: bool = False) -> Execution:
        self._known[execution.execution_id] = execution
        if key:
            self._names.setdefault(key, execution.execution_id)
        if by_stream:
            self._from_stream.add(execution.execution_id)
        return execution

    def _standing(self, plain: str) -> str:
        """``plain``, or with a number where the fill of that name was busted."""
        name, count = plain, 1
        while name in self._busted:
            count += 1
            name = f"{plain}#{count}"
        return name

    def _free_name(self, plain: str) -> str:
        name, count = plain, 1
        while name in self._known:
            count += 1
            name = f"{plain}#{count}"
        return name


def execution_id(order_id: str, reached: Decimal) -> str:
    """The id of the fill after which ``order_id`` had ``reached`` shares."""
    return f"{order_id}:{reached.normalize():f}"


def _same(known: Execution, fill: StreamFill) -> bool:
    return (known.quantity, known.price) == (fill.quantity, fill.price)


def _usable(row: ActivityRow) -> bool:
    return bool(row.id and row.order_id) and row.activity_type in {None, "FILL"}
