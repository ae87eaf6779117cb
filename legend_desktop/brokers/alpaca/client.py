"""Alpaca's trading end points, one method each: rows for reads, the plain answer for writes.

Reads raise ``AuthExpired`` for a login that is not accepted and ``BrokerDown`` for anything else that is no answer.
They go to the last page or not at all. What the answer to a write means is the adapter's to say.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from legend_desktop.brokers.alpaca.payloads import (
    AccountRow,
    ActivityRow,
    OrderRow,
    PositionRow,
    Unreadable,
    decode,
)
from legend_desktop.brokers.alpaca.refusals import NAME, login_refused, read_error
from legend_desktop.brokers.alpaca.urls import segment
from legend_desktop.brokers.errors import BrokerDown
from legend_desktop.brokers.http import HttpAnswer, HttpSession, TimeLimits
from legend_desktop.brokers.rate_limit import Lane
from legend_desktop.domain.enums import TradingMode

T = TypeVar("T")
ORDERS_A_PAGE = 500
ACTIVITIES_A_PAGE = 100
MOST_PAGES = 1_000
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LIST = TimeLimits(read=15.0, total=20.0)
_BULK = TimeLimits(read=30.0, total=35.0)
_STRICT = timedelta(seconds=1)


class AlpacaClient:
    """One session's end points under ``base``."""

    def __init__(self, http: HttpSession, base: str, mode: TradingMode, api_key: str) -> None:
        self._http = http
        self._base = base
        self._mode = mode
        self._api_key = api_key

    # ---- reads ----------------------------------------------------------------------------------------------------

    async def account(self, lane: Lane = Lane.READ) -> AccountRow:
        """The account."""
        return await self._must("/v2/account", AccountRow, lane=lane)

    async def positions(self) -> list[PositionRow]:
        """All open positions; the list has no pages."""
        return await self._must("/v2/positions", list[PositionRow], lane=Lane.RECONCILE, limits=_LIST)

    async def position(self, symbol: str) -> PositionRow | None:
        """One position, ``None`` when flat."""
        return await self._read(f"/v2/positions/{segment(symbol)}", PositionRow, lane=Lane.RECONCILE)

    async def order(self, order_id: str) -> OrderRow | None:
        """One order with its legs, ``None`` where Alpaca says that there is none, or where the id is none of its."""
        if _UUID.fullmatch(order_id) is None:
            return None
        return await self._read(f"/v2/orders/{order_id}", OrderRow, lane=Lane.ORDER, params={"nested": "true"})

    async def order_by_client_id(self, client_order_id: str) -> OrderRow | None:
        """One order by the id that its sender gave it."""
        params = {"client_order_id": client_order_id}
        return await self._read("/v2/orders:by_client_order_id", OrderRow, lane=Lane.ORDER, params=params)

    async def orders(
        self, *, status: str, nested: bool = True, since: datetime | None = None, symbol: str = ""
    ) -> list[OrderRow]:
        """Orders that were submitted since ``since``, oldest first, all pages.

        Alpaca leaves out the instant that a list begins with, so it is asked a second earlier. Pages follow each other
        by the last order's id. Legs may count for the length of a page, so they are counted here too.
        """
        params = {
            "status": status,
            "limit": str(ORDERS_A_PAGE),
            "direction": "asc",
            "nested": "true" if nested else "false",
        }
        if symbol:
            params["symbols"] = symbol
        first = {} if since is None else {"after": _stamp(since - _STRICT)}

        def following(page: list[OrderRow]) -> dict[str, str] | None:
            count = len(page) + sum(len(row.legs or ()) for row in page)
            return {"after_order_id": page[-1].id} if count >= ORDERS_A_PAGE else None

        rows = await self._pages("/v2/orders", list[OrderRow], params, first, following)
        if any(not row.id for row in rows):
            raise BrokerDown("Alpaca's list of orders names one without an id; it is not used.", code="unreadable")
        return rows

    async def fills(self, *, since: datetime | None = None, order_id: str = "") -> list[ActivityRow]:
        """FILL activities since ``since``, or of one order, all pages. Alpaca leaves out the first instant."""
        params = {"direction": "asc", "page_size": str(ACTIVITIES_A_PAGE)}
        if since is not None:
            params["after"] = _stamp(since - _STRICT)
        if order_id:
            params["order_id"] = order_id

        def following(page: list[ActivityRow]) -> dict[str, str] | None:
            return {"page_token": page[-1].id} if len(page) >= ACTIVITIES_A_PAGE else None

        rows = await self._pages("/v2/account/activities/FILL", list[ActivityRow], params, {}, following)
        if any(not row.id for row in rows):
            raise BrokerDown("Alpaca's list of fills names one without an id; it is not used.", code="unreadable")
        return [row for row in rows if not order_id or row.order_id == order_id]

    # ---- writes ---------------------------------------------------------------------------------------------------

    async def submit(self, body: bytes, *, lane: Lane, on_sent: Callable[[int], None] | None) -> HttpAnswer:
        """Send an order, once."""
        return await self._http.write("POST", f"{self._base}/v2/orders", body=body, lane=lane, on_sent=on_sent)

    async def replace(
        self, order_id: str, body: bytes, *, lane: Lane, on_sent: Callable[[int], None] | None
    ) -> HttpAnswer:
        """Change an order, once; the answer is the order that takes its place."""
        url = f"{self._base}/v2/orders/{segment(order_id)}"
        return await self._http.write("PATCH", url, body=body, lane=lane, on_sent=on_sent)

    async def cancel(self, order_id: str) -> HttpAnswer:
        """Ask for the end of one order."""
        return await self._http.write("DELETE", f"{self._base}/v2/orders/{segment(order_id)}", lane=Lane.URGENT)

    async def cancel_all(self) -> HttpAnswer:
        """Ask for the end of every open order; the answer has a row for each."""
        return await self._http.write("DELETE", f"{self._base}/v2/orders", lane=Lane.URGENT, limits=_BULK)

    # ---- how ------------------------------------------------------------------------------------------------------

    async def _must(self, path: str, kind: type[T], *, lane: Lane = Lane.READ, limits: TimeLimits | None = None) -> T:
        found = await self._read(path, kind, lane=lane, limits=limits, missing=frozenset())
        if found is None:
            raise BrokerDown(f"{NAME} gave no answer to {path}.", code="unreadable")
        return found

    async def _read(
        self,
        path: str,
        kind: type[T],
        *,
        params: Mapping[str, str] | None = None,
        lane: Lane = Lane.READ,
        limits: TimeLimits | None = None,
        missing: frozenset[int] = frozenset({404}),
    ) -> T | None:
        """The decoded answer; ``None`` where Alpaca itself says, with a status in ``missing``, that there is none."""
        answer = await self._http.read(f"{self._base}{path}", params=params, lane=lane, limits=limits)
        if answer.ok:
            try:
                return decode(answer.body, kind)
            except Unreadable as error:
                raise BrokerDown(
                    f"{NAME}'s answer to {path} could not be read ({error}).",
                    advice="It is asked again by itself.",
                    code="unreadable",
                ) from error
        words = read_error(answer)
        if answer.status in missing and words.structured:
            return None
        if answer.status in {401, 403}:
            raise login_refused(words, self._mode, self._api_key)
        raise BrokerDown(
            f"{NAME} answered {answer.status} to {path}: '{words.message}'.",
            advice="Check the trading address in the connection." if answer.status == 404 else "",
            code=f"status_{answer.status}",
        )

    async def _pages(
        self,
        path: str,
        kind: type[list[T]],
        params: Mapping[str, str],
        first: Mapping[str, str],
        following: Callable[[list[T]], dict[str, str] | None],
    ) -> list[T]:
        """Every page. ``following`` names the next one; a page that leads back to itself breaks the read off."""
        rows: list[T] = []
        more: Mapping[str, str] | None = first
        for _ in range(MOST_PAGES):
            page = await self._read(
                path, kind, params={**params, **(more or {})}, lane=Lane.RECONCILE, limits=_LIST, missing=frozenset()
            )
            rows.extend(page or [])
            before, more = more, following(page) if page else None
            if more is None:
                return rows
            if more == before:
                break
        raise BrokerDown(f"{NAME}'s list under {path} has no end; it is not used.", code="unreadable")


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
