"""Which market data feed a session uses now: the one that was chosen, or the best that the plan grants."""

from legend_desktop.domain.errors import NotSupported
from legend_desktop.domain.feeds import IEX, SIP, feed_name, feed_note

BEST = "best"
"""The person's word for: all exchanges where the plan grants it, else IEX."""
NO_SIP = "not_subscribed"


class FeedChoice:
    """The feed in use. One that was named stays, for nobody's quotes may change their meaning behind their back."""

    def __init__(self, wanted: str) -> None:
        self._falls_back = wanted == BEST
        self.current = SIP if self._falls_back else wanted
        self._fell_back = False
        self._refused = False

    def refused(self, feed: str) -> None:
        """Alpaca's plan does not grant ``feed``: use IEX from now on, or raise ``NotSupported`` where it was named."""
        if feed != self.current:
            return  # another request has found out before
        if self._falls_back and feed != IEX:
            self.current, self._fell_back = IEX, True
            return
        self._refused = True
        raise self.refusal(feed)

    def refusal(self, feed: str) -> NotSupported:
        """The error of a feed that the plan does not grant."""
        return NotSupported(
            f"Alpaca does not grant this key {feed_name(feed)} quotes.",
            advice="Choose the feed IEX or best available in the connection, or book a data plan at Alpaca.",
            code=NO_SIP,
        )

    @property
    def note(self) -> str:
        """What the feed in use is not, in a sentence; empty for the whole market."""
        if self._refused:
            return f"Alpaca does not grant this key {feed_name(self.current)} quotes."
        note = feed_note(self.current)
        return f"{note} This key's plan has no SIP quotes." if self._fell_back else note
