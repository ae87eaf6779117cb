"""Saved connections without disk, key store or network: brokers are simulators that tell another name and line."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from legend_desktop.brokers.alpaca.login import LOGIN_FORM
from legend_desktop.brokers.errors import AuthExpired
from legend_desktop.brokers.health_check import Health, HealthCheck
from legend_desktop.brokers.line_facts import LineFacts, StreamFacts
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.secret import Secret
from legend_desktop.services.account_session import AccountSession, SessionState
from legend_desktop.services.connection_ports import BrokerDoor
from legend_desktop.services.connections import SIMULATOR_ID, Connections, built_in_simulator
from legend_desktop.services.desk import build_desk
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.task_supervisor import TaskSupervisor
from tests.fakes.clock import START, FakeClock, settle
from tests.fakes.memory_store import MemoryStore

KEYS = {"api_key": "PKGOOD", "api_secret": "hush-hush-secret"}
GOOD_CHECKS = (
    HealthCheck("Reachable", Health.GOOD, "Alpaca answers in 41 ms."),
    HealthCheck("Keys are right", Health.GOOD, "Alpaca accepts the keys; they are paper keys."),
    HealthCheck("Clock", Health.GOOD, "This computer's clock is within 14 ms of Alpaca's."),
    HealthCheck("Market data", Health.DOUBTFUL, "Only IEX quotes come with this account.", "Use sip with a paid plan."),
)
BAD_CHECKS = (
    HealthCheck("Reachable", Health.GOOD, "Alpaca answers in 41 ms."),
    HealthCheck(
        "Keys are right", Health.BAD, "Alpaca refuses the keys (403).", "Make a new paper key.", "403 forbidden"
    ),
    HealthCheck("Order stream", Health.SKIPPED, "Not looked at without a login."),
)


class MemoryProfiles:
    """The list of connections in memory; ``broken`` makes it refuse."""

    def __init__(self, *profiles: ConnectionProfile) -> None:
        self.rows = list(profiles)
        self.broken = False

    def load(self) -> list[ConnectionProfile]:
        return list(self.rows)

    def save(self, profiles: Sequence[ConnectionProfile]) -> None:
        if self.broken:
            raise StoreError("The list of connections cannot be written.")
        self.rows = list(profiles)


class MemoryVault:
    """Secrets in a dict."""

    def __init__(self, *, lasting: bool = True) -> None:
        self.lasting = lasting
        self.words = (
            "Keys are kept in the system key store, not in a file of this program."
            if lasting
            else "This computer has no key store. Keys are kept in memory and asked for again at the next start."
        )
        self.kept: dict[tuple[str, str], Secret] = {}

    async def put(self, profile: ConnectionProfile, field: str, secret: Secret) -> None:
        self.kept[profile.id, field] = secret

    async def get(self, profile: ConnectionProfile, field: str) -> Secret | None:
        return self.kept.get((profile.id, field))

    async def remove(self, profile: ConnectionProfile, fields: Sequence[str]) -> None:
        for name in fields:
            self.kept.pop((profile.id, name), None)


class NamedSimulator(SimulatorAdapter):
    """A simulator under another broker's name, with an account number and a line of a test's choosing."""

    def __init__(self, clock: Clock, profile: ConnectionProfile) -> None:
        super().__init__(clock, SimulatorConfig(quote_rate=0, self_driven=False))
        self.broker = profile.broker
        self.mode = profile.mode
        self._number = profile.account_id
        self.facts = LineFacts()

    @property
    def account_id(self) -> str:
        return self._number or super().account_id

    @property
    def line(self) -> LineFacts:
        return self.facts


def alpaca_profile(
    profile_id: str = "alpaca1",
    *,
    mode: TradingMode = TradingMode.PAPER,
    number: str = "PA34417",
    label: str = "Alpaca",
    days_old: float = 12,
    **options: str,
) -> ConnectionProfile:
    """A saved connection whose keys were stored ``days_old`` days before the clock's start."""
    at = START - timedelta(days=days_old)
    return ConnectionProfile(profile_id, BrokerType.ALPACA, mode, label, at, number, options, keys_written_at=at)


