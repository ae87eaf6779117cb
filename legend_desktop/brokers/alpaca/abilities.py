"""What Alpaca can do and what it cannot, in sentences for the person."""

from legend_desktop.brokers.alpaca.config import AlpacaConfig
from legend_desktop.brokers.capabilities import Capabilities
from legend_desktop.domain.enums import OrderType, TimeInForce, TradingMode

_AUCTIONS = frozenset({TimeInForce.OPG, TimeInForce.CLS})


def capabilities_of(config: AlpacaConfig) -> Capabilities:
    """The abilities of a session with ``config``."""
    return declared(auction_orders=config.auction_orders, paper=config.mode is TradingMode.PAPER)


def declared(*, auction_orders: bool = False, paper: bool = False) -> Capabilities:
    """The abilities of any session; ``auction_orders`` where Alpaca has opened them for the account."""
    paper_notes = ("Paper fills are simulated by Alpaca: at the touch, whatever the size.",)
    return Capabilities(
        order_types=frozenset(OrderType) - {OrderType.BRACKET},
        times_in_force=frozenset(TimeInForce) - (frozenset() if auction_orders else _AUCTIONS),
        native_brackets=True,
        native_oco=True,
        replace_makes_new_order=True,
        cancel_all=True,
        fractional=True,
        extended_hours=True,
        legs_share_life=True,
        exits_wait_for_whole_entry=True,
        legs_keep_size=True,
        notes=(
            "A bracket takes a market or limit entry; its exits begin to work once the whole entry is filled.",
            "Entry and exits of a bracket share one time in force: with exits that last, an unfilled entry lasts too.",
            "The size of a bracket's exit cannot be changed; cancel it and place another.",
            "Fractions of a share trade in plain day orders only, without exits.",
            "An order for an amount of money is shown where one was placed elsewhere; this program sends shares.",
            "An order against one of your own on the other side is refused as a wash trade, on paper too.",
            "Alpaca tells neither venue nor fees with a fill.",
            "Bars of a few seconds are made from single trades and reach half an hour back.",
            *(paper_notes if paper else ()),
        ),
    )
