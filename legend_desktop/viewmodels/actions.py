"""Every named action of the window: its title, where its key acts, and what guards it.

The list is data; who does the work registers a handler under the id (``action_router``). An action whose feature this
release does not have is not in the list, so no key, menu or help line can offer it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """The part of the window in which a key acts; ``WINDOW`` is everywhere."""

    WINDOW = ""
    ENTRY = "entry"
    TABLE = "table"
    ORDERS = "orders"
    CHART = "chart"

    def overlaps(self, other: "Scope") -> bool:
        """True where one press could mean either. The orders table is a table as well."""
        if Scope.WINDOW in {self, other} or self is other:
            return True
        return {self, other} == {Scope.TABLE, Scope.ORDERS}


class Guard(StrEnum):
    """What a key press needs before it acts."""

    NONE = "none"
    ARMED = "armed"
    HOLD = "hold"


class Group(StrEnum):
    """The headings of the list of keys."""

    ORDERS = "Orders and positions"
    STOPS = "Stops"
    SAFETY = "Stop verbs and keys"
    TICKET = "Order entry"
    ACCOUNTS = "Accounts and connections"
    PANELS = "Panels and layouts"
    TABLES = "Tables"
    CHART = "Chart"
    VIEW = "View and program"
    HELP = "Help"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can ask for.

    ``sends`` is true where the action itself changes something at the broker: such an action never runs in
    rehearsal, from a repeated key, from an old press or in a window that was stalled. ``hold_ms`` is how long a HOLD
    key must stay down. ``repeats`` lets a held key go on (moving in a list, zooming), which never sends.
    """

    id: str
    title: str
    group: Group
    scope: Scope = Scope.WINDOW
    guard: Guard = Guard.NONE
    sends: bool = False
    hold_ms: int = 0
    repeats: bool = False


CANCEL_ALL_HOLD_MS = 600
FLATTEN_HOLD_MS = 1000


def _armed(name: str, title: str, group: Group) -> Action:
    return Action(name, title, group, guard=Guard.ARMED, sends=True)


def _sends(name: str, title: str, group: Group, scope: Scope = Scope.WINDOW) -> Action:
    return Action(name, title, group, scope=scope, sends=True)


def _plain(name: str, title: str, group: Group, scope: Scope = Scope.WINDOW, *, repeats: bool = False) -> Action:
    return Action(name, title, group, scope=scope, repeats=repeats)


_ORDERS = (
    _armed("order.quick_buy", "Buy with the quick entry", Group.ORDERS),
    _armed("order.quick_sell", "Sell with the quick entry", Group.ORDERS),
    _armed("order.quick_short", "Sell short with the quick entry", Group.ORDERS),
    _armed("order.add_half_risk", "Add to the position with half the risk", Group.ORDERS),
    _armed("order.close_half", "Close half of the position", Group.ORDERS),
    _armed("order.close_quarter", "Close a quarter of the position", Group.ORDERS),
    _armed("order.close_position", "Close the position", Group.ORDERS),
    _armed("order.reverse_position", "Reverse the position", Group.ORDERS),
    _armed("order.reprice_to_near_side", "Newest limit to the near side of the quote", Group.ORDERS),
    _armed("order.reprice_to_far_side", "Newest limit to the far side of the quote", Group.ORDERS),
    _sends("order.cancel_latest", "Cancel the newest working order", Group.ORDERS),
    _sends("order.cancel_symbol", "Cancel the working orders of the symbol", Group.ORDERS),
    _sends("order.cancel_selected", "Cancel the selected orders", Group.ORDERS, Scope.ORDERS),
    _plain("order.change_selected", "Change the selected order in its row", Group.ORDERS, Scope.ORDERS),
    _plain("order.copy_as_draft", "Copy the selected order into order entry", Group.ORDERS, Scope.ORDERS),
    _plain("order.ask_broker", "Ask the broker about unknown orders", Group.ORDERS),
    _armed("order.stop_to_entry", "Move the stop to the entry price", Group.STOPS),
    _armed("order.stop_to_entry_plus_costs", "Move the stop to the entry price and the costs", Group.STOPS),
    _armed("order.stop_to_trailing", "Replace the stop by a trailing one", Group.STOPS),
    _armed("order.stop_one_tick_up", "Move the stop up one tick", Group.STOPS),
    _armed("order.stop_one_tick_down", "Move the stop down one tick", Group.STOPS),
    _plain("order.repair_stop", "Prepare the missing stop in the command line", Group.STOPS),
)

