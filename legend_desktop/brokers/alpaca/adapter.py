"""Alpaca behind the seam of every broker. What the answers mean is in ``placing``, what is known in ``order_desk``."""

import logging
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from legend_desktop.brokers.alpaca.abilities import capabilities_of
from legend_desktop.brokers.alpaca.client import AlpacaClient
from legend_desktop.brokers.alpaca.config import AlpacaConfig
from legend_desktop.brokers.alpaca.feed import FeedChoice
from legend_desktop.brokers.alpaca.market_data import MarketData
from legend_desktop.brokers.alpaca.market_stream import MarketStream
from legend_desktop.brokers.alpaca.order_desk import OrderDesk
from legend_desktop.brokers.alpaca.parse import account, blocks, has_ended, position, signs_disagree
from legend_desktop.brokers.alpaca.payloads import AccountRow, OrderRow, PositionRow, Unreadable
from legend_desktop.brokers.alpaca.placing import Placing
from legend_desktop.brokers.alpaca.reference_data import ReferenceData, TradingDay, ValuePoint
from legend_desktop.brokers.alpaca.refusals import not_sent
from legend_desktop.brokers.alpaca.stream import OrderStream
from legend_desktop.brokers.alpaca.urls import host_rules
from legend_desktop.brokers.base import BrokerAdapter, MarketClock, OrderReport, OrderStreamEvent
from legend_desktop.brokers.capabilities import Capabilities
from legend_desktop.brokers.errors import AuthExpired, BrokerDown
from legend_desktop.brokers.http import HttpSession, TimeLimits
from legend_desktop.brokers.line_facts import LineFacts
from legend_desktop.brokers.rate_limit import Lane, RequestBudget
from legend_desktop.brokers.refusals import RefusalReason
from legend_desktop.brokers.shared_line import SharedStream
from legend_desktop.brokers.tasks import TaskStarter, start_plain_task
from legend_desktop.domain.account import Account
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import BrokerType
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.orders import Bracket, OrderIntent
from legend_desktop.domain.positions import Position
from legend_desktop.domain.quotes import Bar, Quote

log = logging.getLogger(__name__)
REQUESTS_A_MINUTE = 200


@dataclass(slots=True)
class _Session:
    """Everything that lives from ``connect`` to ``disconnect``."""

    http: HttpSession
    data_http: HttpSession
    budget: RequestBudget
    client: AlpacaClient
    desk: OrderDesk
    placing: Placing
    reference: ReferenceData
    data: MarketData
    quotes: MarketStream
    orders: OrderStream


