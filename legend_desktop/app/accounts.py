"""Everything that trades in one mode: the journal, the saved connections and their sessions. Knows no Qt.

Each account has a bus, tasks and a desk of its own over one journal. What a desk in the background has to say reaches
the window through a relay.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from legend_desktop.app.account_relay import AccountRelay
from legend_desktop.app.trading_setup import TradingSetup, make_session, simulator_broker
from legend_desktop.brokers.base import BrokerAdapter
from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.infra.clock import SystemClock
from legend_desktop.infra.connection_file import ConnectionFile
from legend_desktop.infra.credentials import open_vault
from legend_desktop.infra.paths import ProfilePaths
from legend_desktop.infra.redaction import Redactor
from legend_desktop.infra.settings import Settings
from legend_desktop.services.account_session import AccountSession
from legend_desktop.services.connection_ports import BrokerDoor, Vault
from legend_desktop.services.connections import SIMULATOR_ID, Connections, built_in_simulator
from legend_desktop.services.profile_store import profile_store
from legend_desktop.services.task_supervisor import Reporter, TaskSupervisor
from legend_desktop.store.journal import OrderJournal

KEY_STORE_SECONDS = 5.0


@dataclass(slots=True)
class Accounts:
    """The accounts of one mode. ``begin`` before the window, ``connect_rest`` behind it, ``close`` at the end."""

    mode: TradingMode
    settings: Settings
    clock: Clock
    supervisor: TaskSupervisor
    store: OrderJournal
    connections: Connections
    relay: AccountRelay

    async def begin(self, wanted: str = "") -> TradingSetup:
        """Load the list and make the session that the window is built over, by default the chosen account's.

        On paper the simulator takes its place where that fails, and the relay says why. Raises ``LegendError`` live.
        """
        try:
            await self.connections.load()
            profile_id = wanted or self._default()
            async with asyncio.timeout(KEY_STORE_SECONDS):
                await self.connections.prepare(profile_id)
        except (LegendError, TimeoutError) as error:
            if self.mode is TradingMode.LIVE:
                raise
            words = error.sentence if isinstance(error, LegendError) else "The key store did not answer."
            self.relay.tell(NoticeLevel.WARNING, "Connection", f"{words} You trade on the built-in simulator for now.")
            profile_id = SIMULATOR_ID
            await self.connections.prepare(profile_id)
        return self.show(profile_id)

    def show(self, profile_id: str) -> TradingSetup:
        """What the window is built over to trade this account; the others are relayed to it from now on."""
        session = self.connections.session(profile_id)
        assert session is not None
        self.connections.current_id = profile_id
        self.relay.attend(session)
        return TradingSetup(session, self.store)

    async def connect_rest(self) -> None:
        """Open the other connections that were open at the last end, and what the environment holds keys for."""
        for profile in self.connections.profiles:
            if profile.id in self.settings.get("connections.open"):
                try:
                    await self.connections.connect(profile.id)
                except LegendError as error:
                    self.relay.tell(NoticeLevel.WARNING, "Connection", f"{profile.label}: {error.sentence}")
        await self._borrow_from_environment()

    async def close(self) -> None:
        """End every session, and remember which were open."""
        names = tuple(row.profile.id for row in self.connections.sessions if row.profile.id != SIMULATOR_ID)
        if self.settings.get("connections.open") != names:
            self.settings.set("connections.open", names)
        self.relay.end()
        await self.connections.close()
        await self.supervisor.stop()

    def _default(self) -> str:
        """The account to begin with: the chosen one, else the first of the named broker, else the simulator."""
        profiles = self.connections.profiles
        if any(row.id == self.connections.default_id for row in profiles):
            return self.connections.default_id
        wanted = BrokerType(self.settings.get("broker.default"))
        found = next((row.id for row in profiles if row.broker is wanted), None)
        if found is None and not self._environment_keys(wanted):
            self.relay.tell(NoticeLevel.INFO, "Connection", _why_simulator(wanted))
        return found or SIMULATOR_ID

    async def _borrow_from_environment(self) -> None:
        """Connect the named broker with the keys of the environment, where it is not saved."""
        wanted = BrokerType(self.settings.get("broker.default"))
        values = self._environment_keys(wanted)
        if not values or any(row.broker is wanted for row in self.connections.profiles):
            return
        name = BrokerFactory.name_of(wanted)
        try:
            profile = await self.connections.borrow(wanted, f"{name} (environment)", values)
        except LegendError as error:
            words = f"{name} is named as the default broker. {error.sentence} You trade on the built-in simulator."
            self.relay.tell(NoticeLevel.WARNING, "Connection", words)
            return
        self.connections.choose_current(profile.id)

    def _environment_keys(self, broker: BrokerType) -> dict[str, str]:
        """The login fields that environment and settings hold for paper; empty where a needed one is missing."""
        form = next((form for form in self.connections.forms if form.broker is broker), None)
        if form is None or self.mode is not TradingMode.PAPER or not self.settings.get("broker.paper_trading"):
            return {}
        declared = {line.name for line in self.settings.lines()}
        values = {}
        for field in form.fields:
            name = f"{broker.value}.{field.name}"
            value = str(self.settings.get(name)) if name in declared else ""
            if value:
                values[field.name] = value
            elif not field.optional:
                return {}
        return values


def set_up_accounts(
    settings: Settings,
    paths: ProfilePaths,
    redactor: Redactor,
    report: Reporter,
    mode: TradingMode,
    *,
    vault: Vault | None = None,
) -> Accounts:
    """Put the accounts of ``mode`` together; nothing is opened yet. Must run inside the event loop.

    ``vault`` holds the keys, by default that of the system: keys in memory are lost with it, so hand the same one on.
    """
    clock = SystemClock()
    supervisor = TaskSupervisor(report)
    store = profile_store(settings, paths, mode, clock)
    relay = AccountRelay(clock)
    doctor = BrokerFactory.doctor(clock, redactor.clean)

    def open_session(profile: ConnectionProfile, credentials: Mapping[str, str]) -> AccountSession:
        own = TaskSupervisor(report)
        if profile.broker is BrokerType.SIMULATOR:
            broker = simulator_broker(settings, paths, clock, own)
        else:
            broker = _broker(profile, credentials, clock, own, redactor)
        session = make_session(profile, broker, store, own, settings=settings, report=report)
        relay.watch(session)
        return session

    connections = Connections(
        mode,
        ConnectionFile(paths.connections_file),
        vault or open_vault(),
        BrokerDoor(
            forms=BrokerFactory.login_forms(),
            examine=doctor.examine,
            read_account_id=doctor.read_account_id,
            open_session=open_session,
            closed=relay.forget,
            hide=redactor.add,
            load=BrokerFactory.load,
        ),
        clock=clock,
        supervisor=supervisor,
        built_in=built_in_simulator(clock.now()) if mode is TradingMode.PAPER else None,
        default_id=settings.get(f"connections.default_{mode.value}"),
        keep_default=lambda name: settings.set(f"connections.default_{mode.value}", name),
    )
    return Accounts(mode, settings, clock, supervisor, store, connections, relay)


def _broker(
    profile: ConnectionProfile,
    credentials: Mapping[str, str],
    clock: Clock,
    supervisor: TaskSupervisor,
    redactor: Redactor,
) -> BrokerAdapter:
    """An adapter for a saved connection, whose account number is masked from now on."""
    redactor.add_account(profile.account_id)
    return BrokerFactory.create(
        profile.broker,
        credentials,
        paper_trading=profile.mode is TradingMode.PAPER,
        clock=clock,
        start_task=supervisor.start,
        redact=redactor.clean,
    )


def _why_simulator(broker: BrokerType) -> str:
    """Why the window is on the simulator though the settings name another broker; empty for the simulator itself."""
    if broker is BrokerType.SIMULATOR:
        return "You trade on the built-in simulator."
    name = BrokerFactory.name_of(broker)
    if broker not in {form.broker for form in BrokerFactory.login_forms()}:
        return f"{name} is not part of this version, so you trade on the built-in simulator."
    return f"There are no keys for {name} yet, so you trade on the built-in simulator. Add them under Connections."