_SAFETY = (
    _plain("kill.open", "Open the stop menu", Group.SAFETY),
    Action(
        "kill.cancel_all",
        "Cancel all orders",
        Group.SAFETY,
        guard=Guard.HOLD,
        sends=True,
        hold_ms=CANCEL_ALL_HOLD_MS,
    ),
    Action(
        "kill.flatten_all",
        "Flatten all positions",
        Group.SAFETY,
        guard=Guard.HOLD,
        sends=True,
        hold_ms=FLATTEN_HOLD_MS,
    ),
    _plain("kill.lock", "Lock trading", Group.SAFETY),
    _plain("keys.arm", "Arm or lock the order keys", Group.SAFETY),
    _plain("keys.rehearse", "Rehearse: show what a key would do, send nothing", Group.SAFETY),
)

_TICKET = (
    _sends("ticket.send", "Send the order on screen", Group.TICKET, Scope.ENTRY),
    _plain("ticket.side_buy", "Side: buy", Group.TICKET, Scope.ENTRY),
    _plain("ticket.side_sell", "Side: sell", Group.TICKET, Scope.ENTRY),
    _plain("ticket.type_market", "Type: market", Group.TICKET, Scope.ENTRY),
    _plain("ticket.type_limit", "Type: limit", Group.TICKET, Scope.ENTRY),
    _plain("ticket.type_stop", "Type: stop", Group.TICKET, Scope.ENTRY),
    _plain("ticket.type_stop_limit", "Type: stop-limit", Group.TICKET, Scope.ENTRY),
    _plain("ticket.type_trailing", "Type: trailing stop", Group.TICKET, Scope.ENTRY),
    _plain("ticket.toggle_bracket", "Bracket on or off", Group.TICKET, Scope.ENTRY),
    _plain("ticket.next_time_in_force", "Next time in force", Group.TICKET, Scope.ENTRY),
    _plain("ticket.risk_up", "More risk", Group.TICKET, Scope.ENTRY, repeats=True),
    _plain("ticket.risk_down", "Less risk", Group.TICKET, Scope.ENTRY, repeats=True),
    _plain("ticket.price_bid", "Price: bid", Group.TICKET, Scope.ENTRY),
    _plain("ticket.price_ask", "Price: ask", Group.TICKET, Scope.ENTRY),
    _plain("ticket.price_mid", "Price: middle of bid and ask", Group.TICKET, Scope.ENTRY),
    _plain("ticket.apply_fix_1", "Apply the first fix", Group.TICKET, Scope.ENTRY),
    _plain("ticket.apply_fix_2", "Apply the second fix", Group.TICKET, Scope.ENTRY),
    _plain("ticket.clear", "Clear the order on screen", Group.TICKET, Scope.ENTRY),
)

_ACCOUNTS = (
    _plain("account.next", "Trade the next account", Group.ACCOUNTS),
    _plain("connection.add", "Connect a broker", Group.ACCOUNTS),
    _plain("connection.import_env", "Import a .env file", Group.ACCOUNTS),
    _plain("connection.reconcile", "Compare every account with its broker now", Group.ACCOUNTS),
)

