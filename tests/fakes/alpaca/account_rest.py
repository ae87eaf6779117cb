"""The endpoints of account, configuration, history, activities, clock, calendar and assets."""

from datetime import date, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.alpaca import hours
from tests.fakes.alpaca.history import portfolio_history
from tests.fakes.alpaca.keys import FAKE
from tests.fakes.alpaca.orders_rest import body_of
from tests.fakes.alpaca.records import malformed, missing
from tests.fakes.alpaca.shapes import account_json, asset_json, fill_json
from tests.fakes.alpaca.stamps import parse_stamp
from tests.fakes.alpaca.state import FakeState

PAGE = 100
CHOICES: dict[str, tuple[Any, ...]] = {
    "suspend_trade": (True, False),
    "no_shorting": (True, False),
    "fractional_trading": (True, False),
    "max_margin_multiplier": ("1", "2", "4"),
    "max_options_trading_level": (None, 0, 1, 2, 3),
    "trade_confirm_email": ("all", "none"),
    "ptp_no_exception_entry": (True, False),
    "disable_overnight_trading": (True, False),
}


async def get_account(request: web.Request) -> web.Response:
    fake = request.app[FAKE]
    return web.json_response(account_json(fake.state, fake.rules.buying_power()))


def _configuration(state: FakeState) -> dict[str, Any]:
    legacy = {"dtbp_check": "both", "pdt_check": "entry"} if state.switches.legacy_day_trade_fields else {}
    return {**state.configuration, **legacy}


async def get_configuration(request: web.Request) -> web.Response:
    return web.json_response(_configuration(request.app[FAKE].state))


async def patch_configuration(request: web.Request) -> web.Response:
    """Keys that were removed in July 2026 are refused unless the old fields are switched on."""
    data, state = await body_of(request), request.app[FAKE].state
    if not isinstance(data, dict):
        raise malformed("request body format is invalid")
    for name, value in data.items():
        if name in {"dtbp_check", "pdt_check"} and state.switches.legacy_day_trade_fields:
            continue
        if name not in CHOICES or value not in CHOICES[name]:
            raise malformed(f"invalid {name}")
    state.configuration |= {name: value for name, value in data.items() if name in CHOICES}
    if "max_margin_multiplier" in data:
        state.multiplier = int(data["max_margin_multiplier"])
    return web.json_response(_configuration(state))


async def get_history(request: web.Request) -> web.Response:
    return web.json_response(portfolio_history(request.app[FAKE].state, request.query))


# --- activities


def _activities(state: FakeState) -> list[tuple[datetime, dict[str, Any]]]:
    rows = [(row.time, fill_json(state, row)) for row in state.executions if not row.busted]
    rows += [(parse_stamp(row["created_at"]), row) for row in state.other_activities]
    return sorted(rows, key=lambda row: row[0])


def _wanted(row: dict[str, Any], types: set[str], category: str | None, order_id: str | None) -> bool:
    trade = row["activity_type"] == "FILL"
    if types and row["activity_type"] not in types:
        return False
    if category is not None and (category == "trade_activity") != trade:
        return False
    return order_id is None or row.get("order_id") == order_id


async def get_activities(request: web.Request) -> web.Response:
    """A bare array; ``page_token`` is the id of the last item of the page before."""
    state, query = request.app[FAKE].state, request.query
    types = {row for row in query.get("activity_types", "").split(",") if row}
    if "activity_type" in request.match_info:
        types = {request.match_info["activity_type"]}
    category = query.get("category")
    if types and category:
        raise malformed("only one of category or activity_types is accepted")
    size = query.get("page_size", str(PAGE))
    if not size.isdigit() or not 1 <= int(size) <= PAGE:
        raise malformed(f"page_size must be between 1 and {PAGE}")
    rows = _activities(state)
    if "after" in query:
        after = parse_stamp(query["after"])
        rows = [row for row in rows if row[0] > after]
    if "until" in query:
        until = parse_stamp(query["until"])
        rows = [row for row in rows if row[0] < until]
    if "date" in query:
        rows = [row for row in rows if row[0].astimezone(hours.NEW_YORK).date().isoformat() == query["date"]]
    found = [body for _, body in rows if _wanted(body, types, category, query.get("order_id"))]
    if query.get("direction", "desc") != "asc":
        found.reverse()
    return web.json_response(_page(found, query.get("page_token"), int(size)))


