"""What can go wrong on the way to a broker, by what it proves about the order.

LegendError
├── OrderRefused     the broker's structured refusal: nothing is working, ``broker_words`` kept
├── OutcomeUnknown   sent, and nobody knows: the order may be live, never send it again
├── AuthExpired      the login has ended; what rests at the broker keeps working
├── RateLimited      too many requests; ``retry_after`` seconds where the broker says
└── BrokerDown       no request byte left, or a read failed: nothing changed
"""

from legend_desktop.domain.errors import LegendError


class OrderRefused(LegendError):
    """A definite refusal by the broker; ``code`` is the normalised reason."""

    def __init__(self, message: str, *, broker_words: str = "", advice: str = "", code: str = "other") -> None:
        super().__init__(message, advice=advice, code=code)
        self.broker_words = broker_words


class OutcomeUnknown(LegendError):
    """The request may have arrived. Resolved by asking the broker, never by sending again."""

    def __init__(self, message: str, *, raw: str = "") -> None:
        super().__init__(message, code="unknown")
        self.raw = raw


class AuthExpired(LegendError):
    """The broker no longer accepts the login."""


class RateLimited(LegendError):
    """The broker asked to slow down; ``retry_after`` is in seconds."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message, code="rate_limited")
        self.retry_after = retry_after


class BrokerDown(LegendError):
    """The broker cannot be reached; nothing was changed there by this call."""
