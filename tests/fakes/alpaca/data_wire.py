"""How market data looks on the wire: JSON numbers, one-letter keys, times with nanoseconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgpack  # type: ignore[import-untyped]

from tests.fakes.alpaca.market import FakeMarket, FakeQuote, FakeTrade, Notice

VENUE = {"iex": "V", "sip": "Q", "delayed_sip": "Q", "otc": "O", "boats": "B", "overnight": "B", "test": "V"}
EXCHANGES = {
    "A": "NYSE American (AMEX)",
    "B": "NASDAQ OMX BX",
    "D": "FINRA ADF",
    "K": "Cboe EDGX",
    "N": "New York Stock Exchange",
    "P": "NYSE Arca",
    "Q": "NASDAQ OMX",
    "V": "IEX",
    "Z": "Cboe BZ",
}
TRADE_CONDITIONS = {"@": "Regular Sale", "F": "Intermarket Sweep", "I": "Odd Lot Trade", "T": "Form T", "O": "Opening"}
QUOTE_CONDITIONS = {
    "R": "Regular Market Maker Open",
    "A": "Slow on Ask",
    "B": "Slow on Bid",
    "H": "Slow on Bid and Ask",
}


@dataclass(slots=True)
class Bar:
    """One bar; ``value`` is the sum of price times shares, from which the average comes."""

    start: datetime
    open: float
    high: float
    low: float
    close: float
    volume: int
    count: int
    value: float

    def take(self, price: float, size: int) -> None:
        """Add one trade."""
        self.high, self.low, self.close = max(self.high, price), min(self.low, price), price
        self.volume += size
        self.count += 1
        self.value += price * size

    def merge(self, later: "Bar") -> None:
        """Add the bar that follows."""
        self.high, self.low, self.close = max(self.high, later.high), min(self.low, later.low), later.close
        self.volume += later.volume
        self.count += later.count
        self.value += later.value

    def as_json(self) -> dict[str, Any]:
        average = self.value / self.volume if self.volume else self.close
        return {
            "t": short_stamp(self.start),
            "o": self.open,
            "h": self.high,
            "l": self.low,
            "c": self.close,
            "v": self.volume,
            "n": self.count,
            "vw": round(average, 6),
        }


def stamp(at: datetime) -> str:
    """RFC 3339 with nine digits: the last three are made up, as no clock here has them."""
    utc = at.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond:06d}{utc.microsecond % 997:03d}Z"


def short_stamp(at: datetime) -> str:
    """RFC 3339 in whole seconds, as bars carry it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def quote_json(market: FakeMarket, quote: FakeQuote, feed: str) -> dict[str, Any]:
    venue = VENUE.get(feed, "V")
    return {
        "t": stamp(quote.time),
        "ax": venue if quote.ask else " ",
        "ap": float(quote.ask),
        "as": quote.ask_size,
        "bx": venue if quote.bid else " ",
        "bp": float(quote.bid),
        "bs": quote.bid_size,
        "c": ["R"],
        "z": market.listed[quote.symbol].tape,
    }


def trade_json(market: FakeMarket, trade: FakeTrade, feed: str) -> dict[str, Any]:
    return {
        "t": stamp(trade.time),
        "x": VENUE.get(feed, "V"),
        "p": float(trade.price),
        "s": trade.size,
        "c": ["@"] if trade.size >= 100 else ["@", "I"],
        "i": trade.number,
        "z": market.listed[trade.symbol].tape,
    }


def notice_json(market: FakeMarket, notice: Notice, feed: str) -> dict[str, Any]:
    """A message of one of the other channels: defaults of the channel, then what the notice says."""
    listed, last = market.listed.get(notice.symbol), market.last(notice.symbol)
    price, number = (float(last.price), last.number) if last else (0.0, 0)
    head: dict[str, Any] = {"T": LETTERS[notice.channel], "S": notice.symbol}
    tail = {"t": stamp(market.now()), "z": listed.tape if listed else "C"}
    corrected = {"ci": number + 1, "cp": price, "cs": 100, "cc": ["@"]}
    defaults: Mapping[str, dict[str, Any]] = {
        "statuses": {"sc": "H", "sm": "Trading Halt", "rc": "T1", "rm": "Halt News Pending"},
        "lulds": {"u": round(price * 1.05, 2), "d": round(price * 0.95, 2), "i": "B"},
        "corrections": {"x": VENUE[feed], "oi": number, "op": price, "os": 100, "oc": ["@"], **corrected},
        "cancelErrors": {"i": number, "x": VENUE[feed], "p": price, "s": 100, "a": "C"},
    }
    return {**head, **defaults.get(notice.channel, {}), **tail, **notice.fields}


LETTERS = {
    "trades": "t",
    "quotes": "q",
    "bars": "b",
    "updatedBars": "u",
    "dailyBars": "d",
    "statuses": "s",
    "lulds": "l",
    "corrections": "c",
    "cancelErrors": "x",
}


def packed(messages: list[dict[str, Any]]) -> bytes:
    """The same messages for a client that asked for MessagePack: times travel as its own type."""
    return bytes(msgpack.packb([{**each, "t": timestamp(each["t"])} if "t" in each else each for each in messages]))


def timestamp(text: Any) -> Any:
    """The text of a time as a MessagePack time; anything else stays."""
    if not isinstance(text, str):
        return text
    whole, _, digits = text.rstrip("Z").partition(".")
    try:
        seconds = int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return text
    return msgpack.Timestamp(seconds, int(digits.ljust(9, "0")) if digits else 0)
