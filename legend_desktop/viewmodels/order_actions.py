"""The order keys: each acts on the symbol in focus, shows in words what it would do, and sends what it said.

A key is a command without typing: both make the same plan and go the same way. A check that asks is answered by the
same key again within three seconds.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.enums import OrderSide, OrderSource
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.formatting import plain
from legend_desktop.services.previews import QuickEntryRequest
from legend_desktop.viewmodels.action_router import ActionRouter, Press
from legend_desktop.viewmodels.actions import action_of
from legend_desktop.viewmodels.arming import Arming
from legend_desktop.viewmodels.command_ast import (
    CancelCommand,
    CancelWhat,
    CloseCommand,
    Command,
    Fixed,
    FlattenCommand,
    StopCommand,
    StopPlace,
    Trail,
    TrailUnit,
)
from legend_desktop.viewmodels.command_runner import REHEARSED, CommandRunner
from legend_desktop.viewmodels.plans import Plan
from legend_desktop.viewmodels.previews import ActionPreview

_SEND_KEY = "Ctrl+Enter"
HALF = Decimal(50)
QUARTER = Decimal(25)
_QUICK = {
    "order.quick_buy": OrderSide.BUY,
    "order.quick_sell": OrderSide.SELL,
    "order.quick_short": OrderSide.SELL,
}


class QuickDraft(Protocol):
    """What order entry holds ready for the quick keys (``quick_draft.EntryDraft``)."""

    def request(self, side: OrderSide) -> QuickEntryRequest:
        """The entry as drafted, with ``side``; raises ``InvalidInput`` with what is missing."""
        ...

    def send(self, side: OrderSide, pressed_ns: int) -> str:
        """Send the draft in order entry, which shows how it goes; answers with a sentence where it did not begin."""
        ...


class OrderActions(QObject):
    """Registers the order keys, the stop verbs and what they would do."""

    said = Signal(str)
    """Why a key did not send, or what it waits for: for a toast and for screen readers."""
    done = Signal(str)
    """The result of a key that sends no order. What becomes of orders is told by the orders themselves."""

    def __init__(
        self,
        *,
        runner: CommandRunner,
        router: ActionRouter,
        arming: Arming,
        draft: QuickDraft,
        prefill: Callable[[str], object],
        trail: Callable[[], Trail] = lambda: Trail(Decimal(1), TrailUnit.ATR),
        parent: QObject | None = None,
    ) -> None:
        """``prefill`` opens the command line with a text. ``trail`` is the distance of the trailing key."""
        super().__init__(parent)
        self._runner = runner
        self._router = router
        self._arming = arming
        self._draft = draft
        self._prefill = prefill
        self._trail = trail
        self._pressed: dict[str, str] = {}
        self._sends: dict[str, bool] = {}
        runner.finished.connect(self._finished)
        runner.failed.connect(self._failed)
        runner.asked.connect(self._asked)
        self._register()

    def _register(self) -> None:
        plans: dict[str, Callable[[], Plan]] = {
            "order.add_half_risk": self._add_half_risk,
            "order.close_half": lambda: self._command(CloseCommand(self._symbol(), percent=HALF)),
            "order.close_quarter": lambda: self._command(CloseCommand(self._symbol(), percent=QUARTER)),
            "order.close_position": lambda: self._command(CloseCommand(self._symbol())),
            "order.reverse_position": lambda: self._runner.exits.reverse(self._symbol()),
            "order.reprice_to_near_side": lambda: self._runner.orders.reprice(self._symbol(), near=True),
            "order.reprice_to_far_side": lambda: self._runner.orders.reprice(self._symbol(), near=False),
            "order.cancel_latest": lambda: self._command(CancelCommand(CancelWhat.LAST)),
            "order.cancel_symbol": lambda: self._command(CancelCommand(symbol=self._symbol())),
            "order.stop_to_entry": lambda: self._command(StopCommand(self._symbol(), StopPlace.ENTRY)),
            "order.stop_to_entry_plus_costs": lambda: self._command(StopCommand(self._symbol(), StopPlace.COSTS)),
            "order.stop_to_trailing": lambda: self._command(StopCommand(self._symbol(), self._trail())),
            "order.stop_one_tick_up": lambda: self._stop_by_ticks(1),
            "order.stop_one_tick_down": lambda: self._stop_by_ticks(-1),
            "kill.cancel_all": lambda: self._command(CancelCommand(CancelWhat.ALL)),
            "kill.flatten_all": lambda: self._command(FlattenCommand()),
        }
        for action_id, plan in plans.items():
            self._router.register_press(
                action_id,
                lambda press, make=plan: self._send(press, make()),  # type: ignore[misc]
                describe=lambda make=plan: make().preview,  # type: ignore[misc]
            )
        for action_id in _QUICK:
            self._router.register_press(
                action_id,
                self._quick_entry,
                describe=lambda name=action_id: self._quick(name).preview,  # type: ignore[misc]
            )
        self._router.register("order.repair_stop", self._repair)
        self._router.register_press("order.ask_broker", lambda press: self._send(press, self._runner.ask_broker()))
        self._router.register_press(
            "kill.lock",
            lambda press: self._send(press, self._runner.lock()),
            describe=lambda: self._runner.lock().preview,
        )
        self._router.register("keys.arm", self._arming.toggle)
        self._router.register("keys.rehearse", self._router.rehearsal.toggle)

    # --- plans ---------------------------------------------------------------------------------------------------

    def _symbol(self) -> str:
        symbol = self._runner.focus.symbol
        if not symbol:
            raise InvalidInput("No symbol is in focus.", advice="Choose one with Ctrl+L or in the watch list.")
        return symbol

    def _command(self, command: Command) -> Plan:
        return self._runner.plan(command, OrderSource.KEY)

    def _quick(self, action_id: str, *, half_risk: bool = False, side: OrderSide | None = None) -> Plan:
        try:
            request = self._draft.request(side or _QUICK[action_id])
        except InvalidInput:
            raise
        except ValueError as error:
            raise InvalidInput(str(error)) from error
        if action_id == "order.quick_short":
            self._must_be_short(request.symbol)
        if half_risk:
            request = _with_half_risk(request)
        return self._runner.entries.of_request(action_id, replace(request, source=OrderSource.KEY))

    def _must_be_short(self, symbol: str) -> None:
        held = self._runner.facts.position(symbol.upper())
        if held is not None and held.is_long:
            raise InvalidInput(f"You hold {symbol} long, so a short sale would close it first.", advice="Close it.")

    def _add_half_risk(self) -> Plan:
        symbol = self._symbol()
        position = self._runner.facts.position(symbol)
        if position is None:
            raise InvalidInput(f"You hold no {symbol} to add to.", advice="Use the quick entry for a new position.")
        return self._quick("order.add_half_risk", half_risk=True, side=position.side)

    def _stop_by_ticks(self, ticks: int) -> Plan:
        symbol = self._symbol()
        facts = self._runner.facts
        position = facts.position(symbol)
        stop = facts.working_stop(position) if position is not None else None
        price = stop.stop_trigger if stop is not None else None
        if price is None:
            raise InvalidInput(f"{symbol} has no working stop to move.", advice="Place one with Ctrl+Shift+P.")
        step = facts.instrument_of(symbol).tick_at(price)
        return self._command(StopCommand(symbol, Fixed(price + ticks * step)))

    def _repair(self) -> None:
        """The symbol in focus, or where it is not held the first position that has no stop."""
        facts = self._runner.facts
        symbol = self._runner.focus.symbol
        position = facts.position(symbol) if symbol else None
        if position is None:
            position = next((row for row in facts.positions() if facts.working_stop(row) is None), None)
        if position is None:
            raise InvalidInput(f"You hold no {symbol or self._symbol()}, so no stop is missing.")
        planned = facts.planned_stop(position)
        self._prefill(f"stop {position.symbol} {plain(planned) if planned is not None else ''}")

    # --- sending -------------------------------------------------------------------------------------------------

    def _quick_entry(self, press: Press) -> None:
        """A quick key goes through order entry, so that its panel shows the sending and the result."""
        side = _QUICK[press.action_id]
        if press.action_id == "order.quick_short":
            self._must_be_short(self._symbol())
        pressed = press.pressed_ns if press.pressed_ns is not None else self._runner.facts.clock.monotonic_ns()
        sentence = self._draft.send(side, pressed)
        if sentence:
            self.said.emit(sentence)
        else:
            self._arming.touch()

    def _send(self, press: Press, plan: Plan) -> None:
        if not plan.allowed:
            self.said.emit(plan.refusal)
            return
        self._pressed[plan.key] = press.action_id
        self._sends[plan.key] = plan.sends
        self._runner.run(plan, pressed_ns=press.pressed_ns)

    def describe(self, action_id: str) -> ActionPreview:
        """What an action would do now."""
        return self._router.describe(action_id)

    def _finished(self, key: str, sentence: str) -> None:
        if self._pressed.pop(key, "") and not self._sends.pop(key):
            self.done.emit(sentence)

    def _failed(self, key: str, sentence: str) -> None:
        """A refusal on the way was told by who refused it; only rehearsal is said here."""
        if self._pressed.pop(key, "") and sentence == REHEARSED:
            self.said.emit(sentence)

    def _asked(self, key: str, sentence: str) -> None:
        action_id = self._pressed.get(key, "")
        if not action_id:
            return
        if _SEND_KEY in sentence:
            self.said.emit(sentence.replace(_SEND_KEY, "the same key"))
        else:
            self.said.emit(f"{sentence} {action_of(action_id).title}: press the same key again within 3 s to send.")


def _with_half_risk(request: QuickEntryRequest) -> QuickEntryRequest:
    for name in ("quantity", "cash_risk", "order_value", "risk_percent"):
        value = request.decimal(name)
        if value is None:
            continue
        half = value / 2
        if name == "quantity":
            half = max(Decimal(1), half.to_integral_value(rounding="ROUND_FLOOR"))
        return replace(request, **{name: half})  # type: ignore[arg-type]
    raise InvalidInput("The quick entry has no size to halve.", advice="Type a risk per cent in order entry.")
