"""What saved connections need from below: a file of profiles, a key store, and a door to the brokers."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from legend_desktop.brokers.capabilities import Capabilities
from legend_desktop.brokers.health_check import Health, HealthCheck
from legend_desktop.brokers.line_facts import LineFacts, StreamFacts
from legend_desktop.brokers.login_form import LoginField, LoginForm
from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.secret import Secret
from legend_desktop.services.account_session import AccountSession

__all__ = [
    "BrokerDoor",
    "Capabilities",
    "Examine",
    "Health",
    "HealthCheck",
    "LineFacts",
    "LoginField",
    "LoginForm",
    "ProfileStore",
    "ReadAccountId",
    "StreamFacts",
    "Vault",
]


class ProfileStore(Protocol):
    """The saved connections without their secrets. Both calls touch the disk: run them off the loop."""

    def load(self) -> list[ConnectionProfile]:
        """Every saved connection, oldest first. Raises ``StoreError`` where the file cannot be read."""
        ...

    def save(self, profiles: Sequence[ConnectionProfile]) -> None:
        """Replace the saved connections. Raises ``StoreError``; then the old ones stand."""
        ...


class Vault(Protocol):
    """Where secrets are kept. ``lasting`` is false where they end with the program; ``words`` says where they are."""

    @property
    def lasting(self) -> bool:
        """True where a secret is there again after the next start."""
        ...

    @property
    def words(self) -> str:
        """One plain sentence on where secrets are kept, and why not in the system's store."""
        ...

    async def put(self, profile: ConnectionProfile, field: str, secret: Secret) -> None:
        """Keep ``secret``. Raises ``StoreError`` where the key store refuses."""
        ...

    async def get(self, profile: ConnectionProfile, field: str) -> Secret | None:
        """The secret, ``None`` when there is none. Raises ``StoreError`` where the key store refuses."""
        ...

    async def remove(self, profile: ConnectionProfile, fields: Sequence[str]) -> None:
        """Forget these secrets; those that are not there are no error."""
        ...


class Examine(Protocol):
    """A connection doctor over values that need not be saved."""

    def __call__(self, broker: BrokerType, mode: TradingMode, values: Mapping[str, str]) -> AsyncIterator[HealthCheck]:
        """The checks one after the other, the first failing one making later ones ``SKIPPED``."""
        ...


@dataclass(frozen=True, slots=True)
class BrokerDoor:
    """How brokers are reached, handed in by who composes the program.

    ``read_account_id`` logs in with values and returns the account's id. ``open_session`` makes a session from a
    profile and its credentials, ``closed`` is told the id of one that ended; ``hide`` takes a secret out of every log
    and screen from now on. ``load`` imports what a broker needs and is called on a thread before anything else.
    """

    forms: tuple[LoginForm, ...]
    examine: Examine
    read_account_id: "ReadAccountId"
    open_session: Callable[[ConnectionProfile, Mapping[str, str]], AccountSession]
    closed: Callable[[str], None]
    hide: Callable[[str], None]
    load: Callable[[BrokerType], None] = lambda _: None


class ReadAccountId(Protocol):
    """Asks a broker which account some credentials lead to."""

    async def __call__(self, broker: BrokerType, mode: TradingMode, values: Mapping[str, str]) -> str:
        """The account id. Raises ``AuthExpired``, ``BrokerDown`` or another ``LegendError``."""
        ...