class AlpacaAdapter(BrokerAdapter):
    """One session with one Alpaca account. ``redact`` takes further secrets out of texts that may be shown.

    ``limits`` bound every request but lists and bulk cancels, which take longer.
    """

    broker = BrokerType.ALPACA

    def __init__(
        self,
        config: AlpacaConfig,
        clock: Clock,
        *,
        start_task: TaskStarter = start_plain_task,
        redact: Callable[[str], str] = str,
        limits: TimeLimits | None = None,
    ) -> None:
        self.mode = config.mode
        self._config = config
        self._clock = clock
        self._start_task = start_task
        self._redact = redact
        self._limits = limits or TimeLimits()
        self._capabilities = capabilities_of(config)
        self._account_id = config.account_id
        self._session: _Session | None = None
        self._blocked: tuple[str, ...] = ()
        self._other_account = False

    # ---- session --------------------------------------------------------------------------------------------------

    @property
    def capabilities(self) -> Capabilities:
        """What Alpaca can do."""
        return self._capabilities

    @property
    def account_id(self) -> str:
        """Alpaca's own id of the account, which never changes; empty before the first connection."""
        return self._account_id

    @property
    def line(self) -> LineFacts:
        """Answer times, requests left, clock and streams."""
        session = self._session
        if session is None:
            return LineFacts()
        times = session.http.answer_times
        return LineFacts(
            answer_p50_ms=times.p50_ms,
            answer_p99_ms=times.p99_ms,
            requests_left=session.budget.left,
            requests_limit=session.budget.limit,
            clock_offset_ms=session.http.clock_offset_ms,
            streams=(session.orders.facts, session.quotes.facts),
            feed=session.data.feed.current,
            feed_note=session.quotes.note,
        )

    async def connect(self) -> None:
        """Read the account: the proof that keys, mode and address belong together.

        Raises ``AuthExpired`` for keys that are not accepted or belong to another account than before, ``BrokerDown``.
        """
        fresh = self._session is None
        session = self._session = self._session or self._open()
        try:
            row = await self._read_account(session)
        except BaseException:
            if fresh:
                self._session = None
                await self._close(session)
            raise
        self._account_id = row.id

    async def disconnect(self) -> None:
        """End streams and connections; orders stay at Alpaca."""
        session, self._session = self._session, None
        if session is not None:
            await self._close(session)

    def _open(self) -> _Session:
        config, clock = self._config, self._clock
        budget = RequestBudget(REQUESTS_A_MINUTE, clock)
        certificates = ssl.create_default_context()
        http = self._line("Alpaca", budget, certificates)
        data_http = self._line("Alpaca market data", RequestBudget(REQUESTS_A_MINUTE, clock), certificates)
        client = AlpacaClient(http, config.urls.trading, config.mode, config.api_key.reveal())
        desk = OrderDesk(client, clock)
        reference = ReferenceData(http, config.urls.trading, clock)
        data = MarketData(data_http, config.urls.data, reference, FeedChoice(config.feed), clock)
        return _Session(
            http=http,
            data_http=data_http,
            budget=budget,
            client=client,
            desk=desk,
            placing=Placing(config, client, desk),
            reference=reference,
            data=data,
            quotes=MarketStream(config, data, reference, clock, self._start_task),
            orders=OrderStream(config, desk=desk, client=client, clock=clock, start_task=self._start_task),
        )

    def _line(self, name: str, budget: RequestBudget, certificates: ssl.SSLContext) -> HttpSession:
        config = self._config

        def hide(text: str) -> str:
            return self._redact(config.hide(text))

        return HttpSession(
            name,
            host_rules(config.mode),
            budget,
            self._clock,
            headers=config.headers,
            redact=hide,
            mask=config.mask,
            limits=self._limits,
            ssl_context=certificates,
        )

    @staticmethod
    async def _close(session: _Session) -> None:
        await session.orders.close()
        await session.quotes.close()
        await session.data_http.close()
        await session.http.close()

    def _running(self) -> _Session:
        if self._session is None:
            raise BrokerDown("Alpaca is not connected.", advice="Connect first.", code="not_connected")
        return self._session

    # ---- account --------------------------------------------------------------------------------------------------

    async def get_account(self) -> Account:
        """The account now; its figures are Alpaca's own, none is worked out here."""
        asked = self._clock.now()
        row = await self._read_account(self._running())
        try:
            return account(row, self.mode, asked)
        except Unreadable as error:
            raise BrokerDown(f"Alpaca's account could not be read: {error}.", code="unreadable") from error

    async def _read_account(self, session: _Session) -> AccountRow:
        """The row, where it is the account that this connection was made for."""
        row = await session.client.account(Lane.READ)
        if not row.id:
            raise BrokerDown("Alpaca's account could not be read: it has no id.", code="unreadable")
        self._other_account = bool(self._account_id) and row.id != self._account_id
        if self._other_account:
            raise AuthExpired(
                "These keys belong to another Alpaca account than the one this connection was made for. "
                "Nothing is traded.",
                advice="Enter the keys of the first account, or make a new connection for the other one.",
                code="other_account",
            )
        blocked = blocks(row)
        if blocked != self._blocked:
            self._blocked = blocked
            for sentence in blocked:
                log.warning("%s", sentence)
        return row

    async def get_positions(self) -> list[Position]:
        """All open positions by symbol."""
        rows = await self._running().client.positions()
        found = [self._position(row) for row in rows]
        return sorted((row for row in found if row.quantity != 0), key=lambda row: row.symbol)

    async def get_position(self, symbol: str) -> Position | None:
        """The position in ``symbol``, ``None`` when flat."""
        row = await self._running().client.position(symbol.upper())
        found = None if row is None else self._position(row)
        return found if found is not None and found.quantity != 0 else None

    def _position(self, row: PositionRow) -> Position:
        if signs_disagree(row):
            log.warning("Alpaca calls the position in %s long and gives %s shares.", row.symbol, row.qty)
        try:
            return position(row, self._clock.now())
        except Unreadable as error:
            raise BrokerDown(f"Alpaca's positions could not be read: {error}.", code="unreadable") from error

    # ---- orders ---------------------------------------------------------------------------------------------------

    async def get_orders(self, *, open_only: bool = False, since: datetime | None = None) -> list[OrderReport]:
        """Orders and legs, oldest first: all that are open, and without ``open_only`` all submitted since ``since``.

        Alpaca's list of open orders leaves out exits that wait, and rolled up under their entries it leaves out those
        of a filled entry: so two lists are read, and waiting partners that neither names one by one.
        """
        session = self._running()
        alive = session.desk.learn(await session.client.orders(status="open", nested=False))
        families = await session.client.orders(
            status="open" if open_only else "all", since=None if open_only else since
        )
        rows = {row.id: row for row in (*alive, *session.desk.learn(families))}
        for row in list(rows.values()):
            for partner in session.desk.family(row.id):
                if partner.id not in rows and not has_ended(partner):
                    rows.update({one.id: one for one in await self._look_again(session, partner)})
        reports = session.desk.reports(rows.values())
        session.orders.listed(reports)
        if open_only:
            reports = [row for row in reports if row.state is None or not row.state.is_terminal]
        return reports

    @staticmethod
    async def _look_again(session: _Session, row: OrderRow) -> list[OrderRow]:
        found = await session.client.order(row.id)
        return [] if found is None else session.desk.learn([found])

    async def get_order(self, broker_order_id: str) -> OrderReport | None:
        """One order by Alpaca's id."""
        session = self._running()
        return self._report(session, await session.client.order(broker_order_id))

    async def find_order(self, client_order_id: str) -> OrderReport | None:
        """One order by our id; exits of a bracket have ids of Alpaca's own."""
        session = self._running()
        return self._report(session, await session.client.order_by_client_id(client_order_id))

    @staticmethod
    def _report(session: _Session, row: OrderRow | None) -> OrderReport | None:
        if row is None:
            return None
        try:
            return session.desk.report(session.desk.learn([row])[0])
        except Unreadable as error:
            raise BrokerDown(f"Alpaca's order could not be read: {error}.", code="unreadable") from error

    async def get_executions(self, since: datetime) -> list[Execution]:
        """Fills, busts and corrections since ``since``, oldest first."""
        session = self._running()
        rows = await session.client.fills(since=since)
        found = session.desk.fills.from_activities(rows, self._clock.now(), session.desk.client_id_of)
        return [row for row in found if row.executed_at >= since]

    async def place_order(self, intent: OrderIntent) -> OrderReport:
        """Send one order, once."""
        self._check_account(intent)
        return await self._running().placing.place(intent, self.on_request_sent)

    async def close_position(self, intent: OrderIntent) -> OrderReport:
        """Send a market order under our own id: Alpaca's own way to close gives none to look it up by."""
        self._check_account(intent)
        return await self._running().placing.close(intent, self.on_request_sent)

    async def place_bracket_order(self, bracket: Bracket) -> list[OrderReport]:
        """Send an entry with its exits in one request."""
        self._check_account(bracket.entry)
        return await self._running().placing.place_bracket(bracket, self.on_request_sent)

    async def place_oco_order(self, first: OrderIntent, second: OrderIntent) -> list[OrderReport]:
        """Send a target and a stop that cancel each other in one request."""
        self._check_account(first)
        return await self._running().placing.place_oco(first, second, self.on_request_sent)

    async def replace_order(self, broker_order_id: str, successor: OrderIntent) -> OrderReport:
        """Put a successor under its own id in the order's place; its quantity is the total with what is filled."""
        self._check_account(successor)
        return await self._running().placing.replace(broker_order_id, successor, self.on_request_sent)

    async def cancel_order(self, broker_order_id: str) -> None:
        """Ask for the end of an order; Alpaca's answer is only that it heard."""
        await self._running().placing.cancel(broker_order_id)

    async def cancel_all_orders(self) -> list[str]:
        """Ask for the end of every open order; returns the ids that Alpaca took."""
        return await self._running().placing.cancel_all()

    def _check_account(self, intent: OrderIntent) -> None:
        """An order that was decided for another account never leaves."""
        mine = intent.account_id in {"", self._account_id}
        if intent.mode is not self.mode or not mine or self._other_account:
            raise not_sent(
                "This order was decided for another account.", RefusalReason.PERMISSION, "Send it from that account."
            )

    # ---- market ---------------------------------------------------------------------------------------------------

    async def get_quote(self, symbol: str) -> Quote:
        """The newest quote of the feed."""
        return await self._running().data.get_quote(symbol)

    async def get_current_price(self, symbol: str) -> Decimal | None:
        """The last trade of the feed, else the mid."""
        quote = await self.get_quote(symbol)
        return quote.last if quote.last is not None else quote.mid

    async def get_bars(self, symbol: str, seconds: int, limit: int) -> list[Bar]:
        """The last bars, oldest first."""
        return await self._running().data.get_bars(symbol, seconds, limit)

    async def get_clock(self) -> MarketClock:
        """Alpaca's time and session."""
        return await self._running().reference.get_clock()

    async def find_instrument(self, symbol: str) -> Instrument:
        """The stock with its flags."""
        return await self._running().reference.find_instrument(symbol)

    async def get_calendar(self, first: datetime, last: datetime) -> list[TradingDay]:
        """The trading days from ``first`` to ``last`` with their hours."""
        return await self._running().reference.get_calendar(first.date(), last.date())

    async def get_portfolio_history(self, period: str = "1M", timeframe: str = "1D") -> list[ValuePoint]:
        """The account's value over time, oldest first."""
        return await self._running().reference.get_portfolio_history(period, timeframe)

    def stream_quotes(self, symbols: Sequence[str]) -> SharedStream[Quote]:
        """Quotes of ``symbols``, what is known of them first."""
        return self._running().quotes.quotes(symbols)

    def stream_order_events(self) -> SharedStream[OrderStreamEvent]:
        """Order events from the moment the line is up."""
        return self._running().orders.events()
