"""What the simulator declares that it can do, and how it decides where brokers differ."""

from legend_desktop.brokers.capabilities import Capabilities
from legend_desktop.brokers.simulator.config import MarketHours, SimulatorConfig, StopTrigger
from legend_desktop.domain.enums import OrderType, TimeInForce


def capabilities_of(config: SimulatorConfig) -> Capabilities:
    """The capabilities of a simulator with ``config``; the notes are sentences for the person."""
    kinds = frozenset(OrderType) - {OrderType.BRACKET}
    trigger = "a trade" if config.stop_trigger is StopTrigger.TRADE else "the far side of the quote"
    hours = (
        "The market is always open; day orders end at midnight in New York."
        if config.market_hours is MarketHours.ALWAYS_OPEN
        else "The market keeps New York hours on weekdays and knows no holidays."
    )
    return Capabilities(
        order_types=kinds,
        times_in_force=frozenset(TimeInForce),
        native_brackets=True,
        native_oco=True,
        replace_makes_new_order=True,
        cancel_all=True,
        leg_client_order_ids=True,
        venues=True,
        extended_hours=True,
        keeps_account=config.state_path is not None,
        notes=(
            f"Stops go off on {trigger} at or through the stop price.",
            hours,
            "Buying power is four times equity less what is held (two times below 25,000 and overnight).",
            "Exits of a bracket work for what the entry has filled. When they are done, the entry's rest ends.",
        ),
    )
