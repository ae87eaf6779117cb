"""Market data of the fake Alpaca: shapes, feeds, paging, and the protocol of its stream."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgpack  # type: ignore[import-untyped]
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.fakes.alpaca import data_stream
from tests.unit.fakes.data_world import DataDesk, data_server

AUTH = {"action": "auth", "key": "PKKEY", "secret": "secret"}
DAY = "2026-11-18"


async def get(client: ClientSession, path: str, **query: str) -> Any:
    async with client.get(path, params=query) as answer:
        return answer.status, await answer.json()


@asynccontextmanager
async def stream(client: ClientSession, feed: str = "iex", *, login: bool = True) -> AsyncIterator[Any]:
    async with client.ws_connect(f"/v2/{feed}") as socket:
        assert await socket.receive_json() == [{"T": "success", "msg": "connected"}]
        if login:
            await socket.send_json(AUTH)
            assert await socket.receive_json() == [{"T": "success", "msg": "authenticated"}]
        yield socket


async def asked(socket: ClientWebSocketResponse, **message: Any) -> Any:
    await socket.send_json(message)
    return (await socket.receive_json())[0]


async def test_latest_values_have_a_wrapper_and_snapshots_have_none() -> None:
    async with data_server() as (_, client):
        _, one = await get(client, "/v2/stocks/AAPL/quotes/latest", feed="iex")
        assert one["symbol"] == "AAPL"
        assert (one["quote"]["bp"], one["quote"]["ap"], one["quote"]["bs"]) == (175.5, 175.52, 10_000)
        _, many = await get(client, "/v2/stocks/trades/latest", symbols="AAPL,ZZZZ,BRK.B")
        assert sorted(many["trades"]) == ["AAPL", "BRK.B"]
        _, bars = await get(client, "/v2/stocks/bars/latest", symbols="AAPL")
        assert bars["bars"]["AAPL"]["c"] == 175.5
        _, snapshots = await get(client, "/v2/stocks/snapshots", symbols="AAPL,MSFT,ZZZZ")
        assert sorted(snapshots) == ["AAPL", "MSFT"]
        assert set(snapshots["AAPL"]) == {"latestTrade", "latestQuote", "minuteBar", "dailyBar", "prevDailyBar"}
        _, snapshot = await get(client, "/v2/stocks/AAPL/snapshot")
        assert snapshot["symbol"] == "AAPL"


async def test_the_free_plan_reads_the_whole_tape_only_late() -> None:
    async with data_server() as (desk, client):
        status, body = await get(client, "/v2/stocks/AAPL/quotes/latest", feed="sip")
        assert (status, body["message"]) == (403, "subscription does not permit querying recent SIP data")
        query = {"symbols": "AAPL", "timeframe": "1Day", "start": "2026-11-02", "feed": "sip"}
        assert (await get(client, "/v2/stocks/bars", **query))[0] == 403
        assert (await get(client, "/v2/stocks/bars", **query, end="2026-11-10"))[0] == 200
        assert (await get(client, "/v2/stocks/AAPL/quotes/latest", feed="mars"))[0] == 400
        desk.market.sip_allowed = True
        assert (await get(client, "/v2/stocks/AAPL/quotes/latest", feed="sip"))[0] == 200


@pytest.mark.parametrize(
    "query",
    [
        {"symbols": "AAPL"},
        {"timeframe": "1Min"},
        {"symbols": "aapl", "timeframe": "1Min"},
        {"symbols": "AAPL", "timeframe": "61Min"},
        {"symbols": "AAPL", "timeframe": "1Min", "limit": "10001"},
        {"symbols": "AAPL", "timeframe": "1Min", "start": "yesterday"},
        {"symbols": "AAPL", "timeframe": "1Min", "start": "2026-11-19", "end": "2026-11-18"},
        {"symbols": "AAPL", "timeframe": "1Min", "page_token": "%%"},
        {"symbols": "AAPL", "timeframe": "1Min", "sort": "up"},
    ],
)
async def test_a_question_that_says_nonsense_is_refused_with_a_message(query: dict[str, str]) -> None:
    async with data_server() as (_, client):
        status, body = await get(client, "/v2/stocks/bars", **query)
        assert status == 400
        assert body["message"]


async def pages(client: ClientSession, kind: str, **query: str) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    while True:
        status, body = await get(client, f"/v2/stocks/{kind}", **query)
        assert status == 200, body
        page = [(symbol, row) for symbol, found in body[kind].items() for row in found]
        assert len(page) <= int(query.get("limit", 1000))
        rows += page
        if body["next_page_token"] is None:
            return rows
        query["page_token"] = body["next_page_token"]


@pytest.mark.parametrize("sort", ["asc", "desc"])
@pytest.mark.parametrize("kind", ["bars", "trades", "quotes"])
async def test_pages_put_together_are_the_whole_answer(kind: str, sort: str) -> None:
    async with data_server() as (_, client):
        query = {"symbols": "MSFT,AAPL", "start": f"{DAY}T15:00:00Z", "end": f"{DAY}T15:30:00Z", "sort": sort}
        query |= {"timeframe": "5Min"} if kind == "bars" else {}
        whole = await pages(client, kind, **query, limit="10000")
        assert await pages(client, kind, **query, limit="7") == whole
        assert [symbol for symbol, _ in whole] == sorted(symbol for symbol, _ in whole)
        times = [row["t"] for symbol, row in whole if symbol == "AAPL"]
        assert times == sorted(times, reverse=sort == "desc")
        assert len(times) > 5


async def test_rows_of_one_instant_are_not_lost_between_pages() -> None:
    async with data_server() as (desk, client):
        at = datetime.now(UTC)
        for size in range(100, 700, 100):
            desk.market.set_quote("AAPL", "175.50", "175.52", size, size, time=at)
        query = {"symbols": "AAPL", "start": (at - timedelta(minutes=1)).isoformat(), "limit": "4"}
        found = [row["bs"] for _, row in await pages(client, "quotes", **query)]
        assert found[-6:] == [100, 200, 300, 400, 500, 600]


@pytest.mark.parametrize(
    ("frame", "count", "last"),
    [("1Min", 390, "20:59:00Z"), ("1Hour", 7, "20:00:00Z"), ("1Day", 1, "05:00:00Z"), ("15T", 26, "20:45:00Z")],
)
async def test_bars_of_a_winter_day(frame: str, count: int, last: str) -> None:
    async with data_server() as (_, client):
        _, body = await get(client, "/v2/stocks/AAPL/bars", timeframe=frame, start=DAY, end=DAY)
        bars = body["bars"]
        assert len(bars) == count
        assert bars[-1]["t"] == f"{DAY}T{last}"
        for bar in bars:
            assert bar["l"] <= min(bar["o"], bar["c"]) <= max(bar["o"], bar["c"]) <= bar["h"]
            assert bar["l"] <= bar["vw"] <= bar["h"]
            assert bar["v"] > 0


async def test_weeks_and_months_start_at_midnight_in_new_york() -> None:
    async with data_server() as (_, client):
        _, weeks = await get(client, "/v2/stocks/AAPL/bars", timeframe="1Week", start="2026-10-05", end="2026-11-13")
        starts = [bar["t"] for bar in weeks["bars"]]
        assert starts[:1] == ["2026-10-05T04:00:00Z"]
        assert starts[-1:] == ["2026-11-09T05:00:00Z"]
        _, months = await get(client, "/v2/stocks/AAPL/bars", timeframe="1M", start="2026-08-01", end="2026-10-31")
        assert [bar["t"] for bar in months["bars"]] == [f"2026-{month:02d}-01T04:00:00Z" for month in (8, 9, 10)]


async def test_an_unknown_symbol_has_no_rows_and_a_saturday_none_either() -> None:
    async with data_server() as (_, client):
        _, body = await get(client, "/v2/stocks/ZZZZ/bars", timeframe="1Day", start=DAY, end=DAY)
        assert body == {"symbol": "ZZZZ", "bars": None, "next_page_token": None}
        _, body = await get(
            client, "/v2/stocks/bars", symbols="AAPL", timeframe="1Min", start="2026-11-14", end="2026-11-14"
        )
        assert body == {"bars": {}, "next_page_token": None}


async def test_trades_since_the_start_are_bars_and_trades() -> None:
    async with data_server() as (desk, client):
        for price in ("176.00", "180.25", "174.00"):
            desk.market.trade("AAPL", price, 50)
        since = (datetime.now(UTC) - timedelta(minutes=2)).isoformat()
        _, body = await get(client, "/v2/stocks/AAPL/trades", start=since)
        assert [row["p"] for row in body["trades"]][-3:] == [176.0, 180.25, 174.0]
        _, body = await get(client, "/v2/stocks/AAPL/snapshot")
        assert body["dailyBar"]["h"] == 180.25
        assert body["dailyBar"]["c"] == 174.0


async def test_code_maps() -> None:
    async with data_server() as (_, client):
        _, exchanges = await get(client, "/v2/stocks/meta/exchanges")
        assert exchanges["V"] == "IEX"
        status, conditions = await get(client, "/v2/stocks/meta/conditions/trade", tape="A")
        assert (status, conditions["@"]) == (200, "Regular Sale")
        assert (await get(client, "/v2/stocks/meta/conditions/trade"))[0] == 400


async def test_a_subscription_lists_everything_and_adds_the_channels_that_follow_trades() -> None:
    async with data_server() as (_, client), stream(client) as socket:
        first = await asked(socket, action="subscribe", trades=["AAPL"], quotes=["MSFT"], bars=["*"])
        assert first["T"] == "subscription"
        assert (first["trades"], first["quotes"], first["bars"]) == (["AAPL"], ["MSFT"], ["*"])
        assert (first["corrections"], first["cancelErrors"], first["statuses"]) == (["AAPL"], ["AAPL"], [])
        second = await asked(socket, action="subscribe", quotes=["AAPL"])
        assert (second["trades"], second["quotes"]) == (["AAPL"], ["AAPL", "MSFT"])
        third = await asked(socket, action="unsubscribe", trades=["AAPL"], quotes=["MSFT"])
        assert (third["trades"], third["quotes"], third["corrections"]) == ([], ["AAPL"], [])


async def test_messages_gather_in_arrays_and_only_what_was_asked_comes() -> None:
    async with data_server() as (desk, client), stream(client) as socket:
        await asked(socket, action="subscribe", trades=["AAPL"], quotes=["AAPL"], statuses=["AAPL"], lulds=["AAPL"])
        market = desk.market
        market.set_quote("MSFT", "1", "2")
        market.set_quote("AAPL", "176.00", "176.02", 200, 300)
        market.trade("AAPL", "176.01", 40)
        for channel in ("statuses", "lulds", "corrections", "cancelErrors", "bars"):
            market.notice(channel, "AAPL")
        rows = await socket.receive_json()
        assert [row["T"] for row in rows] == ["q", "t", "s", "l", "c", "x"]
        assert {row["S"] for row in rows} == {"AAPL"}
        assert (rows[0]["bp"], rows[0]["as"], rows[1]["p"], rows[1]["s"]) == (176.0, 300, 176.01, 40)
        assert rows[0]["t"].endswith("Z")
        assert len(rows[0]["t"]) == len("2026-11-23T15:02:11.418236117Z")


async def refusal(socket: ClientWebSocketResponse, code: int) -> None:
    row = (await socket.receive_json())[0]
    assert (row["T"], row["code"]) == ("error", code), row


async def closed(socket: ClientWebSocketResponse) -> None:
    assert (await socket.receive()).type in (WSMsgType.CLOSE, WSMsgType.CLOSED)


async def test_each_refusal_has_its_code() -> None:
    async with data_server() as (desk, client):
        async with stream(client, login=False) as socket:
            await socket.send_json({"action": "subscribe", "quotes": ["AAPL"]})
            await refusal(socket, 401)
            await socket.send_str("no json")
            await refusal(socket, 400)
            await socket.send_json({**AUTH, "secret": "wrong"})
            await refusal(socket, 402)
            await closed(socket)
        async with stream(client) as socket:
            await socket.send_json(AUTH)
            await refusal(socket, 403)
            symbols = [f"A{chr(65 + place % 26)}{chr(65 + place // 26)}" for place in range(31)]
            await socket.send_json({"action": "subscribe", "quotes": symbols})
            await refusal(socket, 405)
            await socket.send_json({"action": "subscribe", "quotes": ["bad symbol"]})
            await refusal(socket, 400)
            await socket.send_json({"action": "subscribe", "news": ["AAPL"]})
            await refusal(socket, 410)
            assert (await asked(socket, action="subscribe", quotes=symbols[:30]))["quotes"] == sorted(symbols[:30])
            async with stream(client, login=False) as other:
                await other.send_json(AUTH)
                await refusal(other, 406)
                await closed(other)
        async with stream(client, "sip", login=False) as socket:
            await socket.send_json(AUTH)
            await refusal(socket, 409)
        desk.market.sip_allowed = True
        async with stream(client, "sip"):
            pass


async def test_a_client_that_does_not_log_in_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_stream, "AUTH_SECONDS", 0.05)
    async with data_server() as (_, client), stream(client, login=False) as socket:
        await refusal(socket, 404)
        await closed(socket)


async def test_keys_in_the_headers_log_in() -> None:
    headers = {"APCA-API-KEY-ID": "PKKEY", "APCA-API-SECRET-KEY": "secret"}
    async with data_server() as (_, client), client.ws_connect("/v2/iex", headers=headers) as socket:
        assert [(await socket.receive_json())[0]["msg"] for _ in range(2)] == ["connected", "authenticated"]


async def test_messagepack_is_spoken_to_who_asks_for_it() -> None:
    headers = {"Content-Type": "application/msgpack"}
    async with data_server() as (desk, client), client.ws_connect("/v2/iex", headers=headers) as socket:

        async def heard() -> Any:
            return msgpack.unpackb(await socket.receive_bytes())

        assert await heard() == [{"T": "success", "msg": "connected"}]
        await socket.send_bytes(msgpack.packb(AUTH))
        assert (await heard())[0]["msg"] == "authenticated"
        await socket.send_bytes(msgpack.packb({"action": "subscribe", "quotes": ["AAPL"]}))
        assert (await heard())[0]["quotes"] == ["AAPL"]
        desk.market.set_quote("AAPL", "176.00", "176.02")
        row = (await heard())[0]
        assert abs(row["t"].to_unix() - datetime.now(UTC).timestamp()) < 60


async def test_the_test_feed_ticks_by_itself() -> None:
    async with data_server() as (_, client), stream(client, "test") as socket:
        await asked(socket, action="subscribe", quotes=["FAKEPACA"])
        assert (await socket.receive_json())[0]["S"] == "FAKEPACA"


async def test_the_stream_can_be_cut_muted_and_spoiled() -> None:
    async with data_server() as (desk, client):
        async with stream(client) as socket:
            await asked(socket, action="subscribe", quotes=["AAPL"])
            desk.faults.data.mute = True
            desk.market.set_quote("AAPL", "1", "2")
            desk.faults.data.mute = False
            desk.faults.data.garbage, desk.faults.data.huge, desk.faults.data.huge_bytes = 1, 1, 5_000
            desk.market.set_quote("AAPL", "3", "4")
            garbage = [await socket.receive_str() for _ in range(2)]
            assert [len(each) for each in garbage] == [len('{"stream": "trade_up'), 5_000]
            assert (await socket.receive_json())[0]["bp"] == 3.0
            assert desk.faults.data.cut() == 1
            await closed(socket)
        desk.faults.data.close_at_once = 1
        async with client.ws_connect("/v2/iex") as socket:
            await closed(socket)
        desk.faults.data.login_error = 500
        async with stream(client, login=False) as socket:
            await socket.send_json(AUTH)
            await refusal(socket, 500)


async def test_a_client_that_does_not_read_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_stream, "BACKLOG", 10)
    async with data_server() as (desk, client), stream(client) as socket:
        await asked(socket, action="subscribe", quotes=["AAPL"])
        flood(desk, 20)
        await refusal(socket, 407)


def flood(desk: DataDesk, count: int) -> None:
    """So many quotes before the sender gets its turn."""
    assert asyncio.get_running_loop().is_running()
    for place in range(count):
        desk.market.set_quote("AAPL", f"{100 + place}", f"{101 + place}")
