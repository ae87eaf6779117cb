"""Faults on purpose: a plan of what goes wrong on which call, for tests of everything that must survive it.

``FaultPlan().on("place_order", nth=1, fault=LoseAnswer())`` spoils the first call. Routes are the method names of the
adapter, ``connect`` included, and ``order_stream`` and ``quote_stream``, where the n-th event (quote) is meant.
"""

import random
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.brokers.errors import AuthExpired, BrokerDown, OrderRefused, RateLimited
from legend_desktop.brokers.refusals import RefusalReason, advice_for
from legend_desktop.domain.enums import OrderRole

ROUTES = frozenset(
    {
        "connect",
        "get_account",
        "get_positions",
        "get_orders",
        "get_order",
        "find_order",
        "get_executions",
        "place_order",
        "place_bracket_order",
        "place_oco_order",
        "replace_order",
        "cancel_order",
        "cancel_all_orders",
        "close_position",
        "get_quote",
        "get_bars",
        "get_clock",
        "find_instrument",
        "order_stream",
        "quote_stream",
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong."""


@dataclass(frozen=True, slots=True)
class Delay(Fault):
    """The request reaches the broker after ``before`` seconds, its answer takes ``after`` more."""

    before: float = 0.0
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class LoseAnswer(Fault):
    """The broker acts, its answer never comes; the caller gives up after ``seconds``."""

    seconds: float = 0.0
    words: str = "No answer came in time"


@dataclass(frozen=True, slots=True)
class DropRequest(Fault):
    """The request is lost on the way, which the caller cannot see; it gives up after ``seconds``."""

    seconds: float = 0.0
    words: str = "The connection broke after the request had begun"


@dataclass(frozen=True, slots=True)
class NeverSent(Fault):
    """No byte leaves: the broker cannot be reached."""

    words: str = "The broker cannot be reached"


@dataclass(frozen=True, slots=True)
class GarbledAnswer(Fault):
    """The broker acts, its answer cannot be read."""

    raw: str = '{"id": "S-0000'


@dataclass(frozen=True, slots=True)
class Refuse(Fault):
    """A definite refusal: nothing happens at the broker. ``code`` is a normalised reason; ``advice`` wins over its."""

    words: str = "not accepted"
    code: str = RefusalReason.OTHER.value
    advice: str = ""

    def error(self) -> OrderRefused:
        """The refusal to raise."""
        return OrderRefused(
            f"The simulator refuses the order: {self.words}.",
            broker_words=self.words,
            advice=self.advice or advice_for(RefusalReason(self.code)),
            code=self.code,
        )


@dataclass(frozen=True, slots=True)
class RejectAfterAccept(Fault):
    """The order is accepted and answered, and rejected ``seconds`` later."""

    words: str = "rejected by the market"
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RefuseLeg(Fault):
    """The entry of a bracket is taken, the leg of ``role`` is not."""

    role: OrderRole = OrderRole.STOP
    words: str = "the leg was not accepted"


@dataclass(frozen=True, slots=True)
class UnknownStatus(Fault):
    """The order carries a status word nobody knows for the next ``reads`` reads."""

    word: str = "MAGIC"
    reads: int = 1


@dataclass(frozen=True, slots=True)
class Overfill(Fault):
    """When the order is filled, ``quantity`` more shares are filled on top."""

    quantity: int = 1


@dataclass(frozen=True, slots=True)
class FillAfterCancel(Fault):
    """The cancel takes effect, and ``seconds`` later a fill of ``quantity`` at ``price`` (the touch) is reported."""

    quantity: int
    price: Decimal | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class FillInstead(Fault):
    """The cancel or change comes too late: the rest of the order has just been filled."""

    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FailRead(Fault):
    """The read fails and tells nothing; ``retry_after`` makes it a rate limit, ``login`` an ended login."""

    words: str = "The broker does not answer"
    retry_after: float | None = None
    login: bool = False

    def error(self) -> BrokerDown | RateLimited | AuthExpired:
        """The error to raise."""
        if self.login:
            return AuthExpired(f"{self.words}.", advice="Log in again.")
        if self.retry_after is not None:
            return RateLimited(f"{self.words}.", retry_after=self.retry_after)
        return BrokerDown(f"{self.words}.")


@dataclass(frozen=True, slots=True)
class Duplicate(Fault):
    """The event comes ``times`` more times."""

    times: int = 1


@dataclass(frozen=True, slots=True)
class Reorder(Fault):
    """This event and those after it are held until ``window`` have gathered, then come in a shuffled order."""

    window: int = 2
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Silence(Fault):
    """This event and the next ones, ``events`` in all (``None``: until the stream is opened anew), never come."""

    events: int | None = None


@dataclass(frozen=True, slots=True)
class Cut(Fault):
    """The line breaks before this event: every open stream of the route ends with ``BrokerDown``."""

    words: str = "The stream was cut"


class FaultPlan:
    """What goes wrong when; an empty plan leaves everything alone."""

    def __init__(self) -> None:
        self._always: dict[str, list[Fault]] = defaultdict(list)
        self._nth: dict[tuple[str, int], list[Fault]] = defaultdict(list)
        self._calls: dict[str, int] = defaultdict(int)

    def on(self, route: str, fault: Fault, *, nth: int | None = 1) -> "FaultPlan":
        """Spoil the ``nth`` call from now on (1 is the next one; ``None`` means every call); returns the plan.

        Raises ``ValueError`` for a route that does not exist.
        """
        if route not in ROUTES:
            raise ValueError(f"there is no route {route}")
        if nth is None:
            self._always[route].append(fault)
        else:
            self._nth[route, self._calls[route] + nth].append(fault)
        return self

    def clear(self, route: str | None = None) -> None:
        """Forget the faults of ``route``, or all."""
        for name in ROUTES if route is None else (route,):
            self._always.pop(name, None)
        self._nth = defaultdict(list, {key: value for key, value in self._nth.items() if route not in {None, key[0]}})

    def calls(self, route: str) -> int:
        """How often ``route`` was used."""
        return self._calls[route]

    def touches(self, route: str) -> bool:
        """True where anything is planned for ``route``."""
        return bool(self._always.get(route)) or any(key[0] == route for key in self._nth)

    def take(self, route: str) -> list[Fault]:
        """Count a call of ``route`` and return what goes wrong with it."""
        self._calls[route] += 1
        return [*self._always.get(route, ()), *self._nth.pop((route, self._calls[route]), ())]


def shuffled(count: int, seed: int) -> list[int]:
    """The order in which ``count`` held events come; never the given one where there are two or more."""
    places = list(range(count))
    random.Random(seed).shuffle(places)
    return places if count < 2 or places != sorted(places) else places[::-1]
