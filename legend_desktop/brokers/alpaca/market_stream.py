"""Quotes and trades of Alpaca as they come, over the one data socket that a key has.

All readers share the socket; their symbols are added to it and taken off it. Where the plan streams fewer symbols than
are wished, the first ones are streamed and the others asked for every two seconds. The stream never reconnects by
itself: it ends with the reason, and whoever reads begins anew.
"""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial

import msgspec

from legend_desktop.brokers.alpaca.config import AlpacaConfig
from legend_desktop.brokers.alpaca.data_faults import (
    ADD_WAIT_SECONDS,
    FeedRefused,
    LimitReached,
    SymbolsRefused,
    log_in,
    stream_error,
)
from legend_desktop.brokers.alpaca.market_data import MarketData
from legend_desktop.brokers.alpaca.market_parse import CONFIRMS_WITHIN
from legend_desktop.brokers.alpaca.market_payloads import stream_rows
from legend_desktop.brokers.alpaca.payloads import Unreadable
from legend_desktop.brokers.alpaca.reference_data import ReferenceData
from legend_desktop.brokers.alpaca.tape import Tape
from legend_desktop.brokers.alpaca.urls import host_rules
from legend_desktop.brokers.base import UnknownSymbol
from legend_desktop.brokers.channels import QUOTES_KEPT
from legend_desktop.brokers.errors import BrokerDown, RateLimited
from legend_desktop.brokers.shared_line import SharedLine, SharedStream
from legend_desktop.brokers.socket import Socket, open_socket
from legend_desktop.brokers.tasks import TaskStarter
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.feeds import SIP
from legend_desktop.domain.formatting import format_count
from legend_desktop.domain.quotes import Quote

FREE_SYMBOLS = 30
POLL_SECONDS = 2.0
SILENT_SECONDS = 60.0
MUTE_SECONDS = 5.0
"""A quote that REST has and the stream did not bring for so long proves that the stream is mute."""
ADDED_AT_ONCE = 100
"""Symbols in one subscription: longer messages are split on their way and refused."""
FEEDS = frozenset({"iex", "sip", "delayed_sip", "best", "test"})


