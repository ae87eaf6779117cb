"""Importing a ``.env`` file: checked at the broker, kept in the key store or not at all, and no value said."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from legend_desktop.app.accounts import set_up_accounts
from legend_desktop.app.env_import import EnvImport
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.infra.connection_file import ConnectionFile
from legend_desktop.infra.credentials import KeyringVault
from legend_desktop.infra.paths import ProfilePaths, profile_paths
from legend_desktop.infra.redaction import Redactor
from legend_desktop.infra.settings import Settings
from legend_desktop.services.task_supervisor import log_report
from tests.fakes.alpaca.server import FakeAlpaca

NEEDS_NO_SCREEN = True


class KeyStore:
    """A key store in memory."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.rows.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.rows[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.rows[service, username]


@dataclass
class Desk:
    """An import over a fresh profile; ``said`` is what the person reads."""

    paths: ProfilePaths
    settings: Settings
    run: EnvImport
    said: list[str] = field(default_factory=list)
    keys: KeyStore = field(default_factory=KeyStore)

    @property
    def text(self) -> str:
        return "\n".join(self.said)


@asynccontextmanager
async def desk(
    folder: Path, *, live: bool = False, lasting: bool = True, keys: KeyStore | None = None
) -> AsyncIterator[Desk]:
    paths = profile_paths(folder)
    paths.create()
    settings = Settings(paths.settings_file)
    mode = TradingMode.LIVE if live else TradingMode.PAPER
    accounts = set_up_accounts(settings, paths, Redactor(), log_report, mode)
    keys = keys or KeyStore()
    if lasting:
        accounts.connections.vault = KeyringVault(keys, "the key store of this test")
    said: list[str] = []
    try:
        yield Desk(paths, settings, EnvImport(accounts.connections, settings, said.append), said, keys)
    finally:
        await accounts.supervisor.stop()
        settings.close()


def dotenv(folder: Path, fake: FakeAlpaca, **more: str) -> Path:
    rows = {"ALPACA_API_KEY": fake.key, "ALPACA_API_SECRET": fake.secret, "ALPACA_BASE_URL": fake.url, **more}
    path = folder / "keys.env"
    path.write_text("".join(f"{name}={value}\n" for name, value in rows.items()), encoding="utf-8")
    path.chmod(0o600)
    return path


async def test_a_whole_login_is_checked_and_kept_and_begins_the_window(tmp_path: Path) -> None:
    async with FakeAlpaca() as fake, desk(tmp_path / "p") as world:
        assert await world.run.run(dotenv(tmp_path, fake, DEFAULT_BROKER="alpaca", OTHER="1"))
        (profile,) = ConnectionFile(world.paths.connections_file).load()
        assert (profile.broker, profile.mode) == (BrokerType.ALPACA, TradingMode.PAPER)
        assert profile.options == {"base_url": fake.url}
        assert sorted(world.keys.rows.values()) == sorted([fake.key, fake.secret])
        assert world.settings.get("connections.default_paper") == profile.id
        assert fake.stream.listening == 0
    for words in (
        "ALPACA_API_KEY, ALPACA_API_SECRET",
        "ok: Keys are right",
        "Kept: Alpaca",
        "The window begins with it",
    ):
        assert words in world.text
    assert "1 other name was left alone" in world.text
    assert fake.secret not in world.text
    assert fake.key not in world.text


async def test_the_same_account_is_not_kept_twice(tmp_path: Path) -> None:
    keys = KeyStore()
    async with FakeAlpaca() as fake:
        file = dotenv(tmp_path, fake)
        async with desk(tmp_path / "p", keys=keys) as world:
            assert await world.run.run(file)
        async with desk(tmp_path / "p", keys=keys) as world:
            assert not await world.run.run(file)
    assert "connected already" in world.text
    assert len(keys.rows) == 2


async def test_wrong_keys_are_told_and_nothing_is_kept(tmp_path: Path) -> None:
    async with FakeAlpaca() as fake, desk(tmp_path / "p") as world:
        file = dotenv(tmp_path, fake, ALPACA_API_SECRET="wrong-secret-9876543210")
        assert not await world.run.run(file)
    assert "wrong: Keys are right" in world.text
    assert "nothing was kept" in world.text
    assert not world.keys.rows
    assert not world.paths.connections_file.exists()
    assert "wrong-secret-9876543210" not in world.text


async def test_without_a_key_store_nothing_is_kept_and_that_is_said(tmp_path: Path) -> None:
    async with FakeAlpaca() as fake, desk(tmp_path / "p", lasting=False) as world:
        assert not await world.run.run(dotenv(tmp_path, fake))
    assert "no key store, so nothing was kept" in world.text
    assert not world.paths.connections_file.exists()


async def test_keys_for_real_money_need_the_word_for_it(tmp_path: Path) -> None:
    async with FakeAlpaca(live=True) as fake:
        file = dotenv(tmp_path, fake, BROKER_PAPER_TRADING="false")
        async with desk(tmp_path / "p") as world:
            with pytest.raises(InvalidInput, match="asks for real money"):
                await world.run.run(file)
            assert not world.keys.rows
        async with desk(tmp_path / "p", live=True) as world:
            assert await world.run.run(file)
            (profile,) = ConnectionFile(world.paths.connections_file).load()
            assert profile.mode is TradingMode.LIVE
    assert "until you arm them" in world.text


@pytest.mark.parametrize("text", ["", "FOO=1\n", "ALPACA_API_KEY=k\n", "TRADESTATION_API_KEY=k\n"])
async def test_a_file_without_a_whole_login_is_refused_in_words(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.env"
    file.write_text(text, encoding="utf-8")
    async with desk(tmp_path / "p") as world:
        with pytest.raises(InvalidInput, match="no whole login"):
            await world.run.run(file)
    assert not world.paths.connections_file.exists()
