"""The built-in broker behind the seam of every broker: a market, an account and orders in this process."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from legend_desktop.brokers.base import BrokerAdapter, MarketClock, OrderReport, OrderStreamEvent
from legend_desktop.brokers.capabilities import Capabilities
from legend_desktop.brokers.refusals import RefusalReason
from legend_desktop.brokers.simulator import checks
from legend_desktop.brokers.simulator.abilities import capabilities_of
from legend_desktop.brokers.simulator.account_book import DAY_MULTIPLE
from legend_desktop.brokers.simulator.backstage import Backstage
from legend_desktop.brokers.simulator.bars import made_up_days, made_up_minutes
from legend_desktop.brokers.simulator.config import MarketHours, SimulatorConfig
from legend_desktop.brokers.simulator.day import next_open_and_close
from legend_desktop.brokers.simulator.engine import ACCOUNT_ID, Engine
from legend_desktop.brokers.simulator.faults import FaultPlan
from legend_desktop.brokers.simulator.feed import SymbolFeed
from legend_desktop.brokers.simulator.publisher import Publisher
from legend_desktop.brokers.simulator.session import Session
from legend_desktop.brokers.simulator.sim_order import SimOrder
from legend_desktop.brokers.simulator.streams import Stream
from legend_desktop.brokers.simulator.units import money, price, to_micros, to_time
from legend_desktop.brokers.simulator.wire import Request
from legend_desktop.brokers.tasks import TaskStarter, start_plain_task
from legend_desktop.domain.account import Account
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import BrokerType, OrderType, TradingMode
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.orders import Bracket, OrderIntent
from legend_desktop.domain.positions import Position
from legend_desktop.domain.quotes import Bar, Quote
from legend_desktop.domain.session import day_start

_DAY = 86_400


class SimulatorAdapter(BrokerAdapter):
    """The simulated broker. ``clock`` gives all time; ``start_task`` is the supervisor's way to start a task.

    Not self-driven, nothing moves until ``advance`` or ``step`` is called. ``faults`` and ``backstage`` are for tests
    and rehearsals.
    """

    broker = BrokerType.SIMULATOR
    mode = TradingMode.PAPER

    def __init__(
        self,
        clock: Clock,
        config: SimulatorConfig | None = None,
        *,
        faults: FaultPlan | None = None,
        start_task: TaskStarter = start_plain_task,
    ) -> None:
        self.config = config or SimulatorConfig()
        self.faults = faults or FaultPlan()
        self._session = Session(clock, self.config, self.faults, start_task)
        self._capabilities = capabilities_of(self.config)

    # --- session

    @property
    def capabilities(self) -> Capabilities:
        """What the simulator can do."""
        return self._capabilities

    @property
    def account_id(self) -> str:
        """The one simulated account."""
        return ACCOUNT_ID

    @property
    def backstage(self) -> Backstage:
        """Levers for what happens unasked; the news goes out with the next ``advance``. Needs a connection."""
        return Backstage(self._session.running())

    @property
    def streams(self) -> Publisher:
        """The open streams, which may be cut or silenced."""
        return self._session.publisher

    async def connect(self) -> None:
        """Open account and market. Raises ``StoreError`` for a damaged file, ``ReplayError``."""
        await self._session.connect()

    async def disconnect(self) -> None:
        """End the session and keep the account; streams end, orders stay."""
        await self._session.disconnect()

    async def advance(self) -> int:
        """Let the market pass up to the clock's time; returns the ticks played.

        At full speed one call plays one burst of a replay file; 0 means that it has ended. Raises ``ReplayError``.
        """
        return await self._session.advance()

    async def step(self) -> int:
        """Play the next tick, whenever it is due, ahead of the clock if need be; 0 when there is none."""
        return await self._session.step()

    # --- account

    async def get_account(self) -> Account:
        """The account now, valued at the middle of each quote."""
        engine = await self._session.read("get_account")
        book, marks = engine.book, engine.marks()
        return Account(
            account_id=ACCOUNT_ID,
            broker=self.broker,
            mode=self.mode,
            cash=money(book.cash),
            buying_power=money(book.buying_power(marks)),
            equity=money(book.equity(marks)),
            as_of=self._session.clock.now(),
            unrealized_pl=money(book.unrealized(marks)),
            realized_pl_today=money(book.realized_today),
            long_value=money(book.long_value(marks)),
            short_value=money(book.short_value(marks)),
            start_of_day_equity=money(book.start_of_day_equity),
            overnight_buying_power=money(book.overnight_buying_power(marks)),
            margin_multiplier=Decimal(DAY_MULTIPLE),
        )

    async def get_positions(self) -> list[Position]:
        """Open positions by symbol."""
        engine = await self._session.read("get_positions")
        rows = []
        for symbol, holding in sorted(engine.book.holdings.items()):
            feed = engine.source.feed(symbol)
            mark = price(feed.mark) if feed.has_market else None
            rows.append(
                Position(
                    symbol=symbol,
                    quantity=Decimal(holding.quantity),
                    avg_entry_price=holding.average,
                    mark=mark,
                    as_of=feed.time if feed.has_market else None,
                    mark_stale=feed.halted,
                    name=feed.spec.name,
                )
            )
        return rows

    # --- orders

    async def get_orders(self, *, open_only: bool = False, since: datetime | None = None) -> list[OrderReport]:
        """Orders of the last days, oldest first; ``since`` looks at their last change, open ones always count."""
        engine = await self._session.read("get_orders")
        oldest = to_micros(since) if since is not None else 0
        rows = engine.desk.open.values() if open_only else engine.desk.orders.values()
        return [order.read() for order in rows if not order.state.is_terminal or order.updated >= oldest]

    async def get_order(self, broker_order_id: str) -> OrderReport | None:
        """One order by the broker's id."""
        order = (await self._session.read("get_order")).desk.orders.get(broker_order_id)
        return None if order is None else order.read()

    async def find_order(self, client_order_id: str) -> OrderReport | None:
        """One order by our id."""
        order = (await self._session.read("find_order")).desk.find(client_order_id)
        return None if order is None else order.read()

    async def get_executions(self, since: datetime) -> list[Execution]:
        """Executions, busts and corrections since ``since``."""
        engine = await self._session.read("get_executions")
        return [row.execution for row in engine.desk.executions if row.execution.executed_at >= since]

    async def place_order(self, intent: OrderIntent) -> OrderReport:
        """Send one order; it meets the market a moment after the answer."""
        return await self._place("place_order", intent)

    async def close_position(self, intent: OrderIntent) -> OrderReport:
        """Send a market order that may only reduce the position."""
        if intent.terms.order_type is not OrderType.MARKET or not intent.reduce_only:
            raise checks.refusal("a close is a reduce-only market order", RefusalReason.ORDER_TYPE)
        return await self._place("close_position", intent)

    async def _place(self, route: str, intent: OrderIntent) -> OrderReport:
        return (await self._send(route, (intent,), lambda engine, _: [engine.submit(intent)]))[0]

    async def _send(
        self, route: str, intents: Sequence[OrderIntent], act: Callable[[Engine, Request], list[SimOrder]]
    ) -> list[OrderReport]:
        ids = [intent.client_order_id for intent in intents]
        return await self._session.command(route, act, client_ids=ids, on_sent=self.on_request_sent)

    async def place_bracket_order(self, bracket: Bracket) -> list[OrderReport]:
        """Send an entry with its exits; the exits work for what the entry has filled."""
        return await self._send("place_bracket_order", bracket.legs, lambda engine, _: engine.submit_bracket(bracket))

    async def place_oco_order(self, first: OrderIntent, second: OrderIntent) -> list[OrderReport]:
        """Send two exits that share one quantity."""
        return await self._send("place_oco_order", (first, second), lambda engine, _: engine.submit_oco(first, second))

    async def replace_order(self, broker_order_id: str, successor: OrderIntent) -> OrderReport:
        """Put a successor with an id of its own in the order's place; see ``engine`` for its quantity."""

        def act(engine: Engine, request: Request) -> list[SimOrder]:
            request.before_change(engine, engine.desk.orders.get(broker_order_id))
            return [engine.replace(broker_order_id, successor)]

        return (await self._send("replace_order", (successor,), act))[0]

    async def cancel_order(self, broker_order_id: str) -> None:
        """Cancel an order; the stream tells when it is done."""

        def act(engine: Engine, request: Request) -> list[SimOrder]:
            request.before_change(engine, engine.desk.orders.get(broker_order_id))
            return [engine.cancel(broker_order_id)]

        await self._send("cancel_order", (), act)

    async def cancel_all_orders(self) -> list[str]:
        """Cancel every open order."""
        reports = await self._send("cancel_all_orders", (), lambda engine, _: engine.cancel_all())
        return [report.broker_order_id for report in reports]

    # --- market data

    async def get_quote(self, symbol: str) -> Quote:
        """The newest quote."""
        return (await self._feed("get_quote", symbol)).to_quote()

    async def get_bars(self, symbol: str, seconds: int, limit: int) -> list[Bar]:
        """The last bars of 5 to 55 seconds, of whole minutes, or of days; the past before the start is made up."""
        feed = await self._feed("get_bars", symbol)
        made_up = self.config.replay_path is None
        if feed.bars.past is None:
            minutes = self.config.history_minutes if made_up else 0
            feed.bars.past = made_up_minutes(feed.spec, self.config.seed, feed.began, minutes)
        bars = feed.bars.series(seconds)
        if seconds == _DAY and made_up:
            days = made_up_days(feed.spec, self.config.seed, self._session.clock.now())
            # the minutes made up for the time before the start are no day of their own
            first = max(days[-1].start + 1, to_micros(day_start(to_time(feed.began))))
            bars = [*days, *[bar for bar in bars if bar.start >= first]]
        return [bar.to_bar(feed.symbol) for bar in bars[-limit:]] if limit > 0 else []

    async def get_clock(self) -> MarketClock:
        """The simulator's time and session."""
        engine = await self._session.read("get_clock")
        now = self._session.clock.now()
        if self.config.market_hours is MarketHours.ALWAYS_OPEN:
            return MarketClock(now, is_open=True)
        opening, closing = next_open_and_close(to_micros(now))
        return MarketClock(now, engine.floor.day.regular, opening, closing)

    async def find_instrument(self, symbol: str) -> Instrument:
        """The stock with its steps and flags."""
        feed = await self._feed("find_instrument", symbol)
        return feed.spec.instrument(shortable=feed.symbol not in self.config.hard_to_borrow)

    async def _feed(self, route: str, symbol: str) -> SymbolFeed:
        engine = await self._session.read(route)
        return engine.listed(symbol)

    def stream_quotes(self, symbols: Sequence[str]) -> Stream[Quote]:
        """Quotes of ``symbols``, the present ones first. Raises ``UnknownSymbol`` at once.

        A reader that is 50,000 quotes behind loses the oldest. Call again for another set; streams are independent.
        """
        engine = self._session.running()
        feeds = {feed.symbol: feed for feed in map(engine.listed, symbols)}
        stream = self._session.publisher.open_quotes(list(feeds.values()))
        if self._session.market_error is not None:
            self._session.publisher.cut_quotes(self._session.market_error.message.rstrip("."))
        return stream

    def stream_order_events(self) -> Stream[OrderStreamEvent]:
        """Order events from this call on; none is ever dropped."""
        self._session.running()
        return self._session.publisher.open_orders()
