"""The life of one broker session: connect, stream, notice silence, come back, compare, open entries again."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta

from legend_desktop.brokers.base import OpensFirst, OrderStreamEvent, UnknownSymbol
from legend_desktop.brokers.errors import AuthExpired, RateLimited
from legend_desktop.domain.enums import ConnectionState, TradingState
from legend_desktop.domain.errors import LegendError, NotSupported
from legend_desktop.domain.events import ConnectionChanged, NoticeLevel
from legend_desktop.services.backoff import Backoff
from legend_desktop.services.position_keeper import PositionKeeper
from legend_desktop.services.reconciliation import Reconciler
from legend_desktop.services.risk_state import LINE, RECONCILE
from legend_desktop.services.stream_stand_in import StreamStandIn
from legend_desktop.services.trading_context import TradingContext

ACCOUNT_SECONDS = 2.0
POSITION_SECONDS = 30.0
OPEN_ORDERS_SECONDS = 10.0
FULL_SECONDS = 300.0
STABLE_SECONDS = 60.0
QUOTE_RETRY_SECONDS = 1.0
LOGIN_RETRY_SECONDS = 900.0
LOGIN_ALARM = "login"
WAKE_GAP = timedelta(seconds=5)
JUMP = timedelta(seconds=2)
Stream = AsyncIterator[OrderStreamEvent]


class ConnectionService:
    """Runs the session of one account. ``watch`` names the symbols whose quotes are wanted."""

    def __init__(self, context: TradingContext, keeper: PositionKeeper, reconciler: Reconciler) -> None:
        self._context = context
        self._keeper = keeper
        self._reconciler = reconciler
        self._symbols: dict[str, None] = {}
        self._symbols_changed = asyncio.Event()
        self._since_full = 0.0
        self._backoff = Backoff()
        self._wished_pause = 0.0
        self._why_no_quotes = ""
        self._pausing: asyncio.Task[None] | None = None
        self._reading: asyncio.Timeout | None = None
        self._why_ended = ""
        self.state = ConnectionState.DISCONNECTED
        self.latency_ms: float | None = None

    def watch(self, symbols: Iterable[str]) -> None:
        """Stream quotes of these symbols too."""
        fresh = [symbol for symbol in symbols if symbol not in self._symbols]
        if fresh:
            self._symbols.update(dict.fromkeys(fresh))
            self._symbols_changed.set()

    async def start(self, *, connected: bool = False) -> None:
        """Connect (unless the caller did), open the streams, settle what the last run left, compare.

        Raises what ``connect`` raises.
        """
        await self._reconciler.settle_after_start()
        stream = await self._connect(login=not connected)
        supervisor = self._context.supervisor
        supervisor.start(self._stay_connected(stream), "order stream")
        supervisor.start(self._keeper.follow_fills(), "follow fills")
        supervisor.start(self._stream_quotes(), "quote stream")
        supervisor.start(self._poll_account(), "account poll")
        supervisor.start(self._compare_on_time(), "comparison timer")
        stand_in = StreamStandIn(self._context, self._keeper)
        supervisor.start(stand_in.watch(lambda: self.state), "orders without a stream")
        await self._reconciler.run()

    async def stop(self) -> None:
        """End the session; stop the supervisor's tasks first, else they take this for a lost line."""
        self.state = ConnectionState.DISCONNECTED
        await self._context.broker.disconnect()
        self._publish("closed")

    def try_now(self) -> None:
        """Do not wait any longer where the line is lost: a person asks for it, or the computer woke up."""
        if self.state is not ConnectionState.CONNECTED:
            self._backoff.reset()
            if self._pausing is not None:
                self._pausing.cancel()

    async def _connect(self, *, login: bool = True) -> Stream:
        """Log in and open the order stream: before any snapshot, so that nothing falls between the two.

        Entries stay locked until the comparison that the caller begins.
        """
        context = self._context
        self.state = ConnectionState.CONNECTING
        self._publish("")
        began = context.clock.monotonic_ns()
        try:
            if login:
                await context.broker.connect()
            clock = await context.broker.get_clock()
            stream = context.broker.stream_order_events()
            if isinstance(stream, OpensFirst):
                await stream.open()
        except LegendError as error:
            ended = isinstance(error, AuthExpired)
            self.state = ConnectionState.LOGIN_ENDED if ended else ConnectionState.LOST
            self._publish(error.sentence)
            raise
        self.latency_ms = (context.clock.monotonic_ns() - began) / 1e6
        context.market_open = clock.is_open
        self.state = ConnectionState.CONNECTED
        context.risk.lock(RECONCILE, TradingState.ACTIVE, f"Comparing with {context.broker_name}. Entries wait.")
        context.risk.unlock(LINE)
        self._since_full = FULL_SECONDS  # once more soon: a broker may be slow to begin its stream
        self._publish("")
        return stream

    async def _stay_connected(self, stream: Stream) -> None:
        """Read the order stream; when it ends, come back with growing, jittered pauses and compare."""
        context = self._context
        while True:
            began = context.clock.monotonic_ns()
            reason = await self._read_until_broken(stream)
            context.stream_alive = False
            if (context.clock.monotonic_ns() - began) / 1e9 > STABLE_SECONDS:
                self._backoff.reset()
            self._say_lost(reason)
            stream = await self._come_back()
            context.supervisor.start(self._reconciler.run(), "comparison after a break")

    async def _read_until_broken(self, stream: Stream) -> str:
        """Take in order events until the stream ends, or the login does beside it; returns why."""
        try:
            async with asyncio.timeout(None) as self._reading:
                await self._read_order_events(stream)
        except TimeoutError:
            return self._why_ended
        except LegendError as error:
            self._wished_pause = wished_pause(error)
            return error.sentence
        except Exception as error:  # noqa: BLE001  an event that cannot be taken in must not silence the rest
            self._context.supervisor.report(error, "order stream")
            return f"An order event could not be taken in ({error})."
        finally:
            self._reading = None
        return "The broker closed the order stream."

    def _end_reading(self, error: AuthExpired) -> None:
        """Go the way of a lost line where a read says that the login has ended: its stream may stay open for long."""
        if self._reading is not None and not self._reading.expired():
            self._why_ended = error.sentence
            self._reading.reschedule(asyncio.get_running_loop().time())

    async def _come_back(self) -> Stream:
        context = self._context
        lost_ns = context.clock.monotonic_ns()
        while True:
            await self._pause(self._backoff.next_seconds(self._wished_pause))
            self._wished_pause = 0.0
            try:
                stream = await self._connect()
            except AuthExpired as error:
                self._say_login_ended(error)
                await self._pause(LOGIN_RETRY_SECONDS)
                continue
            except LegendError as error:
                self._wished_pause = wished_pause(error)
                continue
            context.clear_alarm(LOGIN_ALARM)
            seconds = (context.clock.monotonic_ns() - lost_ns) / 1e9
            name = context.broker_name
            context.tell(NoticeLevel.GOOD, "Connection", f"{name} is back after {seconds:.0f} s.")
            self._symbols_changed.set()
            return stream

    async def _pause(self, seconds: float) -> None:
        """Wait ``seconds``, or until ``try_now``."""
        self._pausing = self._context.supervisor.start(self._context.clock.sleep(seconds), "pause before the next try")
        try:
            await asyncio.wait({self._pausing})
        finally:
            self._pausing.cancel()
            self._pausing = None

    def _say_lost(self, reason: str) -> None:
        context = self._context
        self.state = ConnectionState.LOST
        name = context.broker_name
        sentence = (
            f"The line to {name} broke. {reason} Stops that rest there work without this program. "
            "It tries again by itself."
        )
        context.risk.lock(LINE, TradingState.ACTIVE, f"The line to {name} is lost. Entries wait for it.")
        context.tell(NoticeLevel.WARNING, "Connection", sentence)
        self._publish(reason)

    def _say_login_ended(self, error: AuthExpired) -> None:
        """A key that is no longer accepted is not tried again and again: the person is needed."""
        context = self._context
        name = context.broker_name
        context.alarm(
            LOGIN_ALARM,
            f"The {name} login has ended. {error.message}",
            f"Legend cannot see or change orders there. What rests at {name} keeps working. Log in to go on.",
            action="panel.connections",
            label="Show connections",
        )

    async def _read_order_events(self, stream: Stream) -> None:
        context = self._context
        context.stream_alive = True
        async for message in stream:
            events = context.news.from_stream(message, context.clock.now())
            await context.ledger.learn(events)
            if message.report.state is None:
                await self._look_up(message.report.broker_order_id)

    async def _look_up(self, broker_order_id: str) -> None:
        """Ask about an order whose status word means nothing to this program."""
        context = self._context
        try:
            report = await context.broker.get_order(broker_order_id)
        except LegendError:
            return
        if report is not None and report.state is not None:
            await context.ledger.learn(context.news.from_report(report, context.clock.now()))

    # ---- quotes ---------------------------------------------------------------------------------------------------

    async def _stream_quotes(self) -> None:
        """Read quotes of the watched symbols; begin anew when the list grows or the line came back."""
        context = self._context
        while True:
            self._symbols_changed.clear()
            symbols = list(self._symbols)
            task = context.supervisor.start(self._read_quotes(symbols), "quotes")
            await self._symbols_changed.wait()
            task.cancel()
            await asyncio.wait({task})

    async def _read_quotes(self, symbols: list[str]) -> None:
        context = self._context
        backoff = Backoff()
        while symbols:
            began = context.clock.monotonic_ns()
            pause = 0.0
            try:
                async for quote in context.broker.stream_quotes(symbols):
                    context.quotes.put(quote)
            except UnknownSymbol:
                symbols = await self._known_symbols(symbols)
                continue
            except LegendError as error:
                pause = wished_pause(error)
                self._say_no_quotes(error)
            except Exception as error:  # noqa: BLE001  the quotes must come back after a message nobody can read
                context.supervisor.report(error, "quotes")
            if (context.clock.monotonic_ns() - began) / 1e9 > STABLE_SECONDS:
                backoff.reset()
            await context.clock.sleep(backoff.next_seconds(pause))

    def _say_no_quotes(self, error: LegendError) -> None:
        """Tell once why there are no quotes, where it is no lost line: of that the order stream speaks."""
        if isinstance(error, NotSupported | RateLimited) and error.sentence != self._why_no_quotes:
            self._why_no_quotes = error.sentence
            self._context.tell(NoticeLevel.WARNING, "Quotes", error.sentence, group="quotes")

    async def _known_symbols(self, symbols: list[str]) -> list[str]:
        """``symbols`` without those that the broker does not have; one of them must not silence all the others."""
        context = self._context
        known = []
        for symbol in symbols:
            try:
                await context.broker.find_instrument(symbol)
            except UnknownSymbol as error:
                self._symbols.pop(symbol, None)
                context.tell(NoticeLevel.WARNING, "Quotes", f"{error.sentence} It gets no quotes.", group="quotes")
                continue
            except LegendError:
                pass  # asked again with the next try
            known.append(symbol)
        if len(known) == len(symbols):
            await context.clock.sleep(QUOTE_RETRY_SECONDS)
        return known

    # ---- on the timer ---------------------------------------------------------------------------------------------

    async def _poll_account(self) -> None:
        context = self._context
        since_positions = 0.0
        while True:
            asleep, asleep_ns = context.clock.now(), context.clock.monotonic_ns()
            await context.clock.sleep(ACCOUNT_SECONDS)
            if self._slept_or_jumped(asleep, asleep_ns):
                context.tell(NoticeLevel.WARNING, "Clock", "This computer slept or its clock jumped. Comparing anew.")
                self.try_now()
                await self._reconciler.run()
            if self.state is not ConnectionState.CONNECTED:
                continue
            since_positions += ACCOUNT_SECONDS
            with_positions = since_positions >= POSITION_SECONDS
            try:
                await self._poll_once(with_positions=with_positions)
            except AuthExpired as error:
                self._end_reading(error)
            except LegendError as error:
                self._publish(error.sentence)
            except Exception as error:  # noqa: BLE001  the poll must live; the next answer may be readable
                context.supervisor.report(error, "account poll")
            else:
                since_positions = 0.0 if with_positions else since_positions
                self._publish("")

    async def _poll_once(self, *, with_positions: bool) -> None:
        context = self._context
        began = context.clock.monotonic_ns()
        await self._keeper.refresh_account()
        self.latency_ms = (context.clock.monotonic_ns() - began) / 1e6
        context.market_open = (await context.broker.get_clock()).is_open
        if with_positions:
            await self._keeper.refresh()
        if self._keeper.lasting_differences:
            await self._reconciler.run(lock_entries=False)

    def _slept_or_jumped(self, asleep: datetime, asleep_ns: int) -> bool:
        """True where the pause took far too long, or wall and monotonic time no longer agree on it."""
        context = self._context
        wall = context.clock.now() - asleep
        monotonic = timedelta(microseconds=(context.clock.monotonic_ns() - asleep_ns) // 1000)
        return wall > timedelta(seconds=ACCOUNT_SECONDS) + WAKE_GAP or abs(wall - monotonic) > JUMP

    async def _compare_on_time(self) -> None:
        """Compare without locking: often while orders are open, now and then always, soon after a failure."""
        context = self._context
        while True:
            await context.clock.sleep(OPEN_ORDERS_SECONDS)
            self._since_full += OPEN_ORDERS_SECONDS
            if self.state is not ConnectionState.CONNECTED:
                continue
            if context.risk.has(RECONCILE):
                await self._reconciler.run()
            elif context.book.open_orders() or self._since_full >= FULL_SECONDS:
                self._since_full = 0.0
                await self._reconciler.run(lock_entries=False)

    def _publish(self, reason: str) -> None:
        context = self._context
        context.bus.publish(
            ConnectionChanged(context.broker.broker, self.state, context.clock.now(), reason, self.latency_ms)
        )


def wished_pause(error: LegendError) -> float:
    """Seconds that the broker itself asks to wait; 0 where it says nothing."""
    return error.retry_after or 0.0 if isinstance(error, RateLimited) else 0.0
