"""The exceptions that carry a plain sentence for the person.

LegendError
├── InvalidInput        something typed or passed in cannot be traded on
│   └── SizingError     a position size cannot be worked out
├── OrderDenied         the pre-trade gate said no; nothing was sent
│   └── ConfirmationNeeded  it asks for a second, deliberate press
├── NotSupported        the broker lacks the capability
├── StoreError          the journal cannot be written or read
└── (brokers.errors)    OrderRefused, OutcomeUnknown, AuthExpired, RateLimited, BrokerDown

Each says what happened, why, and what to do. Anything else that is raised is a fault of the program.
"""

from legend_desktop.domain.verdicts import Fix, Outcome, Verdict


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
    """A position size cannot be worked out.

    ``code`` is a ``sizing_models.SizingCode``, ``field`` the input to change (stop, target, risk, ...) and ``fixes``
    what could be put there instead, at most two.
    """

    def __init__(
        self, message: str, *, advice: str = "", code: str = "", field: str = "", fixes: tuple[Fix, ...] = ()
    ) -> None:
        super().__init__(message, advice=advice, code=code)
        self.field = field
        self.fixes = fixes


class OrderDenied(LegendError):
    """The pre-trade gate refused an order before anything was sent; ``verdicts`` are all its answers."""

    def __init__(self, message: str, *, advice: str = "", code: str = "", verdicts: tuple[Verdict, ...] = ()) -> None:
        super().__init__(message, advice=advice, code=code)
        self.verdicts = verdicts


class ConfirmationNeeded(OrderDenied):
    """Nothing was sent: some checks want a deliberate second press. Pass ``checks`` as confirmed to go on."""

    @property
    def checks(self) -> frozenset[str]:
        """Ids of the checks that ask."""
        return frozenset(row.check for row in self.verdicts if row.outcome is Outcome.CONFIRM)


class NotSupported(LegendError):
    """The broker does not offer what was asked; nothing was sent."""


class StoreError(LegendError):
    """The journal on disk cannot be written or read."""
