"""The endpoints of orders and positions."""

import json
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from aiohttp import web

from tests.fakes.alpaca.keys import FAKE
from tests.fakes.alpaca.order_form import number
from tests.fakes.alpaca.records import FakeOrder, Refusal, malformed, missing
from tests.fakes.alpaca.shapes import order_json, position_json
from tests.fakes.alpaca.stamps import parse_stamp

DEFAULT_LIMIT, MAX_LIMIT = 50, 500


async def body_of(request: web.Request) -> Any:
    """The JSON of the request, or the refusal of a body that is none."""
    try:
        return json.loads(await request.text(), parse_float=Decimal)
    except ValueError:
        raise Refusal(400, 40010000, "request body format is invalid") from None


def _order_of(request: web.Request) -> FakeOrder:
    wanted = request.match_info["order_id"]
    try:
        uuid.UUID(wanted)
    except ValueError:
        raise malformed("order_id is missing") from None
    return request.app[FAKE].state.order(wanted)


def _nested(request: web.Request) -> bool:
    return request.query.get("nested", "").lower() == "true"


async def post_order(request: web.Request) -> web.Response:
    data = await body_of(request)
    fake = request.app[FAKE]
    return web.json_response(order_json(fake.state, fake.desk.place(data)))


async def get_order(request: web.Request) -> web.Response:
    fake = request.app[FAKE]
    return web.json_response(fake.reads.order(_order_of(request), nested=_nested(request)))


async def get_by_client_id(request: web.Request) -> web.Response:
    if "%3a" in request.raw_path.lower().split("?")[0]:
        return web.json_response({"code": 40410000, "message": "endpoint not found"}, status=404)
    fake, wanted = request.app[FAKE], request.query.get("client_order_id", "")
    found = fake.state.order_by_client_id(wanted)
    if found is None:
        raise missing(f"order not found for {wanted}")
    return web.json_response(fake.reads.order(found, nested=True))


async def list_orders(request: web.Request) -> web.Response:
    fake = request.app[FAKE]
    rows = ListQuery(request).run(list(fake.state.orders))
    return web.json_response([fake.reads.order(row, nested=_nested(request)) for row in rows])


class ListQuery:
    """One ``GET /v2/orders``: filters, exclusive bounds by submission, page size."""

    def __init__(self, request: web.Request) -> None:
        query = request.query
        self.state = request.app[FAKE].state
        self.status = query.get("status", "open")
        if self.status not in {"open", "closed", "all"}:
            raise malformed("invalid status")
        limit = query.get("limit", str(DEFAULT_LIMIT))
        if not limit.isdigit() or not 1 <= int(limit) <= MAX_LIMIT:
            raise malformed(f"limit must be between 1 and {MAX_LIMIT}")
        self.limit = int(limit)
        self.newest_first = query.get("direction", "desc") != "asc"
        self.nested = _nested(request)
        self.symbols = {row for row in query.get("symbols", "").split(",") if row}
        self.side = query.get("side")
        self.classes = {row for row in query.get("asset_class", "").split(",") if row}
        ids, times = ("before_order_id", "after_order_id"), ("after", "until")
        if sum(name in query for name in ids) > 1 or (
            any(name in query for name in ids) and any(name in query for name in times)
        ):
            raise malformed("before_order_id, after_order_id and after/until are mutually exclusive")
        after, until = (parse_stamp(query[name]) if name in query else None for name in times)
        if "after_order_id" in query:
            after = self.state.order(query["after_order_id"]).submitted_at
        if "before_order_id" in query:
            until = self.state.order(query["before_order_id"]).submitted_at
        self.after, self.until = after, until

    def run(self, orders: list[FakeOrder]) -> list[FakeOrder]:
        rows = [row for row in orders if self._fits(row)]
        rows.sort(key=lambda row: row.submitted_at or row.created_at, reverse=self.newest_first)
        return rows[: self.limit]

    def _fits(self, row: FakeOrder) -> bool:
        at = row.submitted_at or row.created_at
        if (self.after is not None and at <= self.after) or (self.until is not None and at >= self.until):
            return False
        if self.symbols and row.symbol not in self.symbols:
            return False
        if (self.side and row.side != self.side) or (self.classes and "us_equity" not in self.classes):
            return False
        if not self._has_status(row):
            return False
        if not self.nested or row.parent is None:
            return True
        vanishes = self.status != "open" or not self.state.switches.nested_keeps_legs
        return not (vanishes or self._has_status(row.parent))

    def _has_status(self, row: FakeOrder) -> bool:
        if self.status == "all":
            return True
        if self.status == "open" and row.status == "held":
            return self.state.switches.held_is_open
        return row.is_open == (self.status == "open")


