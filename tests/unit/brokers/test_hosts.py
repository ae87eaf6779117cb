"""Which addresses a session may use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.brokers.hosts import HostRules, is_loopback
from legend_desktop.domain.errors import InvalidInput

PAPER = HostRules(frozenset({"paper-api.alpaca.markets", "data.alpaca.markets"}))


@pytest.mark.parametrize(
    "url",
    [
        "https://paper-api.alpaca.markets/v2/account",
        "https://PAPER-API.alpaca.markets/v2/account",
        "wss://paper-api.alpaca.markets/stream",
        "https://data.alpaca.markets:443/v2/stocks/quotes/latest?symbols=AAPL,BRK.B",
        "http://127.0.0.1:8080/v2/account",
        "ws://127.9.8.7:1/stream",
        "http://localhost:3000/?code=x",
        "https://localhost:5000/v1/api",
        "http://[::1]:9/x",
    ],
)
def test_allowed_addresses_come_back_unchanged(url: str) -> None:
    assert PAPER.check(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://api.alpaca.markets/v2/account",
        "https://paper-api.alpaca.markets.example.com/",
        "https://xpaper-api.alpaca.markets/",
        "https://paper-api.alpaca.markets./",
        "http://paper-api.alpaca.markets/",
        "ws://paper-api.alpaca.markets/stream",
        "https://paper-api.alpaca.markets@example.com/",
        "https://user:word@paper-api.alpaca.markets/",
        "https://@paper-api.alpaca.markets/",
        "https://example.com\\@paper-api.alpaca.markets/",
        "https://paper-api.alpaca.markets\n.example.com/",
        "https://paper-api.alpaca.markets /",
        "https://paper-api.alp\naca.markets/",
        "https://paper-api.alpaca.markets/v2/a b",
        "https://paper\u2010api.alpaca.markets/",
        "https://paper-api.alpaca.markets:0/",
        "https://paper-api.alpaca.markets:99999/",
        "https://[::1/",
        "http://0.0.0.0/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://128.0.0.1/",
        "http://[::2]/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost.example.com/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "//127.0.0.1/",
        "127.0.0.1",
        "",
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        PAPER.check(url)
    assert caught.value.code == "host_not_allowed"
    assert "Nothing was sent" in caught.value.message


def test_case_84_a_paper_session_cannot_reach_the_live_host_nor_the_other_way_round() -> None:
    live = HostRules(frozenset({"api.alpaca.markets"}))
    with pytest.raises(InvalidInput, match=r"may not talk to api\.alpaca\.markets\."):
        PAPER.check("https://api.alpaca.markets/v2/orders")
    with pytest.raises(InvalidInput, match=r"may not talk to paper-api\.alpaca\.markets\."):
        live.check("https://paper-api.alpaca.markets/v2/orders")


def test_case_86_a_refusal_never_shows_more_than_the_host() -> None:
    for url in ("https://example.com/?token=hunter22", "https://me:hunter22@example.com/", "https://a b/?k=hunter22"):
        with pytest.raises(InvalidInput) as caught:
            PAPER.check(url)
        assert "hunter22" not in f"{caught.value!r} {caught.value.sentence}"


@given(st.from_regex(r"[a-z0-9.-]{1,40}", fullmatch=True))
def test_no_other_name_passes(host: str) -> None:
    ours = host in PAPER.allowed or is_loopback(host)
    for scheme in ("https", "wss"):
        try:
            PAPER.check(f"{scheme}://{host}/x")
        except InvalidInput:
            assert not ours
        else:
            assert ours


@given(st.tuples(*[st.integers(0, 255)] * 4))
def test_loopback_is_127_and_nothing_else(parts: tuple[int, int, int, int]) -> None:
    assert is_loopback(".".join(str(part) for part in parts)) == (parts[0] == 127)
