"""A trading service that writes down what it is asked, and a desk of facts around it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from legend_desktop.domain.account import Account
from legend_desktop.domain.enums import (
    BrokerType,
    OrderRole,
    OrderSide,
    OrderSource,
    OrderType,
    TradingMode,
)
from legend_desktop.domain.errors import InvalidInput, LegendError, OrderDenied
from legend_desktop.domain.events import Notice
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.money import Number
from legend_desktop.domain.orders import Order
from legend_desktop.domain.positions import Position
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.services.previews import KillReport, OrderPreview, QuickEntryRequest, QuickEntryResult
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.viewmodels.action_router import ActionRouter
from legend_desktop.viewmodels.arming import Arming
from legend_desktop.viewmodels.command_line import CommandLine
from legend_desktop.viewmodels.command_runner import CommandRunner, LookActions
from legend_desktop.viewmodels.desk_facts import DeskFacts
from legend_desktop.viewmodels.order_actions import OrderActions
from legend_desktop.viewmodels.symbol_focus import SymbolFocus
from tests.fakes.clock import FakeClock
from tests.unit.viewmodels.builders import Desk, intent, quote

PASS = Verdict("quantity", "Quantity", Outcome.PASS)


@dataclass
class RecordingTrading:
    """Remembers every verb with its arguments. ``verdicts`` are what previews say, ``trouble`` is raised by verbs.

    ``throttle`` above zero refuses entries after that many, as the service's throttle does. ``sent_size`` is what an
    entry really has when it is sent, where the market moved after the preview.
    """

    desk: Desk
    calls: list[tuple[str, Any]] = field(default_factory=list)
    verdicts: tuple[Verdict, ...] = (PASS,)
    trouble: LegendError | None = None
    throttle: int = 0
    refused: int = 0
    locked: bool = False
    sent_size: Decimal | None = None

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def _note(self, name: str, **what: Any) -> None:
        self.calls.append((name, what))
        if self.trouble is not None:
            trouble, self.trouble = self.trouble, None
            raise trouble

    def _note_change(self, name: str, confirmed: frozenset[str], **what: Any) -> None:
        self._note(name, **what, **({"confirmed": confirmed} if confirmed else {}))

    def preview(self, request: QuickEntryRequest) -> OrderPreview:
        quantity = request.decimal("quantity") or Decimal(116)
        verb = "Buy" if request.side is OrderSide.BUY else "Sell"
        return OrderPreview(
            request.symbol,
            request.side,
            request.order_type,
            quantity,
            Decimal("175.52"),
            request.decimal("stop_loss_price"),
            request.decimal("target_price"),
            None,
            self.verdicts,
            f"{verb} {quantity} {request.symbol} at market",
            value=quantity * Decimal("175.52"),
        )

    async def quick_entry(
        self, request: QuickEntryRequest, confirmed: frozenset[str] = frozenset()
    ) -> QuickEntryResult:
        if self.throttle and self.names().count("quick_entry") >= self.throttle:
            self.refused += 1
            raise OrderDenied("More than 5 orders in one second. Entries are locked for 60 s.", code="throttle")
        self._note("quick_entry", request=request, confirmed=confirmed)
        size = self.sent_size or request.decimal("quantity") or Decimal(116)
        order = Desk().create(intent(symbol=request.symbol, side=request.side, quantity=str(size)))
        return QuickEntryResult(order, None, request.symbol, request.side, None, None, None, None)

    async def replace_order(
        self,
        client_order_id: str,
        *,
        limit_price: Number | None = None,
        stop_price: Number | None = None,
        quantity: Number | None = None,
        source: OrderSource = OrderSource.TICKET,
        confirmed: frozenset[str] = frozenset(),
    ) -> Order:
        self._note_change("replace_order", confirmed, key=client_order_id, limit=limit_price, stop=stop_price)
        return self._order()

    async def cancel_order(self, client_order_id: str) -> None:
        self._note("cancel_order", key=client_order_id)

    async def cancel_all(self, symbol: str | None = None, side: OrderSide | None = None) -> KillReport:
        self._note("cancel_all", symbol=symbol, side=side)
        return KillReport(2, 2)

    async def close_position(
        self,
        symbol: str,
        *,
        fraction: Number | None = None,
        quantity: Number | None = None,
        source: OrderSource = OrderSource.SDK,
        pressed_ns: int | None = None,
        confirmed: frozenset[str] = frozenset(),
    ) -> Order:
        self._note(
            "close_position",
            symbol=symbol,
            quantity=quantity,
            source=source,
            pressed_ns=pressed_ns,
            confirmed=confirmed,
        )
        return self._order()

    async def flatten_all(self, symbol: str | None = None) -> KillReport:
        self._note("flatten_all", symbol=symbol)
        return KillReport(1, 1)

    async def reverse_position(
        self, symbol: str, *, source: OrderSource = OrderSource.SDK, pressed_ns: int | None = None
    ) -> Order:
        self._note("reverse_position", symbol=symbol)
        return self._order()

    async def stop_to_entry(
        self,
        symbol: str,
        *,
        with_costs: bool = False,
        source: OrderSource = OrderSource.KEY,
        confirmed: frozenset[str] = frozenset(),
    ) -> Order:
        self._note_change("stop_to_entry", confirmed, symbol=symbol, with_costs=with_costs)
        return self._order()

    async def move_stop(
        self,
        symbol: str,
        price: Number,
        *,
        source: OrderSource = OrderSource.SDK,
        confirmed: frozenset[str] = frozenset(),
    ) -> Order:
        self._note_change("move_stop", confirmed, symbol=symbol, price=price)
        return self._order()

    async def set_target(
        self,
        symbol: str,
        price: Number,
        *,
        source: OrderSource = OrderSource.SDK,
        confirmed: frozenset[str] = frozenset(),
    ) -> Order:
        self._note_change("set_target", confirmed, symbol=symbol, price=price)
        return self._order()

    async def trail_stop(
        self,
        symbol: str,
        *,
        amount: Number | None = None,
        percent: Number | None = None,
        source: OrderSource = OrderSource.SDK,
    ) -> Order:
        self._note("trail_stop", symbol=symbol, amount=amount, percent=percent)
        return self._order()

    async def ask_broker(self, client_order_id: str | None = None) -> None:
        self._note("ask_broker")

    async def lock(self) -> None:
        self._note("lock")
        self.locked = True

    async def unlock(self, last_four: str) -> None:
        self._note("unlock", last_four=last_four)
        if last_four != "4417":
            raise InvalidInput("Trading stays locked: these are not the account's last four characters.")
        self.locked = False

    def _order(self) -> Order:
        return self.desk.create(intent(f"made-{len(self.calls)}"))


class Draft:
    """Order entry with a draft of 1 % to 174; ``sends`` stands for the panel's own sending."""

    def __init__(self, send: Callable[[OrderSide, int], str]) -> None:
        self._send = send

    def request(self, side: OrderSide) -> QuickEntryRequest:
        return QuickEntryRequest("AAPL", side, stop_loss_price="174", risk_percent="1")

    def send(self, side: OrderSide, pressed_ns: int) -> str:
        return self._send(side, pressed_ns)


