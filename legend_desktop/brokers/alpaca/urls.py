"""Alpaca's addresses and which of them a paper and a live session may talk to."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from legend_desktop.brokers.hosts import HostRules, is_loopback
from legend_desktop.domain.enums import TradingMode

PAPER_HOST = "paper-api.alpaca.markets"
LIVE_HOST = "api.alpaca.markets"
DATA_HOST = "data.alpaca.markets"
DATA_STREAM_HOST = "stream.data.alpaca.markets"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where one session finds trading, its order stream, market data and the data stream; no slash at the end."""

    trading: str
    order_stream: str
    data: str
    data_stream: str


def trading_host(mode: TradingMode) -> str:
    """The host that holds the accounts of ``mode``."""
    return LIVE_HOST if mode is TradingMode.LIVE else PAPER_HOST


def host_rules(mode: TradingMode) -> HostRules:
    """The hosts of ``mode``: the trading host of the other mode is not among them."""
    return HostRules(frozenset({trading_host(mode), DATA_HOST, DATA_STREAM_HOST}))


def addresses(
    mode: TradingMode,
    feed: str,
    *,
    base_url: str = "",
    stream_url: str = "",
    data_url: str = "",
    data_stream_url: str = "",
) -> Addresses:
    """The addresses of ``mode``, with those that were given in their place.

    A ``base_url`` on this machine serves everything that is not given by itself: the order stream under ``/stream``,
    market data under the same root and the data stream under ``/v2/{feed}``. Raises ``InvalidInput`` (code
    ``host_not_allowed``) for an address that ``mode`` may not talk to.
    """
    trading = (base_url or f"https://{trading_host(mode)}").rstrip("/").removesuffix("/v2")  # often copied along
    parts = urlsplit(trading)
    local = bool(base_url) and is_loopback(parts.hostname or "")
    web_socket = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    found = Addresses(
        trading=trading,
        order_stream=(stream_url or f"{web_socket}/stream").rstrip("/"),
        data=(data_url or (trading if local else f"https://{DATA_HOST}")).rstrip("/"),
        data_stream=(
            data_stream_url or (f"{web_socket}/v2/{feed}" if local else f"wss://{DATA_STREAM_HOST}/v2/{feed}")
        ).rstrip("/"),
    )
    rules = host_rules(mode)
    for url in (found.trading, found.order_stream, found.data, found.data_stream):
        rules.check(url)
    return found


def segment(text: str) -> str:
    """``text`` as one part of a path: nothing in it can lead elsewhere."""
    return quote(text, safe="")
