"""Market data feeds: what their quotes are not.

A figure against the quote of one exchange alone is not a figure against the market: the sentence says so wherever such
quotes are shown or measured with.
"""

IEX = "iex"
SIP = "sip"
DELAYED_SIP = "delayed_sip"
BOATS = "boats"
OVERNIGHT = "overnight"

_NOTES = {
    IEX: "IEX, not the national best quote: one exchange with about 3 % of the volume.",
    DELAYED_SIP: "All exchanges, 15 minutes late.",
    BOATS: "The night market of one venue, not the national best quote.",
    OVERNIGHT: "A derived quote of the night market, not one to trade on.",
}


def feed_note(feed: str) -> str:
    """One sentence on what the quotes of ``feed`` are not; empty for all exchanges and for made-up quotes."""
    return _NOTES.get(feed, "")


def is_partial(feed: str) -> bool:
    """True for a feed whose best bid and ask may lie inside or outside the national best quote."""
    return feed in {IEX, BOATS, OVERNIGHT}


def feed_name(feed: str) -> str:
    """The feed as a title or a sentence names it: ``IEX``."""
    return feed.replace("_", " ").upper()