def _page(rows: list[dict[str, Any]], token: str | None, size: int) -> list[dict[str, Any]]:
    if token is None:
        return rows[:size]
    ids = [row["id"] for row in rows]
    if token not in ids:
        raise malformed("invalid page_token")
    start = ids.index(token) + 1
    return rows[start : start + size]


# --- clock, calendar, assets


async def get_clock(request: web.Request) -> web.Response:
    fake = request.app[FAKE]
    now = fake.broker_time()
    is_open = fake.state.session_now() == "regular"
    opens, closes = hours.next_open(now), hours.next_close(now)
    if is_open and opens < closes:
        opens = hours.next_open(closes)
    elif not is_open and closes < opens:
        closes = hours.next_close(opens)
    local = now.astimezone(hours.NEW_YORK).isoformat()
    return web.json_response(
        {"timestamp": local, "is_open": is_open, "next_open": opens.isoformat(), "next_close": closes.isoformat()}
    )


def _day(given: str | None, default: date) -> date:
    if given is None:
        return default
    return parse_stamp(given).date()


async def get_calendar(request: web.Request) -> web.Response:
    today = request.app[FAKE].now().astimezone(hours.NEW_YORK).date()
    start = _day(request.query.get("start"), date(1970, 1, 1))
    end = _day(request.query.get("end"), date(2029, 12, 31))
    if start > end:
        raise malformed("start must be before end")
    if "start" not in request.query and "end" not in request.query:
        start, end = today - timedelta(days=365), today + timedelta(days=365)
    start, end = max(start, date(1970, 1, 1)), min(end, date(2029, 12, 31))
    rows, day = [], start
    while day <= end:
        if hours.is_trading_day(day):
            rows.append(
                {
                    "date": day.isoformat(),
                    "open": "09:30",
                    "close": f"{hours.close_of(day):%H:%M}",
                    "session_open": "0400",
                    "session_close": "2000",
                    "settlement_date": hours.next_trading_day(day).isoformat(),
                }
            )
        day += timedelta(days=1)
    return web.json_response(rows)


async def list_assets(request: web.Request) -> web.Response:
    state, query = request.app[FAKE].state, request.query
    if query.get("asset_class", "us_equity") != "us_equity":
        return web.json_response([])
    wished = {row for row in query.get("attributes", "").split(",") if row}
    rows = [
        asset_json(state, row)
        for row in state.market.listed.values()
        if query.get("status") in {None, row.status}
        and query.get("exchange") in {None, row.exchange}
        and (not wished or wished & set(row.attributes))
    ]
    return web.json_response(rows)


async def get_asset(request: web.Request) -> web.Response:
    state, wanted = request.app[FAKE].state, request.match_info["symbol"]
    for row in state.market.listed.values():
        if wanted in {row.symbol, row.asset_id}:
            return web.json_response(asset_json(state, row))
    raise missing(f"asset not found for {wanted}")


def routes() -> list[web.RouteDef]:
    return [
        web.get("/v2/account", get_account),
        web.get("/v2/account/configurations", get_configuration),
        web.patch("/v2/account/configurations", patch_configuration),
        web.get("/v2/account/portfolio/history", get_history),
        web.get("/v2/account/activities", get_activities),
        web.get("/v2/account/activities/{activity_type}", get_activities),
        web.get("/v2/clock", get_clock),
        web.get("/v2/calendar", get_calendar),
        web.get("/v2/assets", list_assets),
        web.get("/v2/assets/{symbol}", get_asset),
    ]
