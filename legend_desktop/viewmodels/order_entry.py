"""Order entry: the form, its live preview, and the second press; what follows the press is ``order_sending``'s."""

from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import QObject, QTimer, Signal

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import ConnectionState, OrderSide, OrderSource, OrderType, TradingMode
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import (
    AccountChanged,
    ConnectionChanged,
    OrderMeasured,
    PositionsChanged,
    TradingStateChanged,
)
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.verdicts import Fix, Outcome, Verdict
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.execution_analytics import ExecutionMetrics
from legend_desktop.services.live_trading import LiveTradingService, OrderPreview
from legend_desktop.services.own_costs import OwnCosts
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.viewmodels.entry_fields import EntryFields
from legend_desktop.viewmodels.entry_result import EntryResult, MetricsOf
from legend_desktop.viewmodels.entry_state import EntryState, FootGuard
from legend_desktop.viewmodels.entry_words import again_sentence, send_words, unknown_symbol, with_good_stop
from legend_desktop.viewmodels.order_form import (
    FormError,
    OrderForm,
    request_from,
    with_fix,
)
from legend_desktop.viewmodels.order_sending import OrderSending, Refusal
from legend_desktop.viewmodels.second_press import WINDOW_NS, SecondPress
from legend_desktop.viewmodels.symbol_focus import SymbolFocus

__all__ = ["EntryState", "OrderEntryViewModel", "not_measured"]

PREVIEW_MS = 100
SHOW_SENDING_MS = 30


def not_measured(_client_order_id: str) -> ExecutionMetrics | None:
    """The answer where nothing measures orders."""
    return None


