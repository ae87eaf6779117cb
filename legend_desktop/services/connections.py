"""The saved connections of one mode and the sessions that run: add, connect, disconnect, renew keys, remove, choose.

Paper and live never meet here: the book is made for one mode, and only profiles of that mode are opened by it.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from legend_desktop.brokers.health_check import HealthCheck
from legend_desktop.brokers.login_form import LoginForm
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.errors import InvalidInput, LegendError
from legend_desktop.domain.secret import Secret
from legend_desktop.services.account_session import AccountSession, SessionState
from legend_desktop.services.connection_ports import BrokerDoor, ProfileStore, Vault
from legend_desktop.services.task_supervisor import TaskSupervisor

SIMULATOR_ID = "simulator"
KEYS_OLD_AFTER = timedelta(days=180)
_ID_BYTES = 5


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One line of the list: the profile, how it stands, and whether the window trades it."""

    profile: ConnectionProfile
    state: SessionState
    problem: str
    current: bool
    default: bool
    keys_are_old: bool


class Connections:
    """Every connection of ``mode``. Handlers given to ``on_change`` run after each change of list or state.

    ``choose_current`` asks for the account that the window trades; ``on_choose`` is called with its id once its
    session exists.
    """

    def __init__(
        self,
        mode: TradingMode,
        profiles: ProfileStore,
        vault: Vault,
        door: BrokerDoor,
        *,
        clock: Clock,
        supervisor: TaskSupervisor,
        built_in: ConnectionProfile | None = None,
        default_id: str = "",
        keep_default: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.mode = mode
        self._store = profiles
        self.vault = vault
        self._door = door
        self._clock = clock
        self._supervisor = supervisor
        self._built_in = built_in
        self._all: list[ConnectionProfile] = []
        self._sessions: dict[str, AccountSession] = {}
        self._borrowed: dict[str, Mapping[str, str]] = {}
        self._handlers: list[Callable[[], None]] = []
        self._changing = asyncio.Lock()
        self._keep_default = keep_default
        self.default_id = default_id
        self.current_id = ""
        self.on_choose: Callable[[str], None] = lambda _: None

    @property
    def clock(self) -> Clock:
        """The clock of everything here."""
        return self._clock

    @property
    def supervisor(self) -> TaskSupervisor:
        """The tasks of no account: they go on when one is closed."""
        return self._supervisor

    # ---- what there is ----------------------------------------------------------------------------------------------

    @property
    def forms(self) -> tuple[LoginForm, ...]:
        """The login forms of the brokers that can be added."""
        return self._door.forms

    @property
    def profiles(self) -> tuple[ConnectionProfile, ...]:
        """The connections of this mode, the built-in one first."""
        own = tuple(row for row in self._all if row.mode is self.mode)
        return own if self._built_in is None else (self._built_in, *own)

    @property
    def other_mode(self) -> tuple[ConnectionProfile, ...]:
        """The connections of the other mode: known, never opened from here."""
        return tuple(row for row in self._all if row.mode is not self.mode)

    @property
    def sessions(self) -> tuple[AccountSession, ...]:
        """The sessions that run, oldest first."""
        return tuple(self._sessions.values())

    def session(self, profile_id: str) -> AccountSession | None:
        """The running session of a connection."""
        return self._sessions.get(profile_id)

    def profile(self, profile_id: str) -> ConnectionProfile:
        """The connection with this id; raises ``InvalidInput`` where there is none of this mode."""
        found = next((row for row in self.profiles if row.id == profile_id), None)
        if found is None:
            raise InvalidInput("This connection is no longer there.", advice="Look at the list of connections.")
        return found

    def rows(self) -> tuple[ConnectionRow, ...]:
        """The list as the screen shows it."""
        return tuple(self._row(profile) for profile in self.profiles)

    def keys_are_old(self, profile: ConnectionProfile) -> bool:
        """True where the keys should be made anew: they are half a year old."""
        written = profile.keys_written_at
        return written is not None and self._clock.now() - written > KEYS_OLD_AFTER

    def on_change(self, handler: Callable[[], None]) -> Callable[[], None]:
        """Call ``handler`` after each change; returns the function that ends it."""
        self._handlers.append(handler)

        def end() -> None:
            if handler in self._handlers:
                self._handlers.remove(handler)

        return end

    # ---- adding and removing -----------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Read the saved connections. Raises ``StoreError``."""
        self._all = await asyncio.to_thread(self._store.load)
        self._changed()

    async def examine(
        self, broker: BrokerType, mode: TradingMode, values: Mapping[str, str]
    ) -> AsyncIterator[HealthCheck]:
        """Look at a login before it is saved, finding by finding."""
        self._hide(broker, values)
        await asyncio.to_thread(self._door.load, broker)
        async for check in self._door.examine(broker, mode, values):
            yield check

    async def examine_saved(self, profile_id: str) -> AsyncIterator[HealthCheck]:
        """Look at a saved connection with its own keys."""
        profile = self.profile(profile_id)
        values = await self._credentials(profile)
        async for check in self._door.examine(profile.broker, profile.mode, values):
            yield check

    async def add(
        self, broker: BrokerType, mode: TradingMode, label: str, values: Mapping[str, str], *, open_now: bool = True
    ) -> ConnectionProfile:
        """Log in once, pin the account and save it; of this mode it is connected at once where ``open_now``.

        Raises ``AuthExpired`` or ``BrokerDown`` as the login does, ``InvalidInput`` for an account that is there
        already, ``StoreError`` where keys or list cannot be kept; then nothing is saved.
        """
        form = self._form(broker)
        self._hide(broker, values)
        await asyncio.to_thread(self._door.load, broker)
        account_id = await self._door.read_account_id(broker, mode, values)
        plain = {row.name: values[row.name] for row in form.fields if not row.secret and values.get(row.name)}
        profile = ConnectionProfile(
            id=secrets.token_hex(_ID_BYTES),
            broker=broker,
            mode=mode,
            label=label.strip() or form.name,
            created_at=self._clock.now(),
            account_id=account_id,
            options=plain,
            keys_written_at=self._clock.now(),
        )
        async with self._changing:
            twin = next((row for row in self._all if _same_account(row, profile)), None)
            if twin is not None:
                raise InvalidInput(
                    f"This account is connected already, as {twin.label}.",
                    advice="Give that connection new keys instead.",
                )
            await self._keep_secrets(profile, form, values)
            await self._save([*self._all, profile])
        if open_now and mode is self.mode:
            await self.connect(profile.id)
        return profile

    async def borrow(self, broker: BrokerType, label: str, values: Mapping[str, str]) -> ConnectionProfile:
        """Connect with keys that somebody else keeps, such as the environment: nothing is saved. Raises as ``add``.

        An account that is saved already is used as it is saved.
        """
        self._hide(broker, values)
        await asyncio.to_thread(self._door.load, broker)
        account_id = await self._door.read_account_id(broker, self.mode, values)
        profile = ConnectionProfile(
            f"{broker.value}-borrowed", broker, self.mode, label, self._clock.now(), account_id=account_id
        )
        twin = next((row for row in self.profiles if _same_account(row, profile)), None)
        if twin is None:
            self._borrowed[profile.id] = dict(values)
            self._all = [*self._all, profile]
        await self.connect((twin or profile).id)
        return twin or profile

    async def renew_keys(self, profile_id: str, values: Mapping[str, str]) -> ConnectionProfile:
        """Put new keys in the place of the old ones, once they lead to the same account; connects anew.

        Raises as ``add``; then the old keys stand.
        """
        profile = self.profile(profile_id)
        form = self._form(profile.broker)
        self._hide(profile.broker, values)
        account_id = await self._door.read_account_id(profile.broker, profile.mode, {**profile.options, **values})
        if account_id != profile.account_id:
            raise InvalidInput(
                f"These keys lead to another account than {profile.label}, so the old ones stay.",
                advice="Add that account as a connection of its own.",
            )
        async with self._changing:
            await self._keep_secrets(profile, form, values)
            fresh = replace(profile, keys_written_at=self._clock.now())
            await self._save([fresh if row.id == profile_id else row for row in self._all])
        await self._begin_anew(profile_id)
        return fresh

    async def remove(self, profile_id: str) -> None:
        """Forget a connection and its keys; its history stays in the journal. Raises ``InvalidInput`` for the built-in
        one and for the one that the window trades."""
        profile = self.profile(profile_id)
        if profile is self._built_in:
            raise InvalidInput("The simulator is built in and stays.")
        if profile_id == self.current_id:
            raise InvalidInput("This window trades that account.", advice="Switch to another account first.")
        await self.disconnect(profile_id)
        async with self._changing:
            await self._save([row for row in self._all if row.id != profile_id])
            await self.vault.remove(profile, [row.name for row in self._form(profile.broker).fields if row.secret])

    # ---- sessions ---------------------------------------------------------------------------------------------------

    async def connect(self, profile_id: str) -> AccountSession:
        """The session of a connection, opened where it is not; the opening itself goes on by itself.

        Raises ``LegendError`` where its keys are missing.
        """
        session = await self._made(profile_id)
        if session.state in {SessionState.CLOSED, SessionState.FAILED, SessionState.LOGIN_NEEDED}:
            self._supervisor.start(self._open(session), f"open {session.profile.label}")
        return session

    async def prepare(self, profile_id: str) -> AccountSession:
        """The session of a connection, made where there is none; not opened. Raises as ``connect``."""
        return await self._made(profile_id)

    async def disconnect(self, profile_id: str) -> None:
        """End a session; what rests at the broker stays. Raises ``InvalidInput`` for the one the window trades."""
        if profile_id == self.current_id:
            raise InvalidInput("This window trades that account.", advice="Switch to another account first.")
        await self._end(profile_id)

    async def reconnect(self, profile_id: str) -> None:
        """Try now: an open session compares anew, a waiting one waits no longer, a closed one is opened."""
        session = await self.connect(profile_id)
        if session.state is SessionState.OPEN:
            await session.desk.core.reconciler.run()
        else:
            session.desk.core.connection.try_now()

    def choose_current(self, profile_id: str) -> None:
        """Trade another account in the window: its session is opened first where it is not."""
        self._supervisor.start(self._choose(profile_id), "switch account")

    def make_default(self, profile_id: str) -> None:
        """Begin the next start with this account."""
        self.default_id = self.profile(profile_id).id
        self._keep_default(self.default_id)
        self._changed()

    async def close(self) -> None:
        """End every session, the others beside each other."""
        await asyncio.gather(*(self._end(profile_id) for profile_id in tuple(self._sessions)))

    async def _choose(self, profile_id: str) -> None:
        await self.connect(profile_id)
        self.on_choose(profile_id)

    async def _begin_anew(self, profile_id: str) -> None:
        """A session with the newest keys in the place of the old one; the window follows where it trades it."""
        await self._end(profile_id)
        await self.connect(profile_id)
        if profile_id == self.current_id:
            self.on_choose(profile_id)

    async def _made(self, profile_id: str) -> AccountSession:
        async with self._changing:
            session = self._sessions.get(profile_id)
            if session is None:
                profile = self.profile(profile_id)
                await asyncio.to_thread(self._door.load, profile.broker)
                credentials = await self._credentials(profile)
                session = self._door.open_session(profile, credentials)
                session.on_change = self._changed
                self._sessions[profile_id] = session
        self._changed()
        return session

    async def _open(self, session: AccountSession) -> None:
        try:
            await session.open()
        except LegendError:
            return  # the session keeps the sentence and the screen shows it

    async def _end(self, profile_id: str) -> None:
        session = self._sessions.pop(profile_id, None)
        if session is not None:
            await session.close()
            self._door.closed(profile_id)
            self._changed()

    async def _credentials(self, profile: ConnectionProfile) -> dict[str, str]:
        """The values of the login form. Raises ``LegendError`` where a secret is not there."""
        if profile is self._built_in:
            return {}
        if profile.id in self._borrowed:
            return {**self._borrowed[profile.id], "account_id": profile.account_id}
        values = {**profile.options, "account_id": profile.account_id}
        for field in self._form(profile.broker).fields:
            if not field.secret:
                continue
            secret = await self.vault.get(profile, field.name)
            if secret is None and not field.optional:
                raise LegendError(
                    f"The {field.words} of {profile.label} is not in the key store.",
                    advice="Type the keys again under Connections.",
                    code="keys_missing",
                )
            if secret is not None:
                self._door.hide(secret.reveal())
                values[field.name] = secret.reveal()
        return values

    async def _keep_secrets(self, profile: ConnectionProfile, form: LoginForm, values: Mapping[str, str]) -> None:
        for field in form.fields:
            if field.secret and values.get(field.name):
                await self.vault.put(profile, field.name, Secret(values[field.name]))

    async def _save(self, profiles: list[ConnectionProfile]) -> None:
        await asyncio.to_thread(self._store.save, [row for row in profiles if row.id not in self._borrowed])
        self._all = profiles
        self._changed()

    def _form(self, broker: BrokerType) -> LoginForm:
        found = next((form for form in self._door.forms if form.broker is broker), None)
        if found is None:
            raise InvalidInput(f"{broker.value.replace('_', ' ').title()} cannot be connected in this version.")
        return found

    def _hide(self, broker: BrokerType, values: Mapping[str, str]) -> None:
        for field in self._form(broker).fields:
            if field.secret and values.get(field.name):
                self._door.hide(values[field.name])

    def _row(self, profile: ConnectionProfile) -> ConnectionRow:
        session = self._sessions.get(profile.id)
        return ConnectionRow(
            profile=profile,
            state=session.state if session is not None else SessionState.CLOSED,
            problem=session.problem if session is not None else "",
            current=profile.id == self.current_id,
            default=profile.id == self.default_id,
            keys_are_old=self.keys_are_old(profile),
        )

    def _changed(self) -> None:
        for handler in tuple(self._handlers):
            handler()


def built_in_simulator(since: datetime) -> ConnectionProfile:
    """The connection that is always there on paper."""
    return ConnectionProfile(SIMULATOR_ID, BrokerType.SIMULATOR, TradingMode.PAPER, "Simulator", since)


def _same_account(one: ConnectionProfile, other: ConnectionProfile) -> bool:
    return (one.broker, one.mode, one.account_id) == (other.broker, other.mode, other.account_id)
