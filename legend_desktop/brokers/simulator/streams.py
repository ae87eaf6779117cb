"""The streams of the simulator: quotes and order events through the channels of all adapters."""

from legend_desktop.brokers.base import OrderStreamEvent
from legend_desktop.brokers.channels import QUOTES_KEPT, Channel, Stream
from legend_desktop.domain.quotes import Quote

__all__ = ["QUOTES_KEPT", "Channel", "OrderChannel", "QuoteChannel", "Stream"]

QuoteChannel = Channel[Quote]
OrderChannel = Channel[OrderStreamEvent]
