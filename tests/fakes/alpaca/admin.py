"""The back door of the fake, without a key: ``GET /__state``, ``POST /__fault``, ``POST /__market``."""

import json
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.alpaca.data_wire import LETTERS
from tests.fakes.alpaca.shapes import fill_json, order_json

if TYPE_CHECKING:
    from tests.fakes.alpaca.server import FakeAlpaca


def routes(server: "FakeAlpaca") -> list[web.RouteDef]:
    """The three paths; what they set is as if a test had set it."""
    admin = Admin(server)
    return [
        web.get("/__state", admin.state),
        web.post("/__fault", admin.fault),
        web.post("/__market", admin.market),
    ]


def _bad(message: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"message": message}), content_type="application/json")


async def _body(request: web.Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        raise _bad("the body is no JSON") from None


class Admin:
    """The handlers."""

    def __init__(self, server: "FakeAlpaca") -> None:
        self._server = server

    async def state(self, request: web.Request) -> web.Response:
        """Everything that the broker holds, oldest first."""
        state, market = self._server.state, self._server.market
        positions = [
            {"symbol": each.symbol, "qty": str(each.qty), "average": str(each.average)}
            for each in state.positions.values()
        ]
        quotes = {
            symbol: {"bid": str(quote.bid), "ask": str(quote.ask)}
            for symbol in market.symbols
            if (quote := market.quote(symbol)) is not None
        }
        return web.json_response(
            {
                "cash": str(state.cash),
                "equity": str(state.equity),
                "session": state.session_now(),
                "orders": [order_json(state, each, nested=False) for each in state.orders],
                "positions": positions,
                "executions": [fill_json(state, each) for each in state.executions],
                "events": state.events,
                "requests": [f"{method} {path}" for method, path in state.requests],
                "quotes": quotes,
                "faults": self._server.faults.as_json(),
            }
        )

    async def fault(self, request: web.Request) -> web.Response:
        """Take a fault plan; ``switches`` sets the broker's own habits, ``session`` the part of the trading day."""
        data = await _body(request)
        try:
            if isinstance(data, dict):
                self._set_switches(data.pop("switches", {}))
                if "session" in data:
                    self._server.state.session = data.pop("session")
            self._server.faults.load(data)
        except (ValueError, TypeError, AttributeError) as problem:
            raise _bad(str(problem)) from problem
        return web.json_response(self._server.faults.as_json())

    def _set_switches(self, wished: dict[str, Any]) -> None:
        switches = self._server.state.switches
        unknown = set(wished) - {each.name for each in fields(switches)}
        if unknown:
            raise ValueError(f"no switch called {', '.join(sorted(unknown))}")
        for name, value in wished.items():
            setattr(switches, name, value)

    async def market(self, request: web.Request) -> web.Response:
        """One change or a list: ``{"symbol", "bid", "ask"}``, ``{"symbol", "trade", "size"}``,

        ``{"symbol", "notice": channel, "fields"}``, ``{"steps": 10}`` (so many moves of the generator).
        """
        data = await _body(request)
        changes = data if isinstance(data, list) else [data]
        try:
            for change in changes:
                self._change(change)
        except KeyError as missing:
            raise _bad(f"missing or unknown: {missing.args[0]}") from missing
        except (TypeError, ValueError, InvalidOperation, AttributeError) as problem:
            raise _bad(f"not a change of the market: {problem}") from problem
        return web.json_response({"done": len(changes)})

    def _change(self, change: dict[str, Any]) -> None:
        market = self._server.market
        if "steps" in change:
            for _ in range(int(change["steps"])):
                market.step()
            return
        symbol = change["symbol"]
        if "trade" in change:
            market.trade(symbol, Decimal(str(change["trade"])), int(change.get("size", 100)))
        elif "notice" in change:
            if change["notice"] not in LETTERS:
                raise ValueError(f"no channel called {change['notice']}")
            market.notice(change["notice"], symbol, **change.get("fields", {}))
        else:
            sizes = int(change.get("bid_size", 10_000)), int(change.get("ask_size", 10_000))
            market.set_quote(symbol, Decimal(str(change["bid"])), Decimal(str(change["ask"])), *sizes)
