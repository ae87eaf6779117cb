"""What a broker can do. A missing capability is declared, shown on screen and refused before sending."""

from dataclasses import dataclass, field

from legend_desktop.domain.enums import OrderType, TimeInForce


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The abilities of one adapter. ``replace_makes_new_order`` tells whether a change gives a successor order.

    ``legs_share_life`` tells that a bracket has one time in force for entry and exits, ``exits_wait_for_whole_entry``
    that a partly filled entry is not protected yet, ``legs_keep_size`` that an exit of a bracket cannot be resized.
    ``keeps_account`` is false where orders and positions end with the session, as in a simulation in memory.
    """

    order_types: frozenset[OrderType]
    times_in_force: frozenset[TimeInForce]
    native_brackets: bool = False
    native_oco: bool = False
    trailing_percent: bool = True
    replace: bool = True
    replace_makes_new_order: bool = False
    cancel_all: bool = False
    client_order_ids: bool = True
    leg_client_order_ids: bool = False
    execution_ids: bool = True
    venues: bool = False
    order_stream: bool = True
    quote_stream: bool = True
    fractional: bool = False
    short_sales: bool = True
    extended_hours: bool = False
    legs_share_life: bool = False
    exits_wait_for_whole_entry: bool = False
    legs_keep_size: bool = False
    keeps_account: bool = True
    notes: tuple[str, ...] = field(default=())
