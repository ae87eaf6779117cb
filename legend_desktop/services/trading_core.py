"""The parts that trade one account, put together in one place for the window, the API and the SDK alike."""

from dataclasses import dataclass

from legend_desktop.brokers.base import BrokerAdapter, UnknownSymbol
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.risk import GateLimits
from legend_desktop.services.automatic_lock import AutomaticLock
from legend_desktop.services.broker_news import AccountIdentity, BrokerNews
from legend_desktop.services.connection import ConnectionService
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.intent_factory import IntentFactory
from legend_desktop.services.order_ledger import OrderLedger
from legend_desktop.services.order_planner import OrderPlanner
from legend_desktop.services.order_sender import OrderSender
from legend_desktop.services.ports import OrderStore
from legend_desktop.services.position_keeper import PositionKeeper
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.services.reconciliation import Reconciler
from legend_desktop.services.risk_state import RiskState
from legend_desktop.services.send_log import SendLog
from legend_desktop.services.symbol_history import SymbolHistory
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.services.trading_context import TradingContext
from legend_desktop.services.unknown_resolver import UnknownResolver


@dataclass(slots=True)
class TradingCore:
    """Everything that trades one account. Build it with ``build_core``."""

    context: TradingContext
    planner: OrderPlanner
    intents: IntentFactory
    sender: OrderSender
    resolver: UnknownResolver
    keeper: PositionKeeper
    reconciler: Reconciler
    automatic_lock: AutomaticLock
    connection: ConnectionService
    history: SymbolHistory

    async def know_symbol(self, symbol: str, *, fresh_quote: bool = False) -> Instrument:
        """Look up the instrument and a quote of ``symbol`` and stream it from now on.

        With ``fresh_quote`` a quote older than the gate allows is asked for anew. Raises ``UnknownSymbol``.
        """
        context = self.context
        symbol = symbol.upper()
        instrument = context.instruments.get(symbol)
        if instrument is None or self._is_old(symbol):
            try:
                instrument = await context.broker.find_instrument(symbol)
            except UnknownSymbol:
                raise
            except LegendError:
                if instrument is None:
                    raise
            else:
                instrument = context.instruments[symbol] = self.history.completed(instrument)
                context.instruments_as_of[symbol] = context.clock.now()
        self.connection.watch([symbol])
        quote = context.quotes.latest(symbol)
        age = quote.age(context.clock.now()) if quote is not None else None
        if age is None or (fresh_quote and age > context.risk.limits.max_quote_age):
            try:
                context.quotes.put(await context.broker.get_quote(symbol))
            except UnknownSymbol:
                raise
            except LegendError:
                return instrument  # the gate says that the quote is missing or old
        return instrument

    def _is_old(self, symbol: str) -> bool:
        """True where the instrument is more than half as old as the gate allows."""
        context = self.context
        as_of = context.instruments_as_of.get(symbol)
        return as_of is None or context.clock.now() - as_of > context.risk.limits.max_instrument_age / 2


def build_core(
    broker: BrokerAdapter,
    store: OrderStore,
    *,
    bus: EventBus,
    clock: Clock,
    supervisor: TaskSupervisor,
    limits: GateLimits | None = None,
) -> TradingCore:
    """Put the parts together for ``broker``, whose account id must be known."""
    ledger = OrderLedger(store, bus, clock)
    filed_under = broker.account_id if broker.capabilities.keeps_account else ""
    identity = AccountIdentity(broker.broker, broker.mode, filed_under)
    context = TradingContext(
        broker=broker,
        ledger=ledger,
        news=BrokerNews(ledger.book, identity),
        bus=bus,
        clock=clock,
        quotes=QuoteBoard(clock, supervisor.report),
        supervisor=supervisor,
        risk=RiskState(bus, clock, broker.mode, limits),
    )
    keeper = PositionKeeper(context)
    resolver = UnknownResolver(context, keeper)
    reconciler = Reconciler(context, keeper, resolver)
    return TradingCore(
        context=context,
        planner=OrderPlanner(context, SendLog(clock, broker.account_id)),
        intents=IntentFactory(context),
        sender=OrderSender(context, resolver.watch),
        resolver=resolver,
        keeper=keeper,
        reconciler=reconciler,
        automatic_lock=AutomaticLock(context, reconciler),
        connection=ConnectionService(context, keeper, reconciler),
        history=SymbolHistory(context),
    )
