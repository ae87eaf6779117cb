"""The keys of Order entry: each action by its id, doing what the field or button in the panel does."""

from collections.abc import Callable

from legend_desktop.domain.enums import OrderSide, OrderType, TradingMode
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.formatting import format_money, format_percent
from legend_desktop.viewmodels.action_router import ActionRouter, Press
from legend_desktop.viewmodels.order_entry import OrderEntryViewModel
from legend_desktop.viewmodels.previews import ActionPreview, Figure

_TYPES = {
    "ticket.type_market": OrderType.MARKET,
    "ticket.type_limit": OrderType.LIMIT,
    "ticket.type_stop": OrderType.STOP,
    "ticket.type_stop_limit": OrderType.STOP_LIMIT,
    "ticket.type_trailing": OrderType.TRAILING_STOP,
}


def register_ticket_actions(router: ActionRouter, entry: OrderEntryViewModel) -> None:
    """Register every ``ticket.`` action and ``focus.symbol``. Raises ``ValueError`` where one is registered already."""

    def editing() -> bool:
        return not entry.state.is_after_press

    def ticket() -> bool:
        return editing() and entry.form.by_quantity

    def edits(action_id: str, act: Callable[[], object], enabled: Callable[[], bool] = editing) -> None:
        router.register(action_id, act, enabled)

    router.register_press("ticket.send", lambda press: _send(entry, press), describe=lambda: _describe(entry))
    edits("ticket.side_buy", lambda: entry.set_side(OrderSide.BUY))
    edits("ticket.side_sell", lambda: entry.set_side(OrderSide.SELL))
    for action_id, kind in _TYPES.items():
        edits(action_id, lambda kind=kind: entry.set_order_type(kind))  # type: ignore[misc]
    edits("ticket.toggle_bracket", lambda: entry.set_with_exits(not entry.form.with_exits), ticket)
    edits("ticket.next_time_in_force", entry.next_time_in_force, ticket)
    edits("ticket.risk_up", lambda: entry.step_risk(1))
    edits("ticket.risk_down", lambda: entry.step_risk(-1))
    for side in ("bid", "ask", "mid"):
        edits(f"ticket.price_{side}", lambda side=side: entry.use_quote_side(side))  # type: ignore[misc]
    edits("ticket.apply_fix_1", lambda: entry.apply_fix(0), lambda: len(entry.fixes) > 0)
    edits("ticket.apply_fix_2", lambda: entry.apply_fix(1), lambda: len(entry.fixes) > 1)
    router.register("ticket.clear", entry.escape)
    router.register("focus.symbol", lambda: _focus_symbol(router, entry))


def _send(entry: OrderEntryViewModel, press: Press) -> None:
    """Send the draft. Where an order is shown already a press does nothing, so that two presses send once."""
    if entry.state.is_after_press or entry.guarded or entry.send(press.pressed_ns) or entry.awaiting_confirmation:
        return
    if entry.refusal is not None:
        raise InvalidInput(entry.refusal.sentence)
    raise InvalidInput("There is no order to send yet.", advice="Type a stop, or a share count in the ticket.")


def _describe(entry: OrderEntryViewModel) -> ActionPreview:
    """The order that Ctrl+Enter would send now."""
    entry.refresh()
    preview = entry.preview
    if preview is None:
        why = entry.refusal.sentence if entry.refusal is not None else "Type a stop, or a share count in the ticket."
        return ActionPreview("Send nothing yet", why)
    figures = [Figure("Value", format_money(preview.value))] if preview.value is not None else []
    sizing = preview.sizing
    if sizing is not None and sizing.risk_amount is not None:
        share = format_percent(sizing.risk_percent_actual)
        figures.append(Figure("Risk at stop", f"{format_money(sizing.risk_amount)} = {share}"))
    where = f"{'LIVE' if entry.mode is TradingMode.LIVE else 'Paper'}, {entry.broker_name}."
    return ActionPreview(preview.sentence, where, tuple(figures), preview.verdicts)


def _focus_symbol(router: ActionRouter, entry: OrderEntryViewModel) -> None:
    """Bring the panel up, then put the cursor into its symbol field."""
    if router.has("panel.order_entry"):
        router.trigger("panel.order_entry")
    entry.symbol_wanted.emit()
