"""Secrets come back whole from any key store, are gone when forgotten, and are never in a text."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.secret import Secret
from legend_desktop.infra import key_chunks
from legend_desktop.infra.credentials import KeyringVault, SessionVault, open_vault, service_of
from legend_desktop.services.connection_ports import Vault

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ALPACA = ConnectionProfile("a1", BrokerType.ALPACA, TradingMode.PAPER, "Alpaca", NOW)
OTHER = ConnectionProfile("b2", BrokerType.ALPACA, TradingMode.LIVE, "Alpaca", NOW)
WINDOWS_LIMIT = 1280


class Store:
    """A key store as Windows has it: entries of at most 1,280 characters."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], str] = {}
        self.dies_after: int | None = None

    def get_password(self, service: str, username: str) -> str | None:
        return self.rows.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.dies_after == 0:
            raise OSError(f"cannot keep {password}")
        if self.dies_after is not None:
            self.dies_after -= 1
        assert len(password) <= WINDOWS_LIMIT
        self.rows[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.rows[service, username]


async def test_a_secret_comes_back_and_is_forgotten() -> None:
    store = Store()
    vault: Vault = KeyringVault(store, "a test")
    await vault.put(ALPACA, "api_secret", Secret("s3cr3t"))
    await vault.put(OTHER, "api_secret", Secret("other"))
    assert await vault.get(ALPACA, "api_secret") == Secret("s3cr3t")
    assert await vault.get(ALPACA, "api_key") is None
    await vault.remove(ALPACA, ["api_key", "api_secret"])
    assert await vault.get(ALPACA, "api_secret") is None
    assert await vault.get(OTHER, "api_secret") == Secret("other")
    await vault.remove(OTHER, ["api_secret"])
    assert store.rows == {}


@given(st.lists(st.text(st.characters(codec="ascii"), max_size=6000), min_size=1, max_size=4))
def test_values_of_any_length_replace_each_other_and_leave_nothing(values: list[str]) -> None:
    store = Store()

    def remove(name: str) -> None:
        store.rows.pop((name, "f"), None)

    def read(name: str) -> str | None:
        return store.rows.get((name, "f"))

    for value in values:
        key_chunks.write_value(
            "n", value, read=read, write=lambda name, text: store.set_password(name, "f", text), remove=remove
        )
        assert key_chunks.read_value("n", read=read) == value
    key_chunks.remove_value("n", read=read, remove=remove)
    assert store.rows == {}


@pytest.mark.allow_log("The key store failed")
async def test_a_write_that_breaks_off_leaves_the_old_value_whole() -> None:
    store = Store()
    vault = KeyringVault(store, "a test")
    old = Secret("o" * 5000)
    await vault.put(ALPACA, "token", old)
    for place in range(5):
        store.dies_after = place
        with pytest.raises(StoreError):
            await vault.put(ALPACA, "token", Secret("n" * 5000))
        assert await vault.get(ALPACA, "token") == old


async def test_a_missing_part_is_said_and_never_handed_out() -> None:
    store = Store()
    vault = KeyringVault(store, "a test")
    await vault.put(ALPACA, "token", Secret("x" * 3000))
    del store.rows[next(key for key in store.rows if key[0].endswith("/1"))]
    with pytest.raises(StoreError, match="only a part"):
        await vault.get(ALPACA, "token")


async def test_the_words_of_a_key_store_that_fails_hold_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    store = Store()
    store.dies_after = 0
    with pytest.raises(StoreError) as caught:
        await KeyringVault(store, "a test").put(ALPACA, "api_secret", Secret("canary-4711"))
    assert "canary-4711" not in repr(caught.value) + str(caught.value) + caplog.text
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret("canary-4711")
    assert "canary" not in f"{secret} {secret!r} {[secret]} {secret!s:>20}"
    assert secret == Secret("canary-4711")
    assert secret != Secret("canary-4712")
    with pytest.raises(TypeError):
        hash(secret)


async def test_case_85_without_a_key_store_the_program_starts_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyrings.alt.file.PlaintextKeyring")
    vault: Vault = open_vault()
    assert isinstance(vault, SessionVault)
    assert not vault.lasting
    assert "no key store" in vault.words
    await vault.put(ALPACA, "api_secret", Secret("x1"))
    assert await vault.get(ALPACA, "api_secret") == Secret("x1")
    await vault.remove(ALPACA, ["api_secret"])
    assert await vault.get(ALPACA, "api_secret") is None


def test_paper_and_live_have_names_of_their_own() -> None:
    assert "/paper/" in service_of(ALPACA, "api_key")
    assert "/live/" in service_of(OTHER, "api_key")