class MarketStream(SharedLine[Quote]):
    """The data stream of one key."""

    def __init__(
        self, config: AlpacaConfig, data: MarketData, reference: ReferenceData, clock: Clock, start_task: TaskStarter
    ) -> None:
        super().__init__("quotes", clock, start_task, keep=QUOTES_KEPT, cut_after=SILENT_SECONDS)
        self._config = config
        self._data = data
        self._reference = reference
        self._hosts = host_rules(config.mode)
        self._tapes: dict[str, Tape] = {}
        self._limit: int | None = None
        self._statuses = True
        self._streamed: dict[str, None] = {}
        self._polled: tuple[str, ...] = ()
        self._unseen: dict[str, None] = {}
        self._seen: set[str] = set()
        self._changed = asyncio.Event()
        self._acked: asyncio.Future[None] | None = None
        self._polled_ns = 0
        self._asked_ns = 0
        self._data_ns = 0

    def quotes(self, symbols: Sequence[str]) -> SharedStream[Quote]:
        """A new reader of ``symbols``; what is known of them already comes first."""
        wish = dict.fromkeys(symbol.upper() for symbol in symbols)
        stream = self.join(wish)
        channel = next(reversed(self._channels))
        for symbol in wish:
            tape = self._tapes.get(symbol)
            if tape is not None and tape.quote is not None:
                channel.push(tape.quote)
        return stream

    @property
    def note(self) -> str:
        """What the quotes are not, in sentences; empty for the whole market, all of it streamed."""
        notes = [self._data.feed.note]
        if self._polled:
            count = len(self._polled)
            rest = f"the {format_count(count)} others are asked" if count > 1 else "the other one is asked"
            notes.append(
                f"The plan streams {format_count(len(self._streamed))} symbols; {rest} for every {self._every:g} s."
            )
        return " ".join(note for note in notes if note)

    @property
    def _every(self) -> float:
        """Seconds between two questions: longer where one takes several requests."""
        return POLL_SECONDS * max(1, -(-len(self._polled) // ADDED_AT_ONCE))

    # ---- the line -------------------------------------------------------------------------------------------------

    async def _session(self) -> None:
        while True:
            feed = self._data.feed.current
            self._limit = None if feed == SIP else FREE_SYMBOLS
            try:
                await self._read_feed(feed)
                return
            except FeedRefused:
                self._data.feed.refused(feed)  # raises where that feed was asked for by name

    async def _read_feed(self, feed: str) -> None:
        url = stream_url(self._config.urls.data_stream, feed)
        name = "Alpaca's quote stream"
        async with await open_socket(url, self._hosts, name=name, redact=self._config.hide) as socket:
            await log_in(socket, self._config)
            self._streamed, self._polled, self._unseen, self._seen = {}, (), {}, set()
            self._data_ns = self._clock.monotonic_ns()
            self._changed.set()
            self._is_up()
            tending = self._start_task(self._tend_until_broken(socket), "quotes: subscriptions")
            try:
                async for frame in socket:
                    self._take_frame(frame)
            finally:
                tending.cancel()
                await asyncio.wait({tending})

    def _take_frame(self, frame: bytes | str) -> None:
        self._heard()
        try:
            rows = stream_rows(frame)
        except Unreadable as error:
            raise BrokerDown("Alpaca's quote stream sent what cannot be read.", code="garbled") from error
        now = self._clock.now()
        for row in rows:
            tape = self._tapes.get(row.S)
            if tape is not None:
                quote = tape.take(row, now)
                if quote is not None:
                    self._data_ns = self._clock.monotonic_ns()
                    self._give(quote)
            elif row.T == "subscription":
                self._answered(None)
            elif row.T == "error":
                said = stream_error(row)
                if isinstance(said, LimitReached | SymbolsRefused):
                    self._answered(said)
                elif said is not None:
                    raise said

    def _answered(self, refusal: Exception | None) -> None:
        """Alpaca's word on the newest subscription."""
        waiting = self._acked
        if waiting is None or waiting.done():
            return
        if refusal is None:
            waiting.set_result(None)
        else:
            waiting.set_exception(refusal)

    def _give(self, item: Quote) -> None:
        for channel, wish in self._channels.items():
            if isinstance(wish, dict) and item.symbol in wish:
                channel.push(item)

    # ---- who is streamed ------------------------------------------------------------------------------------------

    def _wishes_changed(self) -> None:
        self._changed.set()

    async def _tend_until_broken(self, socket: Socket) -> None:
        """Tend the subscription; a failure closes the socket, which ends the reading."""
        await self._guarded(partial(self._tend, socket))
        await socket.close()

    async def _tend(self, socket: Socket) -> None:
        """Keep the subscription as the readers wish it; without a reader it stays, for one may be coming back."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._channels:
                await self._subscribe(socket)
                await self._look_at_unseen()

    def _wished(self) -> tuple[str, ...]:
        """All symbols, those of the newest reader first."""
        wishes = [wish for wish in reversed(self._channels.values()) if isinstance(wish, dict)]
        return tuple(dict.fromkeys(symbol for wish in wishes for symbol in wish))

    async def _subscribe(self, socket: Socket) -> None:
        while True:
            wished = self._wished()
            streamed = wished[: self._limit]
            self._learn(wished)
            gone = [symbol for symbol in self._streamed if symbol not in streamed]
            new = [symbol for symbol in streamed if symbol not in self._streamed]
            try:
                await self._send(socket, "unsubscribe", gone)
                await self._send(socket, "subscribe", new)
            except LimitReached:
                # the refused part was not added, what was there before it is: begin again with fewer
                await self._send(socket, "unsubscribe", [*self._streamed, *new])
                self._streamed = {}
                self._limit = max(1, min(len(streamed) - 1, (self._limit or 2 * FREE_SYMBOLS) // 2))
                continue
            except SymbolsRefused:
                await self._find_unknown(new)
                if not self._statuses:
                    raise BrokerDown("Alpaca's quote stream refused a subscription.", code="bad_symbol") from None
                self._statuses = False
                continue
            self._streamed = dict.fromkeys(streamed)
            self._polled = wished[len(streamed) :]
            return

    def _learn(self, wished: Sequence[str]) -> None:
        """Keep a tape for each symbol; one that is new to this socket is asked for once over REST."""
        feed = self._data.feed.current
        kept = self._tapes
        self._tapes = {
            symbol: kept[symbol] if symbol in kept and kept[symbol].feed == feed else Tape(symbol, feed)
            for symbol in wished
        }
        self._unseen = {symbol: None for symbol in wished if symbol not in self._seen}

    async def _send(self, socket: Socket, action: str, symbols: Sequence[str]) -> None:
        """Add or take away symbols and wait for Alpaca's word."""
        for start in range(0, len(symbols), ADDED_AT_ONCE):
            part = list(symbols[start : start + ADDED_AT_ONCE])
            self._acked = asyncio.get_running_loop().create_future()
            try:
                await socket.send(self._message(action, part))
                async with asyncio.timeout(ADD_WAIT_SECONDS):
                    await self._acked
            except TimeoutError:
                raise BrokerDown("Alpaca's quote stream did not answer a subscription.", code="timeout") from None
            finally:
                self._acked = None

    async def _find_unknown(self, symbols: Iterable[str]) -> None:
        """Raise ``UnknownSymbol`` for the first of ``symbols`` that Alpaca does not list."""
        for symbol in symbols:
            await self._reference.asset(symbol)

    def _message(self, action: str, symbols: list[str]) -> str:
        channels = ("trades", "quotes", "statuses") if self._statuses else ("trades", "quotes")
        return msgspec.json.encode({"action": action, **dict.fromkeys(channels, symbols)}).decode()

    # ---- beside the stream ----------------------------------------------------------------------------------------

    async def _look_at_unseen(self) -> None:
        """The first quote of new symbols, with the day's volume and the close before, which no stream tells."""
        symbols = list(self._unseen)
        if not symbols:
            return
        self._asked_ns = self._clock.monotonic_ns()
        try:
            found = await self._data.snapshots(symbols)
        except (BrokerDown, RateLimited):
            return  # asked again in a moment
        for symbol in symbols:
            if symbol in found:
                self._put(found[symbol])
                if symbol in self._tapes:
                    self._tapes[symbol].listened_from(max(found[symbol].timestamp, self._clock.now()))
            else:
                await self._find_unknown([symbol])
            self._unseen.pop(symbol, None)
            self._seen.add(symbol)

    async def _check(self) -> None:
        now = self._clock.monotonic_ns()
        if self._unseen and now - self._asked_ns >= POLL_SECONDS * 1e9:
            await self._look_at_unseen()
        quiet = self._quiet()
        if (self._polled or quiet) and now - self._polled_ns >= self._every * 1e9:
            self._polled_ns = now
            for quote in (await self._asked((*self._polled, *quiet))).values():
                if quote.symbol in quiet:
                    self._must_not_be_mute(quote)
                self._put(quote)
        if self._streamed and now - self._data_ns >= SILENT_SECONDS * 1e9:
            await self._compare()

    def _quiet(self) -> tuple[str, ...]:
        """Streamed symbols without news for a moment, of which the broker can say that their quote still stands.

        One exchange may not change its quote of a slow share for minutes, and an order is not sized on an old price.
        """
        now = self._clock.now()
        rows = ((symbol, self._tapes[symbol].quote) for symbol in self._streamed if symbol in self._tapes)
        return tuple(
            symbol
            for symbol, quote in rows
            if quote is not None
            and quote.age(now).total_seconds() >= POLL_SECONDS / 2
            and quote.exchange_age(now) <= CONFIRMS_WITHIN
        )

    def _must_not_be_mute(self, fresh: Quote) -> None:
        """A quote that REST has had for a while and the stream has not told is a mute socket."""
        tape = self._tapes.get(fresh.symbol)
        told_at = tape.told_at if tape is not None else None
        waited = self._clock.now() - fresh.timestamp
        if told_at is None or fresh.timestamp <= told_at or waited.total_seconds() < MUTE_SECONDS:
            return
        raise BrokerDown(f"Alpaca's quote stream did not tell what {fresh.symbol} did.", code="mute")

    async def _compare(self) -> None:
        """Silence may be a quiet market or a mute socket: REST tells which."""
        found = await self._asked(list(self._streamed)[:FREE_SYMBOLS])
        self._data_ns = self._clock.monotonic_ns()
        for symbol, fresh in found.items():
            known = self._tapes[symbol].quote if symbol in self._tapes else None
            if known is not None and (fresh.timestamp - known.timestamp).total_seconds() >= MUTE_SECONDS:
                raise BrokerDown(
                    f"Alpaca's quote stream has been mute for {SILENT_SECONDS:g} s while {symbol} moved.", code="mute"
                )
            self._put(fresh)

    async def _asked(self, symbols: Sequence[str]) -> dict[str, Quote]:
        try:
            return await self._data.snapshots(symbols)
        except (BrokerDown, RateLimited, UnknownSymbol):
            return {}

    def _put(self, fresh: Quote) -> None:
        tape = self._tapes.get(fresh.symbol)
        if tape is None:
            return
        before, now = tape.quote, tape.snapshot(fresh)
        if now != before:
            self._give(now)


def stream_url(address: str, feed: str) -> str:
    """The address of ``feed``: its name is the last part of the path."""
    root, _, last = address.rpartition("/")
    return f"{root}/{feed}" if last in FEEDS else address
