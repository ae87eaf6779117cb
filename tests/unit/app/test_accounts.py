"""The accounts behind a window: which one it begins with, what is relayed, and that paper and live never meet."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from legend_desktop.app.accounts import Accounts, set_up_accounts
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.events import Alarm, Notice
from legend_desktop.infra.paths import profile_paths
from legend_desktop.infra.redaction import Redactor
from legend_desktop.infra.settings import Settings
from legend_desktop.services.connections import SIMULATOR_ID
from tests.fakes.alpaca.server import FakeAlpaca
from tests.helpers.waiting import until


@asynccontextmanager
async def the_accounts(
    folder: Path, mode: TradingMode = TradingMode.PAPER, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Accounts]:
    paths = profile_paths(folder)
    paths.create()
    settings = Settings(paths.settings_file, environment=environment or {})
    faults: list[str] = []
    accounts = set_up_accounts(
        settings, paths, Redactor(), lambda error, where: faults.append(f"{where}: {error!r}"), mode
    )
    try:
        yield accounts
    finally:
        await accounts.close()
        await accounts.store.close()
        settings.close()
    assert not faults, faults


def keys_of(fake: FakeAlpaca) -> dict[str, str]:
    return {"api_key": fake.key, "api_secret": fake.secret, "base_url": fake.url}


def files_with(folder: Path, text: str) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


async def test_without_connections_the_window_begins_with_the_simulator(tmp_path: Path) -> None:
    async with the_accounts(tmp_path) as accounts:
        setup = await accounts.begin()
        assert setup.session.profile.id == SIMULATOR_ID
        await setup.open()
        assert setup.desk.core.context.risk.entries_open


async def test_a_named_broker_without_keys_gives_the_simulator_and_says_why(tmp_path: Path) -> None:
    async with the_accounts(tmp_path, environment={"DEFAULT_BROKER": "alpaca"}) as accounts:
        setup = await accounts.begin()
        said: list[Notice] = []
        setup.bus.subscribe(Notice, said.append)
        accounts.relay.say_early()
        assert setup.session.profile.id == SIMULATOR_ID
        assert any("no keys for Alpaca" in row.sentence for row in said)


async def test_a_second_account_trades_beside_the_first_and_its_alarms_name_it(tmp_path: Path) -> None:
    async with FakeAlpaca() as fake, the_accounts(tmp_path) as accounts:
        setup = await accounts.begin()
        await setup.open()
        profile = await accounts.connections.add(
            accounts.connections.forms[0].broker, TradingMode.PAPER, "Alpaca", keys_of(fake)
        )
        session = accounts.connections.session(profile.id)
        assert session is not None
        await asyncio.wait_for(session.opened.wait(), 10)
        assert session.desk.core.context.account is not None
        assert session.desk.core.context.account.cash == 100_000
        alarms: list[Alarm] = []
        setup.bus.subscribe(Alarm, alarms.append)
        session.desk.core.context.alarm("unprotected@KO", "200 KO shares have no stop.", "At risk to zero.")
        assert [row.fact for row in alarms] == ["Alpaca: 200 KO shares have no stop."]
        switched = accounts.show(profile.id)
        again: list[Alarm] = []
        switched.bus.subscribe(Alarm, again.append)
        accounts.relay.bring_up_to_date()
        assert "200 KO shares have no stop." in [row.fact for row in again]
        with pytest.raises(InvalidInput, match="trades that account"):
            await accounts.connections.remove(profile.id)


async def test_the_environment_names_keys_and_they_are_not_saved(tmp_path: Path) -> None:
    async with FakeAlpaca() as fake:
        environment = {"DEFAULT_BROKER": "alpaca", "ALPACA_API_KEY": fake.key, "ALPACA_API_SECRET": fake.secret}
        async with the_accounts(tmp_path, environment=environment) as accounts:
            accounts.settings.set("alpaca.base_url", fake.url)
            chosen: list[str] = []
            accounts.connections.on_choose = chosen.append
            setup = await accounts.begin()
            await setup.open()
            await accounts.connect_rest()
            await until(lambda: bool(chosen), "the window is asked to follow")
            session = accounts.connections.session(chosen[0])
            assert session is not None
            await asyncio.wait_for(session.opened.wait(), 10)
        assert files_with(tmp_path, fake.secret) == []
