"""The connection doctor: each check that can fail, failing, with the one thing to do."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from legend_desktop.brokers.alpaca import doctor
from legend_desktop.brokers.alpaca.config import AlpacaConfig
from legend_desktop.brokers.alpaca.doctor import examine
from legend_desktop.brokers.health_check import Health, HealthCheck
from legend_desktop.brokers.reach import reach
from legend_desktop.domain.enums import TradingMode
from tests.fakes.alpaca.server import FakeAlpaca
from tests.fakes.clock import FakeClock
from tests.helpers.waiting import until
from tests.unit.brokers.alpaca.market_world import a_market_world, let_time_pass
from tests.unit.brokers.wire import free_port, make_certificate

ALL_GOOD = [
    "Addresses are allowed",
    "Alpaca's name is found",
    "Alpaca can be reached",
    "Line is encrypted",
    "Alpaca answers",
    "Keys are right",
    "Account is of the right kind",
    "Account is the one of this connection",
    "Account may trade",
    "Clock agrees",
    "Order events arrive",
    "Quotes are granted",
    "Requests are left",
]


class Practice:
    """A fake Alpaca, a login for it, and the doctor."""

    def __init__(self, fake: FakeAlpaca, clock: FakeClock) -> None:
        self.fake = fake
        self.clock = clock

    def login(self, mode: TradingMode = TradingMode.PAPER, **more: str) -> AlpacaConfig:
        keys = {"api_key": self.fake.key, "api_secret": self.fake.secret, "base_url": self.fake.url}
        return AlpacaConfig.from_credentials({**keys, **more}, mode)

    async def look(self, config: AlpacaConfig | None = None, **more: Any) -> dict[str, HealthCheck]:
        rows: list[HealthCheck] = []

        async def work() -> None:
            rows.extend([row async for row in examine(config or self.login(), self.clock, **more)])

        await let_time_pass(self.clock, work())
        for row in rows:
            assert row.sentence.endswith("."), row
            assert (row.advice != "") == (row.health in {Health.BAD, Health.DOUBTFUL}), row
            shown = f"{row.sentence} {row.advice} {row.details}"
            assert self.fake.secret not in shown
            assert self.fake.key not in shown
        assert len({row.name for row in rows}) == len(rows)
        return {row.name: row for row in rows}


@asynccontextmanager
async def a_practice(*, live: bool = False, sip: bool = False) -> AsyncIterator[Practice]:
    clock = FakeClock()
    fake = FakeAlpaca(now=clock.now, live=live)
    fake.market.sip_allowed = sip
    async with fake:
        yield Practice(fake, clock)


def bad(rows: dict[str, HealthCheck]) -> list[str]:
    return [name for name, row in rows.items() if row.health in {Health.BAD, Health.DOUBTFUL}]


def skipped(rows: dict[str, HealthCheck]) -> list[str]:
    return [name for name, row in rows.items() if row.health is Health.SKIPPED]


async def test_a_login_that_is_well_is_well_in_every_respect_and_nothing_is_left_behind() -> None:
    async with a_practice() as practice:
        rows = await practice.look()
        assert list(rows) == ALL_GOOD
        assert {row.health for row in rows.values()} == {Health.GOOD}
        assert "IEX, not the national best quote" in rows[doctor.QUOTES].sentence
        assert practice.fake.state.orders == []
        await until(lambda: not practice.fake.stream.clients, "the order stream is free again")


async def test_an_address_of_the_other_mode_or_of_a_stranger_is_not_talked_to() -> None:
    async with a_practice() as practice:
        for host in ("api.alpaca.markets", "paper-api.alpaca.markets.evil.example"):
            config = practice.login()
            config = replace(config, urls=replace(config.urls, trading=f"https://{host}"))
            rows = await practice.look(config)
            assert bad(rows) == [doctor.ADDRESSES]
            assert host in rows[doctor.ADDRESSES].sentence
            assert len(skipped(rows)) == 9
        assert practice.fake.state.requests == []


async def test_a_name_that_is_not_found_is_a_matter_of_the_network() -> None:
    async def nowhere(_host: str, _port: int) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    async with a_practice() as practice:
        rows = await practice.look(resolve=nowhere)
    assert bad(rows) == ["Alpaca's name is found"]
    assert rows["Alpaca's name is found"].advice == "Check the network."


async def test_case_06_a_port_that_nobody_listens_on_is_said() -> None:
    async with a_practice() as practice, free_port() as port:
        rows = await practice.look(practice.login(base_url=f"http://127.0.0.1:{port}"))
    assert bad(rows) == ["Alpaca can be reached"]
    assert "does not take connections" in rows["Alpaca can be reached"].sentence


async def test_case_07_a_line_that_is_not_encrypted_or_not_trusted_is_not_used(tmp_path: Path) -> None:
    async with a_practice() as practice:
        rows = await practice.look(practice.login(base_url=practice.fake.url.replace("http:", "https:")))
        assert bad(rows) == ["Line is encrypted"]
        assert "No encrypted line" in rows["Line is encrypted"].sentence
        assert practice.fake.state.requests == []
    served, trust = make_certificate(tmp_path)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=served)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        rows = {row.name: row async for row in reach("Alpaca", url)}
        assert bad(rows) == ["Line is encrypted"]
        assert "is not trusted" in rows["Line is encrypted"].sentence
        rows = {row.name: row async for row in reach("Alpaca", url, ssl_context=trust)}
        assert bad(rows) == []


class TestAnswer:
    async def test_a_401_with_a_page_means_that_the_keys_did_not_get_through(self) -> None:
        async with a_practice() as practice:
            practice.fake.faults.add(kind="html_401", path="/v2/account")
            rows = await practice.look()
        assert bad(rows) == [doctor.ANSWER]
        assert "did not get through" in rows[doctor.ANSWER].sentence
        assert doctor.KEYS in skipped(rows)

    @pytest.mark.parametrize(
        ("status", "body"), [(200, "<html>Welcome to the hotel</html>"), (404, ""), (200, {"a": 1})]
    )
    async def test_somebody_else_at_the_address_is_not_taken_for_alpaca(self, status: int, body: Any) -> None:
        async with a_practice() as practice:
            practice.fake.faults.add(kind="status", path="/v2/account", status=status, body=body)
            rows = await practice.look()
        assert bad(rows) == [doctor.ANSWER]
        assert "not Alpaca" in rows[doctor.ANSWER].sentence

    async def test_case_08_an_error_of_alpacas_own_is_waited_out(self) -> None:
        async with a_practice() as practice:
            practice.fake.faults.add(kind="status", path="/v2/account", status=503, body="<html>", times=None)
            rows = await practice.look()
        assert bad(rows) == [doctor.ANSWER]
        assert "error of its own" in rows[doctor.ANSWER].sentence


class TestKeys:
    async def test_wrong_keys(self) -> None:
        async with a_practice() as practice:
            rows = await practice.look(practice.login(api_secret="wrong-" * 6))
        assert bad(rows) == [doctor.KEYS]
        assert "does not accept these keys" in rows[doctor.KEYS].sentence
        assert skipped(rows) == [doctor.KIND, doctor.SAME, doctor.TRADES, doctor.STREAM, doctor.QUOTES, doctor.BUDGET]
        assert rows[doctor.CLOCK].health is Health.GOOD, "the answer tells the time all the same"

    async def test_case_84_live_keys_in_a_paper_connection_are_known_by_their_look_and_the_answer(self) -> None:
        async with a_practice() as practice:
            rows = await practice.look(practice.login(api_key="AKLIVE-1"))
        assert bad(rows) == [doctor.KEYS]
        assert "keys of a live account" in rows[doctor.KEYS].sentence
        assert "make a live connection" in rows[doctor.KEYS].advice

    async def test_paper_keys_in_a_live_connection_are_too(self) -> None:
        async with a_practice(live=True) as practice:
            rows = await practice.look(practice.login(TradingMode.LIVE, api_key="PKPAPER-1"))
        assert "keys of a paper account" in rows[doctor.KEYS].sentence

    async def test_a_key_that_was_deleted(self) -> None:
        async with a_practice() as practice:
            practice.fake.levers.revoke_keys()
            rows = await practice.look()
        assert bad(rows) == [doctor.KEYS]
        assert "whether the key still exists" in rows[doctor.KEYS].advice

    async def test_an_answer_about_something_else_is_no_verdict_on_the_keys(self) -> None:
        async with a_practice() as practice:
            practice.fake.faults.add(kind="status", path="/v2/account", status=422, body={"message": "try later"})
            rows = await practice.look()
        assert rows[doctor.KEYS].health is Health.DOUBTFUL


class TestAccount:
    async def test_case_84_an_account_that_looks_live_in_a_paper_connection_raises_a_doubt(self) -> None:
        async with a_practice(live=True) as practice:
            rows = await practice.look(practice.login(TradingMode.PAPER))
        assert bad(rows) == [doctor.KIND]
        assert "looks like that of a live account" in rows[doctor.KIND].sentence

    async def test_case_52_keys_of_another_account_than_before(self) -> None:
        async with a_practice() as practice:
            config = replace(practice.login(), account_id="another")
            rows = await practice.look(config)
            assert bad(rows) == [doctor.SAME]
            config = replace(practice.login(), account_id=practice.fake.state.account_id)
            assert bad(await practice.look(config)) == []

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"status": "ACCOUNT_CLOSED"}, "ACCOUNT_CLOSED"),
            ({"trading_blocked": True}, "has blocked trading"),
            ({"account_blocked": True}, "has blocked trading"),
            ({"trade_suspended_by_user": True}, "own settings"),
        ],
    )
    async def test_an_account_that_may_not_trade(self, fields: dict[str, Any], words: str) -> None:
        async with a_practice() as practice:
            practice.fake.levers.set_account(**fields)
            rows = await practice.look()
        assert bad(rows) == [doctor.TRADES]
        assert words in rows[doctor.TRADES].sentence


@pytest.mark.parametrize(
    ("seconds", "health", "words"),
    [(3, Health.DOUBTFUL, "3 s behind"), (-3600, Health.BAD, "ahead of"), (60, Health.BAD, "60 s behind")],
)
async def test_case_69_a_clock_that_is_off(seconds: float, health: Health, words: str) -> None:
    async with a_practice() as practice:
        practice.fake.levers.skew(seconds)
        rows = await practice.look()
    assert rows[doctor.CLOCK].health is health
    assert words in rows[doctor.CLOCK].sentence


class TestStream:
    async def test_an_order_stream_that_is_in_use_is_a_doubt_not_a_failure(self) -> None:
        async with a_practice() as practice:
            practice.fake.faults.add(kind="status", path="/stream", status=429, body="")
            rows = await practice.look()
        assert bad(rows) == [doctor.STREAM]
        assert rows[doctor.STREAM].health is Health.DOUBTFUL
        assert "close the other program" in rows[doctor.STREAM].advice

    async def test_an_order_stream_that_this_program_reads_is_not_disturbed(self) -> None:
        async with a_market_world() as world:
            world.fake.switches.second_connection = "kill"
            reader = world.orders.events()
            await reader.open()
            practice = Practice(world.fake, world.clock)
            rows = await practice.look(world.config)
            assert bad(rows) == []
            assert rows[doctor.STREAM].sentence == "This program reads the order stream of this key now."
            assert world.fake.stream.opened == 1
            await world.orders.close()
            await practice.look(world.config)
            assert world.fake.stream.opened == 2, "afterwards it is looked at again"

    async def test_an_order_stream_that_refuses_the_keys(self) -> None:
        async with a_practice() as practice:
            practice.fake.faults.trading.login_error = 401
            rows = await practice.look()
        assert bad(rows) == [doctor.STREAM]
        assert rows[doctor.STREAM].health is Health.BAD

    async def test_an_order_stream_that_a_firewall_cuts(self) -> None:
        async with a_practice() as practice:
            practice.fake.faults.add(kind="drop_before", path="/stream")
            rows = await practice.look()
        assert bad(rows) == [doctor.STREAM]
        assert rows[doctor.STREAM].health is Health.BAD


class TestQuotes:
    async def test_a_feed_that_the_plan_does_not_grant(self) -> None:
        async with a_practice() as practice:
            rows = await practice.look(practice.login(feed="sip"))
        assert bad(rows) == [doctor.QUOTES]
        assert "does not grant this key SIP quotes" in rows[doctor.QUOTES].sentence
        assert "Choose the feed IEX" in rows[doctor.QUOTES].advice

    async def test_the_feed_that_is_granted_is_named(self) -> None:
        async with a_practice(sip=True) as practice:
            rows = await practice.look(practice.login(feed="best"))
        assert rows[doctor.QUOTES].sentence == "The feed is SIP."

    async def test_market_data_that_refuse_the_key(self) -> None:
        async with a_practice() as practice:
            practice.fake.faults.add(kind="html_401", path="/v2/stocks/*")
            rows = await practice.look()
        assert bad(rows) == [doctor.QUOTES]


async def test_case_77_requests_that_somebody_else_uses_up() -> None:
    async with a_practice() as practice:
        practice.fake.faults.add(
            kind="headers", path="/v2/account", headers={"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": "30"}
        )
        rows = await practice.look()
    assert rows[doctor.BUDGET].health is Health.DOUBTFUL
    assert "of 200 requests a minute are left" in rows[doctor.BUDGET].sentence


async def test_case_86_keys_that_are_echoed_are_not_shown() -> None:
    async with a_practice() as practice:
        words = f"no such key {practice.fake.key} {practice.fake.secret}"
        practice.fake.faults.add(kind="status", path="/v2/account", status=401, body={"message": words})
        rows = await practice.look()
    assert "no such key •••" in rows[doctor.KEYS].sentence