def busy_line(clock: FakeClock, *, silent: bool = False) -> LineFacts:
    """The facts of a line in use, with streams that just spoke or fell silent."""
    now = clock.now()
    orders = now - timedelta(seconds=32 if silent else 0.2)
    return LineFacts(
        answer_p50_ms=41.3,
        answer_p99_ms=117.6,
        requests_left=184,
        requests_limit=200,
        clock_offset_ms=14.2,
        streams=(
            StreamFacts("orders", orders, 30.0, cuts=2 if silent else 0, blind_seconds=36 if silent else 0),
            StreamFacts("quotes", now - timedelta(seconds=0.1), 10.0),
        ),
        feed="IEX",
        feed_note="IEX is one exchange, not the national best bid and offer.",
    )


@dataclass
class ConnectionWorld:
    """Connections of one mode with a door to simulators."""

    mode: TradingMode = TradingMode.PAPER
    profiles: MemoryProfiles = field(default_factory=MemoryProfiles)
    vault: MemoryVault = field(default_factory=MemoryVault)
    clock: FakeClock = field(default_factory=FakeClock)
    checks: tuple[HealthCheck, ...] = GOOD_CHECKS
    numbers: dict[str, str] = field(default_factory=lambda: {"PKGOOD": "PA34417", "PKOTHER": "PA30936"})
    hidden: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    examined: list[tuple[TradingMode, dict[str, str]]] = field(default_factory=list)
    defaults: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.supervisor = TaskSupervisor(self._report)
        built_in = built_in_simulator(START) if self.mode is TradingMode.PAPER else None
        self.connections = Connections(
            self.mode,
            self.profiles,
            self.vault,
            BrokerDoor(
                (LOGIN_FORM,), self._examine, self._read, self._open, lambda _profile_id: None, self.hidden.append
            ),
            clock=self.clock,
            supervisor=self.supervisor,
            built_in=built_in,
            keep_default=self.defaults.append,
        )
        self.connections.on_choose = self.choices.append

    def _report(self, error: BaseException, where: str) -> None:
        self.faults.append(f"{where}: {error!r}")

    async def load(self) -> None:
        """Read the list and give each saved connection its keys."""
        await self.connections.load()
        for profile in self.profiles.rows:
            for name, text in KEYS.items():
                await self.vault.put(profile, name, Secret(text))

    async def trade(self, profile_id: str = SIMULATOR_ID) -> AccountSession:
        """Open a connection and let the window trade it."""
        session = await self.open(profile_id)
        self.connections.current_id = profile_id
        return session

    async def open(self, profile_id: str) -> AccountSession:
        """Open a connection and wait until it is open or needs a person."""
        session = await self.connections.connect(profile_id)
        await self.settle()
        return session

    async def settle(self) -> None:
        """Let threads and tasks come to an end of what they do now."""
        for _ in range(40):
            await asyncio.to_thread(int)  # what was given to a thread before is done after this
            await self.clock.advance(0.002)
            opening = any(row.state is SessionState.OPENING for row in self.connections.sessions)
            if not opening and not self.connections_busy():
                return

    def connections_busy(self) -> bool:
        """True while something that a person asked for still runs."""
        return bool(self.supervisor.names)

    def line(self, profile_id: str, facts: LineFacts) -> None:
        """Let a session's adapter tell these facts."""
        session = self.connections.session(profile_id)
        assert session is not None
        assert isinstance(session.broker, NamedSimulator)
        session.broker.facts = facts

    async def stop(self) -> None:
        """End everything; what any task raised fails the test."""
        await self.connections.close()
        await self.supervisor.stop()
        assert not self.faults, self.faults

    async def _examine(
        self,
        broker: BrokerType,
        mode: TradingMode,
        values: Mapping[str, str],
    ) -> AsyncIterator[HealthCheck]:
        self.examined.append((mode, dict(values)))
        for check in self.checks:
            await settle(1)
            yield check

    async def _read(self, broker: BrokerType, mode: TradingMode, values: Mapping[str, str]) -> str:
        await settle(1)
        number = self.numbers.get(values.get("api_key", ""))
        if number is None:
            raise AuthExpired("Alpaca refuses these keys.", advice="Make a new key and copy both parts.")
        return number

    def _open(self, profile: ConnectionProfile, credentials: Mapping[str, str]) -> AccountSession:
        broker = NamedSimulator(self.clock, profile)
        bus, supervisor = EventBus(self._report), TaskSupervisor(self._report)
        desk = build_desk(broker, MemoryStore(profile.mode), bus=bus, clock=self.clock, supervisor=supervisor)
        return AccountSession(profile, broker, desk, bus, supervisor)
