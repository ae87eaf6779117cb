"""Logins: what is needed, which hosts a mode may talk to, and keys that never show."""

import pytest

from legend_desktop.brokers.alpaca.config import AlpacaConfig, looks_like
from legend_desktop.brokers.alpaca.login import LOGIN_FORM
from legend_desktop.brokers.alpaca.urls import host_rules, segment
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import InvalidInput

KEYS = {"api_key": "PKSHOULDNEVERSHOW", "api_secret": "hush-hush-hush"}
PAPER, LIVE = TradingMode.PAPER, TradingMode.LIVE


def config(mode: TradingMode = PAPER, **more: str) -> AlpacaConfig:
    return AlpacaConfig.from_credentials({**KEYS, **more}, mode)


def test_each_mode_has_its_own_trading_host_and_shares_the_data() -> None:
    paper, live = config().urls, config(LIVE).urls
    assert (paper.trading, paper.order_stream) == (
        "https://paper-api.alpaca.markets",
        "wss://paper-api.alpaca.markets/stream",
    )
    assert (live.trading, live.order_stream) == ("https://api.alpaca.markets", "wss://api.alpaca.markets/stream")
    assert paper.data == live.data == "https://data.alpaca.markets"
    assert paper.data_stream == "wss://stream.data.alpaca.markets/v2/iex"
    assert config(feed="SIP").urls.data_stream.endswith("/v2/sip")


@pytest.mark.parametrize("base", ["http://127.0.0.1:8123", "http://127.0.0.1:8123/", "http://localhost:8123"])
def test_an_address_on_this_machine_is_enough_for_all(base: str) -> None:
    urls = config(base_url=base).urls
    root = base.rstrip("/")
    assert (urls.trading, urls.data) == (root, root)
    assert urls.order_stream == root.replace("http", "ws") + "/stream"
    assert urls.data_stream == root.replace("http", "ws") + "/v2/iex"


def test_single_addresses_win() -> None:
    urls = config(base_url="http://127.0.0.1:1", data_url="http://127.0.0.1:2/", stream_url="ws://127.0.0.1:3/s").urls
    assert (urls.data, urls.order_stream) == ("http://127.0.0.1:2", "ws://127.0.0.1:3/s")
    assert urls.data_stream == "ws://127.0.0.1:1/v2/iex"


@pytest.mark.parametrize(
    ("mode", "address"),
    [
        (PAPER, {"base_url": "https://api.alpaca.markets"}),
        (LIVE, {"base_url": "https://paper-api.alpaca.markets"}),
        (PAPER, {"base_url": "https://paper-api.alpaca.markets.example.com"}),
        (PAPER, {"base_url": "http://paper-api.alpaca.markets"}),
        (PAPER, {"stream_url": "wss://api.alpaca.markets/stream"}),
        (LIVE, {"data_url": "https://example.com"}),
        (LIVE, {"data_stream_url": "ws://stream.data.alpaca.markets/v2/iex"}),
    ],
)
def test_case_84_a_mode_never_reaches_the_other_modes_host_nor_a_stranger(
    mode: TradingMode, address: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        config(mode, **address)
    assert caught.value.code == "host_not_allowed"


def test_the_hosts_of_a_mode_are_three() -> None:
    assert host_rules(PAPER).allowed & host_rules(LIVE).allowed == {"data.alpaca.markets", "stream.data.alpaca.markets"}
    assert len(host_rules(PAPER).allowed) == 3


@pytest.mark.parametrize(("missing", "words"), [("api_key", "an API key id"), ("api_secret", "a secret key")])
@pytest.mark.parametrize("value", ["", "   ", None])
def test_a_missing_key_is_named(missing: str, words: str, value: str | None) -> None:
    given = {name: text for name, text in KEYS.items() if name != missing} | ({missing: value} if value else {})
    with pytest.raises(InvalidInput, match=words) as caught:
        AlpacaConfig.from_credentials(given, PAPER)
    assert caught.value.advice


def test_an_unknown_feed_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput) as caught:
        config(feed="nyse")
    assert "iex" in caught.value.advice


def test_case_86_keys_show_in_no_text_and_are_taken_out_of_any() -> None:
    made = config()
    for shown in (repr(made), str(made), f"{made}", repr(LOGIN_FORM)):
        assert not any(secret in shown for secret in KEYS.values())
    assert made.hide("PKSHOULDNEVERSHOW and hush-hush-hush") == "••• and •••"
    assert made.headers() == {"APCA-API-KEY-ID": "PKSHOULDNEVERSHOW", "APCA-API-SECRET-KEY": "hush-hush-hush"}


def test_a_key_hints_at_its_kind() -> None:
    assert [looks_like(key) for key in ("PKABC", "akabc", "CKABC", "")] == [PAPER, LIVE, None, None]


def test_the_form_asks_for_what_the_config_reads() -> None:
    names = {field.name: field for field in LOGIN_FORM.fields}
    assert [name for name, field in names.items() if not field.optional] == ["api_key", "api_secret"]
    assert names["api_secret"].secret
    assert all(field.advanced for field in names.values() if field.optional)
    for feed in names["feed"].choices:
        assert config(feed=feed).feed == feed


def test_a_part_of_a_path_leads_nowhere_else() -> None:
    assert segment("../v2/account?x=1") == "..%2Fv2%2Faccount%3Fx%3D1"
    assert segment("BRK.B") == "BRK.B"