class World:
    """Everything that keys and the command line stand on, with one clock.

    AAPL is quoted 175.50 to 175.52, XOM 116.41 to 116.43. The world holds what ``hold`` puts into it.
    """

    def __init__(self, mode: TradingMode = TradingMode.PAPER, symbol: str = "AAPL") -> None:
        self.clock = FakeClock()
        self.desk = Desk()
        self.quotes: dict[str, Quote] = {"AAPL": quote(), "XOM": quote("XOM", "116.41", "116.43")}
        self.held: list[Position] = []
        self.instruments: dict[str, Instrument] = {"AAPL": Instrument("AAPL", atr=Decimal("2.50"))}
        self.wanted: list[str] = []
        self.watched: list[str] = []
        self.account: Account | None = None
        self.trading = RecordingTrading(self.desk)
        self.tasks = TaskSupervisor()
        self.focus = SymbolFocus(symbol)
        self.router = ActionRouter()
        broker = BrokerType.SIMULATOR if mode is TradingMode.PAPER else BrokerType.ALPACA
        name = "Simulator" if mode is TradingMode.PAPER else "Alpaca"
        self.arming = Arming(self.clock, mode, lambda: (name, "XX4417"))
        self.notices: list[Notice] = []
        self.looked: list[tuple[str, str]] = []
        self.facts = DeskFacts(
            clock=self.clock,
            mode=mode,
            broker=broker,
            broker_name=name,
            account_id=lambda: "XX4417",
            account=lambda: self.account,
            quote=self.quotes.get,
            positions=lambda: self.held,
            orders=self.desk.book,
            instrument=self.instruments.get,
            watched=lambda: self.watched,
            want=self.wanted.append,
            locked=lambda: self.trading.locked,
        )
        self.runner = CommandRunner(
            trading=self.trading,
            facts=self.facts,
            tasks=self.tasks,
            focus=self.focus,
            router=self.router,
            arming=self.arming,
            tell=self.notices.append,
            look=LookActions(
                set_bars=lambda bars: self.looked.append(("bars", bars)),
                watch=lambda name: self.looked.append(("watch", name)),
                help=lambda words: self.looked.append(("help", words)),
            ),
        )
        self.history: list[list[str]] = []
        self.line = CommandLine(self.runner, save_history=self.history.append)
        self.said: list[str] = []
        self.done: list[str] = []

    def with_keys(self) -> OrderActions:
        """Register the order keys; order entry sends its draft to the recording service."""
        keys = OrderActions(
            runner=self.runner,
            router=self.router,
            arming=self.arming,
            draft=Draft(self._send_draft),
            prefill=self.line.open_with,
        )
        keys.said.connect(self.said.append)
        keys.done.connect(self.done.append)
        self.router.refused.connect(self.said.append)
        return keys

    def _send_draft(self, side: OrderSide, pressed_ns: int) -> str:
        request = QuickEntryRequest("AAPL", side, stop_loss_price="174", risk_percent="1", pressed_ns=pressed_ns)
        plan = self.runner.entries.of_request(f"quick {side} {pressed_ns}", request)
        return "" if self.runner.run(plan, pressed_ns=pressed_ns) else "Nothing was sent."

    def hold(self, symbol: str, quantity: str, average: str, mark: str | None = None) -> Position:
        """Hold a position."""
        row = Position(symbol, Decimal(quantity), Decimal(average), None if mark is None else Decimal(mark))
        self.held.append(row)
        return row

    def protect(self, symbol: str, side: OrderSide, quantity: str, stop: str, key: str = "stop1") -> Order:
        """Have a stop working for a position."""
        return self.desk.working(
            intent(
                key,
                symbol=symbol,
                side=side,
                kind=OrderType.STOP,
                quantity=quantity,
                stop=stop,
                role=OrderRole.STOP,
            )
        )

    def work(self, symbol: str, side: OrderSide, quantity: str, limit: str, key: str) -> Order:
        """Have an entry limit working."""
        return self.desk.working(
            intent(key, symbol=symbol, side=side, kind=OrderType.LIMIT, quantity=quantity, limit=limit)
        )
