"""What the services of one account share: the broker, the ledger, the board, the clock and the bus."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from legend_desktop.brokers.base import BrokerAdapter
from legend_desktop.domain.account import Account
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import BrokerType, OrderState, TradingMode
from legend_desktop.domain.events import Alarm, Notice, NoticeLevel
from legend_desktop.domain.ids import new_client_order_id
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import Order, OrderIntent
from legend_desktop.domain.positions import Position
from legend_desktop.domain.risk import DailyLoss
from legend_desktop.services.broker_news import BrokerNews
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_book import OrderBook
from legend_desktop.services.order_ledger import OrderLedger
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.services.risk_state import RiskState
from legend_desktop.services.task_supervisor import TaskSupervisor


@dataclass(slots=True)
class TradingContext:
    """The shared parts of one connected account, with the newest account, positions and instruments in memory.

    ``market_open`` is the broker's last word, ``None`` before it was asked. ``stream_alive`` is true while order events
    arrive. ``leaving`` are intents that passed the gate and are being written down, ``spent`` the money that fills of
    entries took since the account snapshot. Only ``PositionKeeper`` and ``ConnectionService`` write the cached facts.
    """

    broker: BrokerAdapter
    ledger: OrderLedger
    news: BrokerNews
    bus: EventBus
    clock: Clock
    quotes: QuoteBoard
    supervisor: TaskSupervisor
    risk: RiskState
    account: Account | None = None
    positions: dict[str, Position] = field(default_factory=dict)
    instruments: dict[str, Instrument] = field(default_factory=dict)
    instruments_as_of: dict[str, datetime] = field(default_factory=dict)
    daily_loss: DailyLoss | None = None
    market_open: bool | None = None
    stream_alive: bool = False
    leaving: dict[str, OrderIntent] = field(default_factory=dict)
    spent: list[tuple[datetime, Decimal]] = field(default_factory=list)

    @property
    def mode(self) -> TradingMode:
        """Paper or live, as the profile has it for ever."""
        return self.broker.mode

    @property
    def simulated(self) -> bool:
        """True where the broker is the built-in one."""
        return self.broker.broker is BrokerType.SIMULATOR

    @property
    def account_key(self) -> str:
        """The account that orders are filed under; empty for one that ends with the session.

        Its orders are told from those of an account that lasts, which the next start looks for at the broker.
        """
        return self.broker.account_id if self.broker.capabilities.keeps_account else ""

    @property
    def book(self) -> OrderBook:
        """The order book."""
        return self.ledger.book

    @property
    def broker_name(self) -> str:
        """The broker as sentences name it."""
        return self.broker.broker.value.replace("_", " ").title()

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """Orders that are not terminal, with those that are being written down now: they count as sent already."""
        rows = self.book.open_orders(symbol)
        for intent in self.leaving.values():
            if symbol in {None, intent.terms.symbol} and self.book.get(intent.client_order_id) is None:
                rows.append(Order(intent=intent, terms=intent.terms, state=OrderState.INTENT))
        return rows

    def forget_spent(self, *, before: datetime) -> None:
        """The account's figure is from ``before``: it knows of every fill until then."""
        self.spent = [row for row in self.spent if row[0] >= before]

    def new_client_order_id(self) -> str:
        """A fresh client order id of this installation."""
        return new_client_order_id(self.mode, self.ledger.store.install_id, self.clock.now())

    def tell(self, level: NoticeLevel, source: str, sentence: str, *, details: str = "", group: str = "") -> None:
        """Publish one plain sentence."""
        self.bus.publish(Notice(self.clock.now(), level, source, sentence, details, group))

    def alarm(self, key: str, fact: str, consequence: str, *, action: str = "", label: str = "") -> None:
        """Put a cause on the yellow strip."""
        self.bus.publish(Alarm(key, self.clock.now(), fact, consequence, action, label))

    def clear_alarm(self, key: str) -> None:
        """Take a cause off the strip."""
        self.bus.publish(Alarm(key=key, at=self.clock.now(), active=False))

    def event(self, order: Order, kind: OrderEventKind, **more: object) -> OrderEvent:
        """An event about ``order`` that happened now."""
        return OrderEvent(
            client_order_id=order.client_order_id,
            kind=kind,
            at=self.clock.now(),
            mono_ns=self.clock.monotonic_ns(),
            **more,  # type: ignore[arg-type]
        )
