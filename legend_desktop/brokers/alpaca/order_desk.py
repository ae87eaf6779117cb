"""What one session knows of its orders: how they belong together, their newest rows, their fills.

An order of Alpaca's does not say whose leg it is, and answers and stream overtake each other. The desk remembers both,
so that every report, from whatever side it comes, names the family and never goes back in time.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from legend_desktop.brokers.alpaca.client import AlpacaClient
from legend_desktop.brokers.alpaca.enums import COMPLEX_CLASSES
from legend_desktop.brokers.alpaca.fills import FillBook, StreamFill
from legend_desktop.brokers.alpaca.parse import (
    Place,
    flatten,
    has_ended,
    number,
    order_report,
    order_terms,
    time_of,
)
from legend_desktop.brokers.alpaca.payloads import OrderRow, Unreadable
from legend_desktop.brokers.base import OrderReport
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import ExecutionKind, OrderRole
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.orders import OrderTerms

log = logging.getLogger(__name__)
WAITS_SECONDS = (0.3, 1.0, 2.0)
"""How long the stream holds back a leg for the answer that is about to name it, before each time it asks itself."""
_BEFORE = timedelta(seconds=2)
_ALONE = Place()


class OrderDesk:
    """The memory of one session. One event loop."""

    def __init__(self, client: AlpacaClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self.fills = FillBook()
        self._places: dict[str, Place] = {}
        self._members: dict[str, dict[str, None]] = {}
        self._rows: dict[str, OrderRow] = {}
        self._terms: dict[str, OrderTerms] = {}
        self._exit_ids: dict[str, Mapping[OrderRole, str]] = {}
        self._leaving: Counter[str] = Counter()
        self._answered = asyncio.Event()

    # ---- orders on their way out ----------------------------------------------------------------------------------

    @asynccontextmanager
    async def sending(
        self, terms: OrderTerms, client_order_id: str, exits: Mapping[OrderRole, str] | None = None
    ) -> AsyncIterator[None]:
        """Note an order that is being sent, with our ids of its exits by role: Alpaca makes up others for them.

        Events about legs that nobody knows yet wait for its end.
        """
        self._terms[client_order_id] = terms
        if exits:
            self._exit_ids[client_order_id] = exits
        self._leaving[terms.symbol] += 1
        try:
            yield
        finally:
            self._leaving[terms.symbol] -= 1
            self._answered.set()
            self._answered = asyncio.Event()

    # ---- rows to reports ------------------------------------------------------------------------------------------

    def learn(self, rows: Iterable[OrderRow]) -> list[OrderRow]:
        """Take in rows as a nested read gives them; returns them with their legs as rows of their own."""
        found = []
        for row, place in flatten(list(rows)):
            if place is not None:
                self._put(row.id, self._with_own_id(row, place))
            found.append(self._newest(row))
        for row in found:
            row.legs = None
        return found

    def known(self, broker_order_id: str) -> OrderRow | None:
        """The newest row of an order, ``None`` for one that was not heard of in this session."""
        return self._rows.get(broker_order_id)

    def family(self, broker_order_id: str) -> list[OrderRow]:
        """The rows of all orders that share an entry or cancel each other with this one, itself left out."""
        place = self._place_of(broker_order_id)
        if place is None:
            return []
        others: dict[str, None] = {}
        for key in (broker_order_id, place.parent_id, place.oco_group):
            if key:
                others |= {key: None, **self._members.get(key, {})}
        others.pop(broker_order_id, None)
        return [row for key in others if (row := self._rows.get(key)) is not None]

    def client_id_of(self, broker_order_id: str) -> str:
        """The order's id as its sender gave it, ours for a leg that this session sent; empty where nobody knows."""
        row = self._rows.get(broker_order_id)
        return "" if row is None else self._client_id(row)

    def report(self, row: OrderRow, *, reason: str = "", raw: str = "", terms: OrderTerms | None = None) -> OrderReport:
        """The report of an order as it is now: of an older row than the one known, the known one's.

        ``terms`` stand in for words that nobody can read. Raises ``Unreadable``.
        """
        return self._told(self._newest(row), self._clock.now(), terms, reason, raw)

    def _told(
        self, row: OrderRow, now: datetime, terms: OrderTerms | None = None, reason: str = "", raw: str = ""
    ) -> OrderReport:
        fallback = terms or self._terms.get(row.client_order_id or "")
        place = self._places.get(row.id) or (self._place_of(row.id, row) if row.replaces else None)
        if row.status == "canceled" and not reason:
            reason = self._why(row)
        return order_report(row, now, place or _ALONE, fallback, reason=reason, raw=raw)

    def reports(self, rows: Iterable[OrderRow]) -> list[OrderReport]:
        """Reports of ``rows``, oldest first, legs after their entry.

        A row without side or symbol, as spreads of options have, is left out.
        """
        found = []
        now = self._clock.now()
        for row in rows:
            try:
                found.append(self._told(self._newest(row), now))
            except Unreadable as error:
                log.info("An order of Alpaca's is left out: %s.", error)
        entered = {report.broker_order_id: report.entered_at for report in found}

        def place(report: OrderReport) -> tuple[datetime, bool, str]:
            anchor = report.parent_broker_order_id or report.oco_group or report.broker_order_id
            at = max(report.entered_at, entered.get(anchor, report.entered_at))
            return at, anchor != report.broker_order_id, report.broker_order_id

        return sorted(found, key=place)

    # ---- the stream -----------------------------------------------------------------------------------------------

    async def report_update(self, row: OrderRow, reason: str = "") -> OrderReport:
        """The report of an order that the stream tells of; a leg that nobody knows is placed first.

        It waits a moment for an order on its way out that may be about to name it, then asks. Raises ``Unreadable``.
        """
        if row.order_class in COMPLEX_CLASSES and self._place_of(row.id, row) is None:
            await self._find_place(row)
        return self.report(row, reason=reason)

    async def executions_of_update(
        self, row: OrderRow, key: str, quantity: Decimal | None, price: Decimal | None, at: datetime
    ) -> list[Execution]:
        """What a fill on the stream says: mostly itself; all fills of the order where one was missed before it.

        ``row`` is the order that came with it, ``key`` the stream's execution id.
        """
        terms = order_terms(row, self._terms.get(row.client_order_id or ""))
        reached = number(row.filled_qty)
        if quantity is None or price is None or reached is None or quantity <= 0:
            return await self.executions_of_order(row.id)
        fill = StreamFill(
            key=key,
            order_id=row.id,
            client_order_id=self._client_id(row),
            symbol=terms.symbol,
            side=terms.side,
            quantity=quantity,
            price=price,
            reached=reached,
            at=at,
        )
        made = self.fills.from_stream(fill, self._clock.now())
        if made is not None:
            return [made]
        found = await self.executions_of_order(row.id)
        if any(one.execution_id.split("#")[0].endswith(f":{reached.normalize():f}") for one in found):
            self.fills.from_stream(fill, self._clock.now())
            return found
        trusted = self.fills.from_stream(fill, self._clock.now(), trusted=True)
        return [*found, trusted] if trusted is not None else found

    async def executions_of_order(self, broker_order_id: str) -> list[Execution]:
        """Every fill of one order as the activities list them; none where they cannot be read now."""
        try:
            rows = await self._client.fills(order_id=broker_order_id)
        except LegendError as error:
            log.info("The fills of order %s could not be read: %s", broker_order_id, error)
            return []
        return self.fills.from_activities(rows, self._clock.now(), self.client_id_of)

    def amendment(
        self,
        row: OrderRow,
        kind: ExecutionKind,
        *,
        key: str,
        previous_key: str,
        quantity: Decimal | None,
        price: Decimal | None,
        at: datetime,
    ) -> Execution | None:
        """A bust or correction that the stream tells; ``None`` where nobody here knows the fill it is about."""
        terms = order_terms(row, self._terms.get(row.client_order_id or ""))
        corrects = self.fills.taken_back(row.id, previous_key, number(row.filled_qty) or ZERO)
        if corrects is None:
            return None
        name = f"{corrects}:{kind.value}:{key or at.isoformat()}"
        made = Execution(
            execution_id=name,
            symbol=terms.symbol,
            side=terms.side,
            quantity=quantity or ZERO,
            price=price or ZERO,
            executed_at=at,
            received_at=self._clock.now(),
            client_order_id=self._client_id(row),
            broker_order_id=row.id,
            kind=kind,
            corrects_id=corrects,
        )
        return self.fills.amended(made, key or name)

    async def _find_place(self, row: OrderRow) -> None:
        if (row.client_order_id or "") in self._terms:
            return  # the entry itself, known by our id
        for seconds in WAITS_SECONDS:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while self._leaving[row.symbol or ""] and self._place_of(row.id, row) is None:
                        await self._answered.wait()
            if self._place_of(row.id, row) is not None:
                return
            await self._read_family(row)
            if self._place_of(row.id, row) is not None or not self._leaving[row.symbol or ""]:
                return

    async def _read_family(self, row: OrderRow) -> None:
        since = (time_of(row.created_at) or self._clock.now()) - _BEFORE
        try:
            self.learn(await self._client.orders(status="all", since=since, symbol=row.symbol or ""))
        except LegendError as error:
            log.info("The family of order %s could not be read: %s", row.id, error)

    # ---- memory ---------------------------------------------------------------------------------------------------

    def _newest(self, row: OrderRow) -> OrderRow:
        """Remember ``row`` where it is newer than what is known; returns the newest."""
        known = self._rows.get(row.id)
        if known is not None and (known is row or not _is_newer(row, known)):
            return known
        self._rows[row.id] = row
        return row

    def _place_of(self, broker_order_id: str, row: OrderRow | None = None) -> Place | None:
        """Its place, or that of the order whose place it took; its own legs then wait for it."""
        place = self._places.get(broker_order_id)
        row = row or self._rows.get(broker_order_id)
        if place is not None or row is None or not row.replaces:
            return place
        before = self._place_of(row.replaces)
        if before is None:
            return None
        place = replace(before, client_order_id=None)
        self._put(broker_order_id, place)
        for key in list(self._members.get(row.replaces, {})):
            other = self._places[key]
            if other.parent_id == row.replaces:
                self._put(key, replace(other, parent_id=broker_order_id))
        return place

    def _put(self, broker_order_id: str, place: Place) -> None:
        self._places[broker_order_id] = place
        for key in (place.parent_id, place.oco_group):
            if key:
                self._members.setdefault(key, {})[broker_order_id] = None

    def _with_own_id(self, row: OrderRow, place: Place) -> Place:
        """``place`` with our id of the leg, where this session sent its entry."""
        known = self._places.get(row.id)
        if known is not None and known.client_order_id:
            return replace(place, client_order_id=known.client_order_id)
        anchor = self._rows.get(place.parent_id or place.oco_group or "")
        if anchor is None or anchor.id == row.id or place.role is None or row.replaces:
            return place
        ours = self._exit_ids.get(anchor.client_order_id or "", {}).get(place.role)
        return replace(place, client_order_id=ours)

    def _client_id(self, row: OrderRow) -> str:
        place = self._place_of(row.id, row)
        return (place.client_order_id if place else None) or row.client_order_id or ""

    def _why(self, row: OrderRow) -> str:
        """Why an exit ended by itself, where its partner says so."""
        place = self._places.get(row.id)
        if place is None or place.oco_group is None:
            return ""
        partners = [other for other in self.family(row.id) if self._is_partner(other, place)]
        if any(number(other.filled_qty) or ZERO for other in partners):
            return "OCO: the other exit filled."
        return ""

    def _is_partner(self, row: OrderRow, place: Place) -> bool:
        other = self._places.get(row.id)
        return other is not None and other.oco_group == place.oco_group


def _is_newer(row: OrderRow, known: OrderRow) -> bool:
    """By Alpaca's stamp of the last change; of one stamp, or without one, what is further in its life."""
    at, before = time_of(row.updated_at), time_of(known.updated_at)
    if at is not None and before is not None and at != before:
        return at > before
    return _progress(row) >= _progress(known)


def _progress(row: OrderRow) -> tuple[bool, Decimal]:
    return has_ended(row), number(row.filled_qty) or ZERO
