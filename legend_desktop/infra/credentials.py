"""Keys and tokens in the system's key store, or in memory until the program ends where there is none.

Only the key stores of the systems themselves are used; one that a setting or variable names is refused, for it could
write secrets into a plain file. Each secret is an entry of its own, named by mode, broker and connection. The calls
run on a thread, because a locked store asks the person and waits.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.secret import Secret
from legend_desktop.infra.key_chunks import BrokenParts, read_value, remove_value, write_value

log = logging.getLogger(__name__)
T = TypeVar("T")
WAIT_SECONDS = 30.0
_CHOSEN_ELSEWHERE = "PYTHON_KEYRING_BACKEND"


class KeyStore(Protocol):
    """What a back end of ``keyring`` offers."""

    def get_password(self, service: str, username: str) -> str | None:
        """The entry, ``None`` when there is none."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Write an entry."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Take an entry away."""
        ...


def service_of(profile: ConnectionProfile, field: str) -> str:
    """The service name of one secret: its own one, since Windows moves a second entry of the same service away."""
    return f"LegendDesktop/{profile.mode.value}/{profile.broker.value}/{profile.id}/{field}"


class KeyringVault:
    """Secrets in the key store of the system."""

    lasting = True

    def __init__(self, store: KeyStore, name: str) -> None:
        self._store = store
        self._name = name

    @property
    def words(self) -> str:
        """Where secrets are."""
        return f"Keys are kept in {self._name}, not in a file of this program."

    async def put(self, profile: ConnectionProfile, field: str, secret: Secret) -> None:
        """Keep ``secret``. Raises ``StoreError`` where the key store refuses."""
        await self._call(lambda: write_value(service_of(profile, field), secret.reveal(), **self._verbs(field)))

    async def get(self, profile: ConnectionProfile, field: str) -> Secret | None:
        """The secret, ``None`` when there is none. Raises ``StoreError`` where the key store refuses."""
        name = service_of(profile, field)
        value = await self._call(lambda: read_value(name, read=self._verbs(field)["read"]))
        return None if value is None else Secret(value)

    async def remove(self, profile: ConnectionProfile, fields: Sequence[str]) -> None:
        """Forget these secrets; those that are not there are no error."""
        for field in fields:
            verbs = self._verbs(field)
            service = service_of(profile, field)
            await self._call(partial(remove_value, service, read=verbs["read"], remove=verbs["remove"]))

    def _verbs(self, field: str) -> dict[str, Any]:
        store = self._store

        def remove(service: str) -> None:
            if store.get_password(service, field) is not None:
                store.delete_password(service, field)

        return {
            "read": lambda service: store.get_password(service, field),
            "write": lambda service, value: store.set_password(service, field, value),
            "remove": remove,
        }

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return await asyncio.to_thread(work)
        except TimeoutError:
            raise StoreError(
                f"The key store did not answer within {WAIT_SECONDS:.0f} s.",
                advice="Unlock it, or answer the question it asks, then try again.",
                code="key_store_locked",
            ) from None
        except BrokenParts as error:
            raise StoreError(
                "The key store holds only a part of the keys.", advice="Type the keys again.", code="keys_broken"
            ) from error
        except Exception as error:  # noqa: BLE001  back ends raise what they like
            # the text of a back end may hold what it was given, so only its kind is told
            log.warning("The key store failed: %s", type(error).__name__)
            raise StoreError(
                f"The key store refused ({type(error).__name__}).",
                advice="Unlock it and allow this program to use it, then try again.",
                code="key_store_refused",
            ) from None


class SessionVault:
    """Secrets in memory, for where the system has no key store; they end with the program."""

    lasting = False

    def __init__(self, reason: str) -> None:
        self._reason = reason
        self._kept: dict[str, Secret] = {}

    @property
    def words(self) -> str:
        """Why, and what it means."""
        return f"{self._reason} Keys are kept in memory and asked for again at the next start."

    async def put(self, profile: ConnectionProfile, field: str, secret: Secret) -> None:
        """Keep ``secret`` until the program ends."""
        self._kept[service_of(profile, field)] = secret

    async def get(self, profile: ConnectionProfile, field: str) -> Secret | None:
        """The secret, ``None`` when there is none."""
        return self._kept.get(service_of(profile, field))

    async def remove(self, profile: ConnectionProfile, fields: Sequence[str]) -> None:
        """Forget these secrets."""
        for field in fields:
            self._kept.pop(service_of(profile, field), None)


def open_vault() -> KeyringVault | SessionVault:
    """The key store of this system, else memory with the reason. Takes a few milliseconds; asks nobody."""
    if os.environ.get(_CHOSEN_ELSEWHERE):
        log.info("%s is set and not followed: only the system's own key store is used", _CHOSEN_ELSEWHERE)
    try:
        found = _system_store()
    except Exception as error:  # noqa: BLE001  a back end may fail to load in any way; the program must start
        log.info("No key store: %s", type(error).__name__)
        found = None
    if found is None:
        return SessionVault("This system offers no key store.")
    return KeyringVault(*found)


def _system_store() -> tuple[KeyStore, str] | None:
    """The first usable one of the systems' own back ends, with its name."""
    if sys.platform == "win32":
        from keyring.backends import Windows

        return _usable((Windows.WinVaultKeyring,), "the Windows Credential Manager", persist="local machine")
    if sys.platform == "darwin":
        from keyring.backends import macOS

        return _usable((macOS.Keyring,), "the macOS keychain")
    if not os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return None
    from keyring.backends import SecretService, kwallet, libsecret

    for kinds, name in (
        ((SecretService.Keyring, libsecret.Keyring), "the key store of the desktop (Secret Service)"),
        ((kwallet.DBusKeyring,), "KWallet"),
    ):
        found = _usable(kinds, name)
        if found is not None:
            return found
    return None


def _usable(kinds: Sequence[type[Any]], name: str, **settings: str) -> tuple[KeyStore, str] | None:
    for kind in kinds:
        if kind.viable:
            store = kind()
            for key, value in settings.items():
                setattr(store, key, value)
            return store, name
    return None