class OrderEntryViewModel(EntryFields):
    """The form with its preview, over the order that came of it (``sending``, and in words ``result``).

    ``changed`` says that anything shown may be different, ``state_changed`` carries the new ``EntryState``,
    ``symbol_wanted`` asks for the cursor in the symbol field.
    """

    changed = Signal()
    state_changed = Signal(str)
    symbol_wanted = Signal()

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
        own_costs: OwnCosts | None = None,
        parent: QObject | None = None,
    ) -> None:
        form = OrderForm(symbol=focus.symbol, risk=risk)
        super().__init__(trading.core.context, clock, form, presets, parent)
        self._trading = trading
        self._supervisor = supervisor
        self._focus = focus
        self._guard = FootGuard(clock)
        self._second = SecondPress()
        self._asked_until_ns = -1
        self._typed = EntryState.EMPTY
        self._refused: Refusal | None = None
        self._symbol_trouble: Verdict | None = None
        self._good_stop: Decimal | None = None
        self.preview: OrderPreview | None = None
        self.form_error: FormError | None = None
        self.refusal: Verdict | None = None
        self.state = EntryState.EMPTY
        self._told = EntryState.EMPTY
        self._quiet = False
        self.message = ""
        self.sending = OrderSending(trading, bus, supervisor, clock, self)
        self.result = EntryResult(self.sending, self.context, clock, metrics_of, own_costs)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PREVIEW_MS)
        self._timer.timeout.connect(self.refresh)
        self._show_sending = QTimer(self)
        self._show_sending.setSingleShot(True)
        self._show_sending.setInterval(SHOW_SENDING_MS)
        self._show_sending.timeout.connect(self.refresh)
        self._listen(bus)
        if focus.symbol:
            self.sending.resume(focus.symbol)
            self._begin_look_up(focus.symbol)
        self.refresh()

    def _listen(self, bus: EventBus) -> None:
        self.sending.changed.connect(self.refresh)
        self.sending.refused.connect(self._on_refused)
        self.sending.ended.connect(self._on_message)
        self.sending.trouble.connect(self._on_message)
        self._focus.changed.connect(self.set_symbol)
        self._ends: list[Callable[[], None]] = [
            self.context.quotes.subscribe(self._on_quote),
            bus.subscribe(AccountChanged, lambda _: self._soon()),
            bus.subscribe(TradingStateChanged, lambda _: self._soon()),
            bus.subscribe(PositionsChanged, lambda _: self._soon()),
            bus.subscribe(OrderMeasured, lambda _: self._soon()),
            bus.subscribe(ConnectionChanged, self._on_connection),
        ]

    def dispose(self) -> None:
        """Stop listening."""
        self._timer.stop()
        self._show_sending.stop()
        self.sending.dispose()
        for end in self._ends:
            end()

    # ---- facts ----------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """True while an order is between the press and its answer."""
        return self.state.is_busy

    @property
    def guarded(self) -> bool:
        """True for 600 ms after a change of state: presses on the foot of the panel do nothing then."""
        return self._guard.active

    @property
    def can_send(self) -> bool:
        """True where a press would send or ask."""
        return self.state in {EntryState.VALID, EntryState.CAPPED} and not self.guarded

    @property
    def awaiting_confirmation(self) -> bool:
        """True for three seconds after a first press that needs a second one."""
        return self._clock.monotonic_ns() < self._asked_until_ns

    @property
    def checks(self) -> tuple[Verdict, ...]:
        """Every verdict on the draft, or of the refusal that stands."""
        if self.preview is not None:
            return self.preview.verdicts
        return self._refused.verdicts if self._refused is not None else ()

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """Up to two ways to make a refused order pass."""
        return self.refusal.fixes[:2] if self.refusal is not None else ()

    @property
    def send_text(self) -> str:
        """The words on the send button."""
        return send_words(
            self.form, self.preview, self.position, live=self.mode is TradingMode.LIVE, again=self.awaiting_confirmation
        )

    # ---- another order --------------------------------------------------------------------------------------------

    def set_symbol(self, symbol: str) -> None:
        """Show another symbol; its instrument and quote are looked up. Waits while an order is being sent."""
        symbol = symbol.strip().upper()
        if not symbol or symbol == self.form.symbol or not self.sending.leave():
            return
        self._load(symbol)

    def _load(self, symbol: str) -> None:
        self.form = self.form.emptied(symbol)
        self._forget_words()
        self._symbol_trouble = self._good_stop = None
        self.sending.resume(symbol)
        self._begin_look_up(symbol)
        self._focus.set_symbol(symbol)
        self.refresh()

    def apply_fix(self, index: int) -> None:
        """Use the first or second suggested way out."""
        if index >= len(self.fixes) or self.state.is_after_press:
            return
        fix = self.fixes[index]
        if fix.field == "symbol":
            self.set_symbol(fix.value)
        elif fix.field == "type":
            self.set_order_type(OrderType(fix.value))
        else:
            self.take(with_fix(self.form, fix))

    def escape(self) -> None:
        """One step back: out of the question what a look at the broker showed, else to an empty form."""
        if self.sending.deciding:
            self.set_deciding(False)
        elif not self.guarded:
            self.clear()

    def clear(self) -> None:
        """Empty the form, or leave a done or working order for a new one; an unknown one is not left like this."""
        if self.busy:
            return
        self.sending.leave()
        self._load(self._focus.symbol or self.form.symbol)

    def take(self, form: OrderForm) -> None:
        """Use ``form`` from now on; while an order is awaited nothing changes."""
        if self.busy:
            return
        self.form = form
        self._forget_words()
        if self.sending.state is not None:
            self.sending.leave()
        self.refresh()

    def _forget_words(self) -> None:
        """What was said about the form before it was edited no longer holds."""
        self._refused = None
        self.message = ""
        self._second.forget()
        self._asked_until_ns = -1

    # ---- preview --------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Work the preview out anew and show what holds."""
        self._take_stock()
        if self._quiet:
            return
        self._show_sending.stop()
        if self.state is not self._told:
            self._told = self.state
            self.state_changed.emit(self.state.value)
        self.changed.emit()

    def _take_stock(self) -> None:
        """Work the preview and the state out; nobody is told yet."""
        if self.sending.state is None:
            self._work_out()
        state = self.sending.state or self._typed
        before, self.state = self.state, state
        # typing moves between the typed states without a pause; only what a press led to is guarded
        if state is not before and (state.is_after_press or before.is_after_press):
            self._guard.arm()

    def _work_out(self) -> None:
        self.preview, self.form_error, self.refusal = None, None, None
        if self._asked_until_ns >= 0 and not self.awaiting_confirmation:
            self.message, self._asked_until_ns = "", -1
        if self.instrument is not None:
            self._symbol_trouble = None
        standing = self._symbol_trouble
        if self._refused is not None:
            standing = _verdict_of(self._refused)
        if standing is not None:
            self.refusal, self._typed = standing, EntryState.REFUSED
            return
        if not self.form.is_begun:
            self._typed = EntryState.EMPTY
            return
        try:
            request = request_from(self.form, self.price_facts())
        except FormError as error:
            self.form_error = error
            self.refusal = Verdict("form", "Form", Outcome.DENY, str(error))
            self._typed = EntryState.REFUSED
            return
        self.preview = self._trading.preview(request)
        self._typed = self._state_of(self.preview)

    def _state_of(self, preview: OrderPreview) -> EntryState:
        refusals = preview.refusals
        self.refusal = refusals[0] if refusals else None
        if not preview.allowed:
            if self.refusal is not None:
                self.refusal = with_good_stop(self.refusal, self._good_stop, self.form.side, self.price_facts().entry)
            return EntryState.REFUSED
        self._good_stop = preview.stop_loss_price or self._good_stop
        return EntryState.CAPPED if preview.sizing is not None and preview.sizing.is_capped else EntryState.VALID

    # ---- sending --------------------------------------------------------------------------------------------------

    def send(self, pressed_ns: int | None = None, *, source: OrderSource = OrderSource.TICKET) -> bool:
        """Send what the preview shows. False where nothing was sent: busy, guarded, refused or asking again.

        The panel is told of the sending once the bytes are out, or after a moment: the order does not wait for paint.
        """
        now = self._clock.monotonic_ns()
        if not self.can_send or self.preview is None:
            # what stood in the way may be over; what comes into the way is found by the gate of the send itself
            self._take_stock()
        if not self.can_send or self.preview is None:
            self.refresh()
            return False
        asking = frozenset(row.check for row in self.checks if row.outcome is Outcome.CONFIRM)
        confirmed = self._second.answer(self.form, now)
        if confirmed is None:
            self.refresh()
            return False
        if not asking <= confirmed:
            self._ask_again(asking)
            return False
        pressed = pressed_ns if pressed_ns is not None else now
        request = request_from(self.form, self.price_facts(), source=source, pressed_ns=pressed)
        self._forget_words()
        self.sending.start(request, self.preview, confirmed)
        self._take_stock()
        self._show_sending.start()
        return True

    def quick(self, side: OrderSide, pressed_ns: int) -> bool:
        """A quick-entry key: this side, then send, in one press. It begins anew after an order that is done."""
        if self.busy or self.guarded:
            return False
        self._quiet = True  # what comes of this is shown with the sending, not before it
        try:
            if self.sending.state is not None:
                self.sending.leave()
                self._guard.open()
            if self.form.side is not side:
                self.set_side(side)
        finally:
            self._quiet = False
        return self.send(pressed_ns, source=OrderSource.KEY)

    def cancel_when_accepted(self) -> None:
        """Cancel the order that was sent from here, now or as soon as the broker has it."""
        self.sending.cancel()

    def set_deciding(self, deciding: bool) -> None:
        """Ask what a look at the broker's own page showed, or go on searching."""
        if deciding is not self.sending.deciding:
            self._guard.arm()
            self.sending.set_deciding(deciding)

    def decide(self, *, exists: bool) -> None:
        """Write down what a person found out about the unknown order."""
        self.sending.decide(exists=exists)

    def _ask_again(self, checks: frozenset[str]) -> None:
        now = self._clock.monotonic_ns()
        self._second.ask(self.form, checks, now)
        self._asked_until_ns = now + WINDOW_NS
        self.message = again_sentence(self.refusal)
        self.refresh()

    def _on_refused(self, refusal: Refusal) -> None:
        if refusal.asks:
            self.refresh()
            self._ask_again(frozenset(row.check for row in refusal.verdicts if row.outcome is Outcome.CONFIRM))
            return
        self._refused = refusal
        self.refresh()

    # ---- events ---------------------------------------------------------------------------------------------------

    def _on_message(self, sentence: str) -> None:
        self.message = sentence
        self.refresh()

    def _on_quote(self, quote: Quote) -> None:
        if quote.symbol == self.form.symbol:
            self._soon()

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _on_connection(self, event: ConnectionChanged) -> None:
        if event.state is ConnectionState.CONNECTED and self.instrument is None and self.form.symbol:
            self._begin_look_up(self.form.symbol)

    def _begin_look_up(self, symbol: str) -> None:
        self._supervisor.start(self._look_up(symbol), f"look up {symbol}")

    async def _look_up(self, symbol: str) -> None:
        try:
            await self._trading.core.know_symbol(symbol)
        except LegendError as error:
            if symbol == self.form.symbol:
                similar = self._trading.core.planner.facts.similar_symbols(symbol)
                self._symbol_trouble = unknown_symbol(symbol, error, self.broker_name, similar)
        if symbol == self.form.symbol:
            self.refresh()


def _verdict_of(refusal: Refusal) -> Verdict:
    """The verdict that a refusal is about: the first check that did not pass, else the broker's own word."""
    denied = [row for row in refusal.verdicts if row.outcome is Outcome.DENY and row.sentence]
    return denied[0] if denied else Verdict("refused", "Refused", Outcome.DENY, refusal.sentence)
