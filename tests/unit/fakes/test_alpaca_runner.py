"""The fake Alpaca as a process: the line it prints, a fault plan from a file, its back door, and its end."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession, WSMsgType

ROOT = Path(__file__).resolve().parents[3]


async def begin(*arguments: str) -> Process:
    command = [sys.executable, "-W", "error", "-m", "tests.fakes.alpaca", "--port", "0", *arguments]
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=PIPE)


@asynccontextmanager
async def running(*arguments: str, end: int = signal.SIGTERM) -> AsyncIterator[tuple[Process, ClientSession]]:
    """The fake and a client with its keys; afterwards it has to end by itself, in order and in silence."""
    process = await begin(*arguments)
    assert process.stdout is not None
    _, key, _, secret = (await process.stdout.readline()).decode().split()
    ready, url = (await process.stdout.readline()).decode().split()
    assert ready == "READY"
    try:
        async with ClientSession(url, headers={"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret}) as client:
            yield process, client
    finally:
        if process.returncode is None:
            process.send_signal(end)
        output, errors = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, output, errors) == (0, b"", b"")


async def read(client: ClientSession, path: str) -> tuple[int, Any]:
    async with client.get(path) as answer:
        return answer.status, await answer.json(content_type=None)


async def tell(client: ClientSession, path: str, body: Any) -> tuple[int, Any]:
    async with client.post(path, json=body) as answer:
        return answer.status, await answer.json()


async def test_faults_come_from_a_file(tmp_path: Path) -> None:
    plan = tmp_path / "faults.json"
    plan.write_text(json.dumps([{"kind": "status", "path": "/v2/clock", "status": 500, "body": {"message": "later"}}]))
    async with running("--faults", str(plan)) as (_, client):
        assert await read(client, "/v2/clock") == (500, {"message": "later"})
        assert (await read(client, "/v2/clock"))[0] == 200
        _, state = await read(client, "/__state")
        assert state["faults"]["fired"] == ["status GET /v2/clock"]


async def test_it_ends_in_order_with_a_held_answer_and_open_streams() -> None:
    async with running("--auto", end=signal.SIGINT) as (process, client):
        await tell(client, "/__fault", {"kind": "hang_after", "path": "/v2/account"})
        held = asyncio.create_task(client.get("/v2/account"))
        async with client.ws_connect("/v2/iex") as data, client.ws_connect("/stream") as trading:
            assert (await data.receive_json())[0]["msg"] == "connected"
            while (await read(client, "/__state"))[1]["faults"]["waiting"] == 0:
                pass
            process.send_signal(signal.SIGINT)
            while (await data.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR):
                pass
            assert (await trading.receive()).type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR)
        with suppress(ClientError):  # the answer may not have left in time
            (await held).release()
        await asyncio.wait_for(process.wait(), 20)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/__fault", {"kind": "earthquake"}),
        ("/__fault", {"switches": {"bogus": True}}),
        ("/__fault", "text"),
        ("/__market", {"symbol": "ZZZZ", "bid": 1, "ask": 2}),
        ("/__market", {"symbol": "AAPL", "bid": "much", "ask": 2}),
        ("/__market", {"symbol": "AAPL", "notice": "gossip"}),
        ("/__market", [1]),
    ],
)
async def test_nonsense_is_refused_by_the_back_door(path: str, body: Any) -> None:
    async with running() as (_, client):
        status, answer = await tell(client, path, body)
        assert status == 400
        assert answer["message"]


async def test_the_back_door_moves_prices_and_sets_habits() -> None:
    async with running() as (_, client):
        changes = [{"symbol": "AAPL", "bid": 180, "ask": 180.05}, {"symbol": "AAPL", "trade": "180.01"}, {"steps": 3}]
        assert await tell(client, "/__market", changes) == (200, {"done": 3})
        assert (await read(client, "/v2/stocks/AAPL/trades/latest"))[0] == 200
        status, _ = await tell(client, "/__fault", {"switches": {"hold_acknowledge": True}, "session": "pre"})
        assert status == 200
        assert (await read(client, "/__state"))[1]["session"] == "pre"


async def test_a_plan_that_cannot_be_read_ends_it_with_a_sentence(tmp_path: Path) -> None:
    plan = tmp_path / "faults.json"
    plan.write_text('{"kind": "earthquake"}')
    process = await begin("--faults", str(plan))
    output, errors = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, output) == (1, b"")
    assert b"no fault called earthquake" in errors