async def patch_order(request: web.Request) -> web.Response:
    data, fake = await body_of(request), request.app[FAKE]
    order = _order_of(request)
    return web.json_response(order_json(fake.state, fake.desk.replace(order, data)))


async def delete_order(request: web.Request) -> web.Response:
    request.app[FAKE].engine.request_cancel(_order_of(request))
    return web.Response(status=204)


def _multi(rows: list[dict[str, Any]]) -> web.Response:
    return web.json_response(rows, status=207)


def _tried(head: dict[str, Any], act: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
    """One element of a 207 answer."""
    try:
        body = act()
    except Refusal as refusal:
        return {**head, "status": refusal.status, "body": refusal.body}
    return {**head, "status": 200, **({} if body is None else {"body": body})}


async def delete_all_orders(request: web.Request) -> web.Response:
    fake = request.app[FAKE]
    rows = []
    for order in fake.state.open_orders():
        if order.waits or (order.status == "held" and order.parent is not None and order.parent.is_open):
            continue  # goes with the order that it replaces, with its entry, or with its other exit
        rows.append(_tried({"id": order.id}, lambda order=order: fake.engine.request_cancel(order)))  # type: ignore[misc]
    return _multi(rows)


async def list_positions(request: web.Request) -> web.Response:
    fake = request.app[FAKE]
    return web.json_response([_position(request, symbol) for symbol in sorted(fake.state.positions)])


def _position(request: web.Request, symbol: str) -> dict[str, Any]:
    fake = request.app[FAKE]
    return position_json(fake.state, fake.state.positions[symbol], fake.rules.available(symbol))


async def get_position(request: web.Request) -> web.Response:
    state, wanted = request.app[FAKE].state, request.match_info["symbol"]
    for symbol in state.positions:
        if wanted in {symbol, state.market.listed[symbol].asset_id}:
            return web.json_response(_position(request, symbol))
    raise missing("position does not exist")


async def close_position(request: web.Request) -> web.Response:
    fake, query = request.app[FAKE], request.query
    qty, percentage = number(query.get("qty"), "qty"), number(query.get("percentage"), "percentage")
    order = fake.desk.close(request.match_info["symbol"], qty, percentage)
    return web.json_response(order_json(fake.state, order))


async def close_all(request: web.Request) -> web.Response:
    """With ``cancel_orders`` the open orders end first, then each position is closed."""
    fake = request.app[FAKE]
    if request.query.get("cancel_orders", "").lower() == "true":
        for order in fake.state.open_orders():
            if order.is_open:
                fake.engine.cancel_group(order)

    def close(symbol: str) -> dict[str, Any]:
        return order_json(fake.state, fake.desk.close(symbol))

    rows = []
    for symbol in sorted(fake.state.positions):
        rows.append(_tried({"symbol": symbol}, lambda symbol=symbol: close(symbol)))  # type: ignore[misc]
    return _multi(rows)


def routes() -> list[web.RouteDef]:
    return [
        web.post("/v2/orders", post_order),
        web.get("/v2/orders", list_orders),
        web.delete("/v2/orders", delete_all_orders),
        web.get("/v2/orders:by_client_order_id", get_by_client_id),
        web.get("/v2/orders/{order_id}", get_order),
        web.patch("/v2/orders/{order_id}", patch_order),
        web.delete("/v2/orders/{order_id}", delete_order),
        web.get("/v2/positions", list_positions),
        web.delete("/v2/positions", close_all),
        web.get("/v2/positions/{symbol}", get_position),
        web.delete("/v2/positions/{symbol}", close_position),
    ]
