"""The exceptions that carry a plain sentence for the person.

LegendError
├── InvalidInput        something typed or passed in cannot be traded on
│   └── SizingError     a position size cannot be worked out (analytics 17 codes)
├── OrderDenied         the pre-trade gate said no; nothing was sent
├── NotSupported        the broker lacks the capability
├── StoreError          the journal cannot be written or read
└── (brokers.errors)    OrderRefused, OutcomeUnknown, AuthExpired, RateLimited, BrokerDown

Each says what happened, why, and what to do. Anything else that is raised is a fault of the program.
"""


class LegendError(Exception):
    """A known trouble. ``str(error)`` is the sentence shown to the person; ``advice`` is what to do."""

    def __init__(self, message: str, *, advice: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.code = code

    @property
    def sentence(self) -> str:
        """Message and advice in one text."""
        return f"{self.message} {self.advice}".strip()


class InvalidInput(LegendError, ValueError):
    """Something typed or passed in cannot be traded on."""


class SizingError(InvalidInput):
    """A position size cannot be worked out; ``code`` is one of the codes of analytics 17."""


class OrderDenied(LegendError):
    """The pre-trade gate refused an order before anything was sent."""


class NotSupported(LegendError):
    """The broker does not offer what was asked; nothing was sent."""


class StoreError(LegendError):
    """The journal on disk cannot be written or read."""
