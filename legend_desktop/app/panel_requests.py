"""What a person asks of a panel's rows, and who does it: orders, executions, watch list, limits."""

from collections.abc import Awaitable
from decimal import Decimal
from functools import partial

from legend_desktop.app.trading_setup import TradingSetup
from legend_desktop.app.window_models import WindowParts
from legend_desktop.domain.errors import ConfirmationNeeded, LegendError
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.services.order_words import order_sentence
from legend_desktop.viewmodels.draft_copy import copy_as_draft
from legend_desktop.viewmodels.orders import EditField, OrdersViewModel
from legend_desktop.viewmodels.ticket_actions import register_ticket_actions
from legend_desktop.views.main_window import MainWindow
from legend_desktop.views.panels.orders import OrdersPanel
from legend_desktop.views.widgets.panel import Panel


def connect_requests(window: MainWindow, setup: TradingSetup, parts: WindowParts) -> None:
    """Connect the requests of the panels and register the actions on the chosen order."""
    parts.orders.symbol_chosen.connect(parts.focus.set_symbol)
    parts.executions.symbol_chosen.connect(parts.focus.set_symbol)
    # bound so that the connection keeps the object alive: a bound method alone would not
    parts.orders.change_requested.connect(partial(_PriceChanges.start, _PriceChanges(setup, parts.orders)))
    parts.orders.cancel_requested.connect(partial(_cancel_orders, setup))
    parts.orders.action_requested.connect(partial(_order_action, window, setup, parts))
    parts.risk.limits_changed.connect(setup.desk.limits.keep)
    register_ticket_actions(parts.router, parts.entry)
    parts.router.register("order.copy_as_draft", lambda: _copy_chosen(window, setup, parts))


def _order_action(
    window: MainWindow, setup: TradingSetup, parts: WindowParts, action_id: str, client_order_id: str
) -> None:
    """An entry of an order's menu, about that very order."""
    if action_id == "order.copy_as_draft":
        _copy(window, setup, parts, client_order_id)
    elif action_id == "order.ask_broker":
        setup.supervisor.start(_ask(setup, client_order_id), f"ask about {client_order_id}")


def _copy_chosen(window: MainWindow, setup: TradingSetup, parts: WindowParts) -> None:
    panel = window.panel("orders")
    row = panel.table.selected_row() if isinstance(panel, OrdersPanel) else None
    if row is None:
        parts.router.refused.emit("No order is chosen. Choose one in Orders, then copy it as a draft.")
        return
    _copy(window, setup, parts, row.key)


def _copy(window: MainWindow, setup: TradingSetup, parts: WindowParts, client_order_id: str) -> None:
    order = setup.desk.core.context.book.get(client_order_id)
    if order is None:
        return
    sentence = copy_as_draft(parts.entry, order)
    if sentence:
        parts.router.refused.emit(sentence)
        return
    parts.router.trigger("panel.order_entry")
    panel = window.panel("order_entry")
    if isinstance(panel, Panel):
        panel.choose_header_tab("ticket")


async def _ask(setup: TradingSetup, client_order_id: str) -> None:
    context = setup.desk.core.context
    order = context.book.get(client_order_id)
    if order is not None and await _try(setup, setup.desk.trading.ask_broker(client_order_id)):
        context.tell(
            NoticeLevel.INFO, "Orders", f"{context.broker_name} was asked about: {order_sentence(order.terms)}."
        )


class _PriceChanges:
    """Changes of a price in the Orders panel; where a check asks, the panel waits for a second press."""

    def __init__(self, setup: TradingSetup, orders: OrdersViewModel) -> None:
        self._setup = setup
        self._orders = orders

    def start(self, client_order_id: str, field: str, price: Decimal, accepted: frozenset[str]) -> None:
        """Begin a change."""
        work = self._change(client_order_id, field, price, accepted)
        self._setup.supervisor.start(_try(self._setup, work), f"change {client_order_id}")

    async def _change(self, client_order_id: str, field: str, price: Decimal, accepted: frozenset[str]) -> None:
        stop = price if field == EditField.STOP else None
        limit = None if field == EditField.STOP else price
        replace = self._setup.desk.trading.replace_order
        try:
            await replace(client_order_id, limit_price=limit, stop_price=stop, confirmed=accepted)
        except ConfirmationNeeded as error:
            self._orders.ask_change(client_order_id, field, price, error.checks | accepted, error.sentence)


def _cancel_orders(setup: TradingSetup, client_order_ids: list[str]) -> None:
    for key in client_order_ids:
        setup.supervisor.start(_try(setup, setup.desk.trading.cancel_order(key)), f"cancel {key}")


async def _try(setup: TradingSetup, work: Awaitable[object]) -> bool:
    """Await ``work``; what refuses it is said, and False returned."""
    try:
        await work
    except LegendError as error:
        setup.desk.core.context.tell(NoticeLevel.WARNING, "Orders", error.sentence, group="orders")
        return False
    return True