_PANELS = (
    _plain("focus.symbol", "Type a symbol", Group.PANELS),
    _plain("panel.account", "Account", Group.PANELS),
    _plain("panel.order_entry", "Order entry", Group.PANELS),
    _plain("panel.positions", "Positions", Group.PANELS),
    _plain("panel.orders", "Orders", Group.PANELS),
    _plain("panel.executions", "Executions", Group.PANELS),
    _plain("panel.chart", "Chart", Group.PANELS),
    _plain("panel.watch_list", "Watch list", Group.PANELS),
    _plain("panel.risk", "Risk", Group.PANELS),
    _plain("panel.execution_quality", "Execution quality", Group.PANELS),
    _plain("panel.journal", "Journal", Group.PANELS),
    _plain("journal.note", "Write about the newest trade in the symbol", Group.PANELS),
    _plain("panel.activity", "Activity", Group.PANELS),
    _plain("panel.connections", "Connections", Group.PANELS),
    _plain("panel.next", "Next panel", Group.PANELS),
    _plain("panel.previous", "Previous panel", Group.PANELS),
    _plain("panel.maximise", "Maximise the panel, or put it back", Group.PANELS),
    _plain("panel.float", "Float the panel, or dock it", Group.PANELS),
    _plain("panel.close", "Close the panel", Group.PANELS),
    _plain("layout.load_1", "First layout", Group.PANELS),
    _plain("layout.load_2", "Second layout", Group.PANELS),
    _plain("layout.load_3", "Third layout", Group.PANELS),
    _plain("layout.save", "Save the layout", Group.PANELS),
)

_TABLES = (
    _plain("table.filter", "Filter the rows", Group.TABLES, Scope.TABLE),
    _plain("table.columns", "Choose columns", Group.TABLES, Scope.TABLE),
    _plain("table.copy", "Copy the selected rows", Group.TABLES, Scope.TABLE),
    _plain("table.export", "Export the table", Group.TABLES, Scope.TABLE),
    _plain("row.open", "Open the row", Group.TABLES, Scope.TABLE),
    _plain("row.next", "Next row", Group.TABLES, Scope.TABLE, repeats=True),
    _plain("row.previous", "Previous row", Group.TABLES, Scope.TABLE, repeats=True),
)

_CHART = (
    _plain("chart.draw_bracket", "Draw a bracket on the chart", Group.CHART, Scope.CHART),
    _plain("chart.zoom_in", "Zoom in on the chart", Group.CHART, Scope.CHART, repeats=True),
    _plain("chart.zoom_out", "Zoom out of the chart", Group.CHART, Scope.CHART, repeats=True),
    _plain("chart.follow", "Follow the newest bar", Group.CHART, Scope.CHART),
    _plain("chart.bars_1_to_6", "Bar length, six steps", Group.CHART, Scope.CHART),
    _plain("chart.show_orders", "Show or hide own orders on the chart", Group.CHART, Scope.CHART),
)

_VIEW = (
    _plain("command.open", "Open the command line", Group.VIEW),
    _plain("view.zoom_in", "Larger", Group.VIEW, repeats=True),
    _plain("view.zoom_out", "Smaller", Group.VIEW, repeats=True),
    _plain("view.zoom_reset", "Usual size", Group.VIEW),
    _plain("view.theme", "Switch between dark and light", Group.VIEW),
    _plain("view.density", "Switch between compact and comfortable", Group.VIEW),
    _plain("view.hide_money", "Hide or show money figures", Group.VIEW),
    _plain("app.quit", "Quit", Group.VIEW),
)

_HELP = (
    _plain("help.keys", "List of keys", Group.HELP),
    _plain("help.open", "Help", Group.HELP),
    _plain("help.order_types", "Order types and when to use them", Group.HELP),
    _plain("help.about", "About Legend Desktop", Group.HELP),
)

ACTIONS: dict[str, Action] = {
    action.id: action
    for action in (*_ORDERS, *_SAFETY, *_TICKET, *_ACCOUNTS, *_PANELS, *_TABLES, *_CHART, *_VIEW, *_HELP)
}


def action_of(action_id: str) -> Action:
    """The action called ``action_id``; raises ``KeyError`` for an id that does not exist."""
    return ACTIONS[action_id]


def in_group(group: Group) -> list[Action]:
    """The actions under one heading, in the order of the list."""
    return [action for action in ACTIONS.values() if action.group is group]
