"""The state of Order entry: from an empty form to a done order, and every way it can go in between."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from PySide6.QtCore import QObject, QTimer, Signal

from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import OrderSide, OrderSource, OrderState, OrderType, TimeInForce, TradingMode
from legend_desktop.domain.errors import ConfirmationNeeded, LegendError, OrderDenied
from legend_desktop.domain.events import AccountChanged, KeyToWire, OrderChanged, TradingStateChanged
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.orders import Order
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.verdicts import Fix, Outcome, Verdict
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.live_trading import LiveTradingService, OrderPreview, QuickEntryRequest
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.services.unknown_resolver import Search
from legend_desktop.viewmodels import order_progress
from legend_desktop.viewmodels.order_form import FormError, OrderForm, PriceContext, request_from
from legend_desktop.viewmodels.symbol_focus import SymbolFocus

MetricsOf = Callable[[str], ExecutionMetrics | None]
FOOT_GUARD_MS = 600
CONFIRM_SECONDS = 3
PREVIEW_MS = 100


class EntryState(StrEnum):
    """What the panel shows."""

    EMPTY = "empty"
    VALID = "valid"
    CAPPED = "capped"
    REFUSED = "refused"
    SENDING = "sending"
    UNKNOWN = "unknown"
    WORKING = "working"
    DONE = "done"


_AFTER_PRESS = frozenset({EntryState.SENDING, EntryState.UNKNOWN, EntryState.WORKING, EntryState.DONE})


def not_measured(_client_order_id: str) -> ExecutionMetrics | None:
    """The answer where nothing measures orders."""
    return None


class OrderEntryViewModel(QObject):
    """The form, its live preview, and the order that came of it.

    ``changed`` says that anything shown may be different; ``state_changed`` carries the new ``EntryState``.
    """

    changed = Signal()
    state_changed = Signal(str)

    def __init__(
        self,
        trading: LiveTradingService,
        bus: EventBus,
        supervisor: TaskSupervisor,
        clock: Clock,
        focus: SymbolFocus,
        *,
        risk: str = "0.25",
        presets: tuple[str, ...] = ("0.10", "0.20", "0.50", "1.00"),
        metrics_of: MetricsOf = not_measured,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._trading = trading
        self._supervisor = supervisor
        self._clock = clock
        self._focus = focus
        self._metrics_of = metrics_of
        self.presets = presets
        self.form = OrderForm(symbol=focus.symbol, risk=risk)
        self.preview: OrderPreview | None = None
        self.form_error: FormError | None = None
        self.refusal: Verdict | None = None
        self.state = EntryState.EMPTY
        self.orders: tuple[Order, ...] = ()
        self.message = ""
        self.pressed_at: datetime | None = None
        self._pressed_ns = 0
        self._marks: dict[str, float] = {}
        self._sticky = False
        self._cancel_wanted = False
        self._guard_until_ns = 0
        self._confirm: tuple[frozenset[str], int] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PREVIEW_MS)
        self._timer.timeout.connect(self.refresh)
        context = trading.core.context
        self._ends = [
            context.quotes.subscribe(self._on_quote),
            bus.subscribe(AccountChanged, lambda _: self._soon()),
            bus.subscribe(TradingStateChanged, lambda _: self._soon()),
            bus.subscribe(OrderChanged, self._on_order),
            bus.subscribe(KeyToWire, self._on_wire),
        ]
        focus.changed.connect(self.set_symbol)
        if focus.symbol:
            self.set_symbol(focus.symbol)

    def dispose(self) -> None:
        """Stop listening."""
        self._timer.stop()
        for end in self._ends:
            end()

    # ---- facts ----------------------------------------------------------------------------------------------------

    @property
    def mode(self) -> TradingMode:
        """Paper or live."""
        return self._trading.core.context.mode

    @property
    def broker_name(self) -> str:
        """The broker as sentences name it."""
        return self._trading.core.context.broker_name

    @property
    def quote(self) -> Quote | None:
        """The newest quote of the symbol."""
        return self._trading.core.context.quotes.latest(self.form.symbol)

    @property
    def instrument(self) -> Instrument | None:
        """The instrument of the symbol, once it is known."""
        return self._trading.core.context.instruments.get(self.form.symbol)

    @property
    def quote_age(self) -> timedelta | None:
        """How old the quote is."""
        quote = self.quote
        return None if quote is None else quote.age(self._clock.now())

    @property
    def order(self) -> Order | None:
        """The entry that was sent last from here, as it stands."""
        return self.orders[0] if self.orders else None

    @property
    def search(self) -> Search | None:
        """How the search for an unknown order stands."""
        order = self.order
        return None if order is None else self._trading.core.resolver.searches.get(order.client_order_id)

    @property
    def busy(self) -> bool:
        """True while an order is between the press and its answer."""
        return self.state in {EntryState.SENDING, EntryState.UNKNOWN}

    @property
    def guarded(self) -> bool:
        """True for 600 ms after a change of state: presses on the foot of the panel do nothing then."""
        return self._clock.monotonic_ns() < self._guard_until_ns

    @property
    def can_send(self) -> bool:
        """True where a press would send."""
        return self.state in {EntryState.VALID, EntryState.CAPPED} and not self.guarded

    @property
    def awaiting_confirmation(self) -> bool:
        """True for three seconds after a first press that needs a second one."""
        return self._confirm is not None and self._clock.monotonic_ns() < self._confirm[1]

    @property
    def checks(self) -> tuple[Verdict, ...]:
        """Every verdict of the preview."""
        return self.preview.verdicts if self.preview is not None else ()

    @property
    def held_shares(self) -> Decimal | None:
        """Shares held on the side of the draft, which it would add to; ``None`` without any."""
        position = self._trading.core.context.positions.get(self.form.symbol)
        return position.shares if position is not None and position.side is self.form.side else None

    @property
    def risk_money(self) -> Decimal | None:
        """What the typed risk per cent is in money."""
        account = self._trading.core.context.account
        try:
            return account.equity * Decimal(self.form.risk.strip()) / 100 if account is not None else None
        except ArithmeticError:
            return None

    @property
    def sentence(self) -> str:
        """The draft, or the order that came of it, in words."""
        if self.order is not None:
            return order_progress.headline_of(self.order)
        return self.preview.sentence if self.preview is not None else ""

    @property
    def exits_sentence(self) -> str:
        """Planned exits and life of the order."""
        return order_progress.exits_sentence(self.order)

    @property
    def steps(self) -> list[order_progress.Step]:
        """The stamps of the order under way."""
        return order_progress.steps_of(
            self.pressed_at,
            self._marks,
            checks=len(self.checks),
            broker=self.broker_name,
            order=self.order,
            search=self.search,
        )

    @property
    def waited_ms(self) -> float | None:
        """Milliseconds since the press."""
        return None if self.pressed_at is None else (self._clock.monotonic_ns() - self._pressed_ns) / 1e6

    @property
    def fill_ms(self) -> float | None:
        """Milliseconds from the send to the last fill."""
        return order_progress.fill_milliseconds(self.order)

    @property
    def metrics(self) -> ExecutionMetrics | None:
        """What the order cost, once that is measured."""
        return order_progress.measured(self._metrics_of(self.order.client_order_id) if self.order else None)

    @property
    def frozen_risk(self) -> Decimal | None:
        """The risk that the filled entry really began with."""
        return order_progress.frozen_risk(self.order)

    @property
    def calm_sentence(self) -> str:
        """The quiet note under an order."""
        sending = self.state is EntryState.SENDING
        return order_progress.calm_sentence(self.orders, self.waited_ms, sending=sending, broker=self.broker_name)

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """Up to two ways to make a refused order pass."""
        return self.refusal.fixes[:2] if self.refusal is not None else ()

    @property
    def send_text(self) -> str:
        """The words on the send button."""
        verb = "Buy" if self.form.side is OrderSide.BUY else "Sell"
        symbol = self.form.symbol or "..."
        preview = self.preview
        size = f"{preview.quantity:,f} " if preview is not None and preview.quantity is not None else ""
        if self.mode is TradingMode.LIVE:
            price = f" at {self.form.price.strip()}" if self.form.price.strip() else ""
            return f"LIVE  {verb} {size}{symbol}{price}"
        return f"{verb} {size}{symbol}, paper"

    # ---- editing --------------------------------------------------------------------------------------------------

    def set_symbol(self, symbol: str) -> None:
        """Show another symbol; its instrument and quote are looked up."""
        symbol = symbol.strip().upper()
        if symbol != self.form.symbol:
            if self.busy:
                return
            self.form = replace(self.form, symbol=symbol, price="", trigger="", stop="", target="")
            self.message = ""
            self._sticky = False
            if self.state in _AFTER_PRESS:
                self.orders = ()
                self._set_state(EntryState.EMPTY)
        if symbol:
            self._focus.set_symbol(symbol)
            self._supervisor.start(self._look_up(symbol), f"look up {symbol}")
        self.refresh()

    def set_side(self, side: OrderSide) -> None:
        """Buy or sell."""
        self._edit(side=side)

    def set_order_type(self, order_type: OrderType) -> None:
        """Another kind of order; a limit starts at the near side."""
        self._edit(order_type=order_type)

    def set_text(self, field: str, text: str) -> None:
        """Type into a field: risk, price, trigger, stop, target, quantity or trail."""
        if getattr(self.form, field) != text:
            self._edit(**{field: text})

    def set_time_in_force(self, time_in_force: TimeInForce) -> None:
        """How long the order lives."""
        self._edit(time_in_force=time_in_force)

    def set_extended_hours(self, wanted: bool) -> None:
        """Whether the order may trade outside the regular session."""
        self._edit(extended_hours=wanted)

    def set_by_quantity(self, wanted: bool) -> None:
        """The full ticket counts shares, quick entry counts risk."""
        self._edit(by_quantity=wanted)

    def use_quote_side(self, side: str) -> None:
        """Use the bid, the ask or the mid as the price."""
        quote = self.quote
        if quote is None:
            return
        price = {"bid": quote.bid, "ask": quote.ask, "mid": quote.mid}[side]
        if price is None:
            return
        order_type = self.form.order_type
        if order_type is OrderType.MARKET:
            order_type = OrderType.LIMIT
        self._edit(price=f"{price:f}", order_type=order_type)

    def step_risk(self, steps: int) -> None:
        """Risk up or down by the presets."""
        try:
            now = Decimal(self.form.risk)
        except ArithmeticError:
            now = Decimal(0)
        values = sorted(Decimal(row) for row in self.presets)
        above = [row for row in values if row > now]
        below = [row for row in values if row < now]
        wanted = (above[0] if above else None) if steps > 0 else (below[-1] if below else None)
        if wanted is not None:
            self._edit(risk=f"{wanted:f}")

    def apply_fix(self, index: int) -> None:
        """Use the first or second suggested way out."""
        if index < len(self.fixes):
            fix = self.fixes[index]
            if fix.field == "side":
                self.set_side(OrderSide(fix.value))
            elif fix.field == "type":
                self.set_order_type(OrderType(fix.value))
            else:
                name = {"limit": "price"}.get(fix.field, fix.field)
                self.set_text(name, fix.value)

    def clear(self) -> None:
        """Empty the form, or leave a done order for a new one."""
        if self.busy:
            return
        self.orders = ()
        self.message = ""
        self._sticky = False
        self._marks = {}
        self.form = replace(self.form, price="", trigger="", stop="", target="", quantity="", trail="")
        self._set_state(EntryState.EMPTY)
        self.refresh()

    def _edit(self, **changes: object) -> None:
        if self.busy:
            return
        self.form = replace(self.form, **changes)  # type: ignore[arg-type]
        self._confirm = None
        self._sticky = False
        if self.state in {EntryState.DONE, EntryState.WORKING}:
            self.orders = ()
            self._set_state(EntryState.EMPTY)
        self.refresh()

    # ---- preview --------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Work the preview out anew."""
        if self._sticky or self.state in _AFTER_PRESS:
            self.changed.emit()
            return
        self.preview, self.form_error, self.refusal = None, None, None
        state = EntryState.EMPTY
        if self._is_begun():
            try:
                request = request_from(self.form, self.price_facts())
            except FormError as error:
                self.form_error = error
                self.refusal = Verdict("form", "Form", Outcome.DENY, str(error))
                state = EntryState.REFUSED
            else:
                self.preview = self._trading.preview(request)
                state = self._state_of(self.preview)
        self._set_state(state)
        self.changed.emit()

    def price_facts(self) -> PriceContext:
        """What typed distances are measured from."""
        quote, instrument = self.quote, self.instrument
        entry = quote.far_side(self.form.side) if quote is not None else None
        reference = entry or Decimal(100)
        tick = instrument.tick_at(reference) if instrument is not None else Decimal("0.01")
        return PriceContext(
            self.form.side,
            tick,
            entry,
            quote.bid if quote else None,
            quote.ask if quote else None,
            instrument.atr if instrument else None,
        )

    def _is_begun(self) -> bool:
        form = self.form
        return bool(form.symbol) and bool(form.quantity.strip() if form.by_quantity else form.stop.strip())

    def _state_of(self, preview: OrderPreview) -> EntryState:
        refusals = [row for row in preview.verdicts if row.outcome is Outcome.DENY]
        if refusals:
            self.refusal = refusals[0]
            return EntryState.REFUSED
        asking = [row for row in preview.verdicts if row.outcome is Outcome.CONFIRM]
        self.refusal = asking[0] if asking else None
        capped = preview.sizing is not None and preview.sizing.is_capped
        return EntryState.CAPPED if capped else EntryState.VALID

    # ---- sending --------------------------------------------------------------------------------------------------

    def send(self, pressed_ns: int | None = None, *, source: OrderSource = OrderSource.TICKET) -> bool:
        """Send what the preview shows. False where nothing was sent: busy, guarded, refused or asking again."""
        self._sticky = False
        self.refresh()
        if not self.can_send:
            return False
        confirmed: frozenset[str] = frozenset()
        asking = frozenset(row.check for row in self.checks if row.outcome is Outcome.CONFIRM)
        if asking:
            if not self.awaiting_confirmation:
                self._ask_again(asking)
                return False
            confirmed = asking
        self._confirm = None
        self._pressed_ns = pressed_ns if pressed_ns is not None else self._clock.monotonic_ns()
        self.pressed_at = self._clock.now()
        request = request_from(self.form, self.price_facts(), source=source, pressed_ns=self._pressed_ns)
        self._marks = {}
        self.orders = ()
        self._mark(order_progress.CHECKED)
        self._set_state(EntryState.SENDING)
        self.changed.emit()
        self._supervisor.start(self._send(request, confirmed), f"quick entry {request.symbol}")
        return True

    def cancel_when_accepted(self) -> None:
        """Cancel the order that was sent from here, now or as soon as the broker has it."""
        order = self.order
        if order is None:
            self._cancel_wanted = self.state is EntryState.SENDING
        elif order.is_open:
            self._supervisor.start(self._cancel(order.client_order_id), "cancel from order entry")

    def decide(self, *, exists: bool) -> None:
        """Write down what a person found out about the unknown order."""
        order = self.order
        if order is not None and self.state is EntryState.UNKNOWN:
            note = "It is at the broker." if exists else "It is not at the broker."
            work = self._trading.decide_unknown(order.client_order_id, exists=exists, note=note)
            self._supervisor.start(self._quietly(work), "decide unknown")

    async def _cancel(self, client_order_id: str) -> None:
        await self._quietly(self._trading.cancel_order(client_order_id))

    async def _quietly(self, work: Awaitable[object]) -> None:
        """Await ``work``; a refusal is shown as the message of the panel."""
        try:
            await work
        except LegendError as error:
            self.message = error.sentence
            self.changed.emit()

    def quick(self, side: OrderSide, pressed_ns: int) -> bool:
        """A quick-entry key: this side, then send, in one press."""
        if self.busy or self.guarded:
            return False
        if self.form.side is not side:
            self.set_side(side)
            self._guard_until_ns = 0
        return self.send(pressed_ns, source=OrderSource.KEY)

    async def _send(self, request: QuickEntryRequest, confirmed: frozenset[str]) -> None:
        try:
            result = await self._trading.quick_entry(request, confirmed)
        except ConfirmationNeeded as error:
            self._refuse(error.verdicts, error.sentence)
            self._ask_again(error.checks)
        except OrderDenied as error:
            self._refuse(error.verdicts, error.sentence)
        except LegendError as error:
            self._refuse((), error.sentence)
        else:
            self._mark(order_progress.ANSWERED)
            self.orders = (result.order, *result.exits)
            self._follow(self._latest())
            if self._cancel_wanted:
                self._cancel_wanted = False
                await self._cancel(result.order.client_order_id)

    def _mark(self, name: str) -> None:
        self._marks.setdefault(name, (self._clock.monotonic_ns() - self._pressed_ns) / 1e6)

    def _ask_again(self, checks: frozenset[str]) -> None:
        self._confirm = (checks, self._clock.monotonic_ns() + CONFIRM_SECONDS * 1_000_000_000)
        self.message = "Press Ctrl+Enter once more within 3 s if you want it all the same."
        self.changed.emit()

    def _refuse(self, verdicts: tuple[Verdict, ...], sentence: str) -> None:
        self._sticky = True
        denied = [row for row in verdicts if row.outcome is not Outcome.PASS and row.sentence]
        self.refusal = denied[0] if denied else Verdict("refused", "Refused", Outcome.DENY, sentence)
        self._set_state(EntryState.REFUSED)
        self.changed.emit()

    def _follow(self, order: Order) -> None:
        """Show what became of the order."""
        states = {
            OrderState.UNKNOWN: EntryState.UNKNOWN,
            OrderState.FILLED: EntryState.DONE,
            OrderState.ACCEPTED: EntryState.WORKING,
            OrderState.WORKING: EntryState.WORKING,
            OrderState.PARTIAL: EntryState.WORKING,
        }
        if order.state in {OrderState.REJECTED, OrderState.DENIED, OrderState.CANCELED, OrderState.EXPIRED}:
            if order.filled_quantity > 0:
                self._set_state(EntryState.DONE)
            else:
                self.refusal = Verdict("refused", "Refused", Outcome.DENY, order.reason or "The order has ended.")
                self.orders = ()
                self._sticky = True
                self._set_state(EntryState.REFUSED)
        elif order.state in states:
            self._set_state(states[order.state])
        self.changed.emit()

    def _latest(self) -> Order:
        book = self._trading.core.context.book
        self.orders = tuple(book.get(row.client_order_id) or row for row in self.orders)
        return self.orders[0]

    # ---- events ---------------------------------------------------------------------------------------------------

    def _on_quote(self, quote: Quote) -> None:
        if quote.symbol == self.form.symbol:
            self._soon()

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _on_wire(self, event: KeyToWire) -> None:
        if self.state is EntryState.SENDING:
            self._marks.setdefault(order_progress.SENT, event.milliseconds)
            self.changed.emit()

    def _on_order(self, event: OrderChanged) -> None:
        if not self.orders:
            self._adopt(event.order)
            return
        if event.order.client_order_id in {row.client_order_id for row in self.orders}:
            self._follow(self._latest())

    def _adopt(self, order: Order) -> None:
        """Follow the entry that this press made, from its first line on disk on."""
        if self.state is not EntryState.SENDING or order.intent.pressed_ns != self._pressed_ns:
            return
        self._mark(order_progress.STORED)
        self.orders = (order,)
        self.changed.emit()

    async def _look_up(self, symbol: str) -> None:
        try:
            await self._trading.core.know_symbol(symbol)
        except LegendError as error:
            if symbol == self.form.symbol:
                self.refusal = Verdict("symbol", "Symbol", Outcome.DENY, error.sentence)
                self.message = error.sentence
                self._set_state(EntryState.REFUSED)
                self.changed.emit()
            return
        if symbol == self.form.symbol:
            self.refresh()

    def _set_state(self, state: EntryState) -> None:
        if state is self.state:
            return
        # typing moves between these without a pause; only what a press led to is guarded
        typed = {EntryState.EMPTY, EntryState.VALID, EntryState.CAPPED, EntryState.REFUSED}
        if not (state in typed and self.state in typed):
            self._guard_until_ns = self._clock.monotonic_ns() + FOOT_GUARD_MS * 1_000_000
        self.state = state
        self.state_changed.emit(state.value)
