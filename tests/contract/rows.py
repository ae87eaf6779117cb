"""The rows of the acceptance table: their topics, and how a test says that an adapter does not offer something."""

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import pytest

from legend_desktop.brokers.capabilities import Capabilities
from tests.contract.harness import Harness

F = TypeVar("F", bound=Callable[..., Any])

TOPICS = (
    "connect",
    "refused credentials",
    "account",
    "positions",
    "order types",
    "times in force",
    "bracket",
    "OCO",
    "replace",
    "cancel",
    "cancel all",
    "close",
    "partial fills",
    "rejects",
    "events by stream",
    "events by poll",
    "executions since",
    "quotes",
    "bars",
    "clock",
    "instrument look-up",
    "reconnect",
    "outcome: accepted",
    "outcome: refused",
    "outcome: unknown",
    "outcome: not sent",
    "capabilities",
    "disconnect",
)
"""What every adapter must show, in the order of the print-out. A topic without a row is a fault of the table."""

PREFIX = "not offered: "


def topic(name: str) -> Callable[[F], F]:
    """Put a test under a topic of the table."""
    assert name in TOPICS, name

    def mark(function: F) -> F:
        function.__dict__["topic"] = name
        return function

    return mark


def not_offered(reason: str) -> NoReturn:
    """End the test: the adapter does not have this, and says so."""
    pytest.skip(PREFIX + reason)


def needs(made: Harness, wanted: Callable[[Capabilities], object], what: str) -> None:
    """Go on only where the adapter declares the capability, called ``what`` in the print-out."""
    if not wanted(made.broker.capabilities):
        not_offered(f"declares no {what}")
