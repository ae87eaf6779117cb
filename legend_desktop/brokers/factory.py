"""The one door to the brokers: ``BrokerFactory.create`` gives an adapter that is used as ``async with``.

An adapter of a broker on the network is imported when the first one is made: the window paints before that.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from legend_desktop.brokers.alpaca.login import LOGIN_FORM as ALPACA_LOGIN
from legend_desktop.brokers.base import BrokerAdapter
from legend_desktop.brokers.capabilities import Capabilities
from legend_desktop.brokers.doctor import Doctor
from legend_desktop.brokers.health_check import HealthCheck
from legend_desktop.brokers.login_form import LoginForm
from legend_desktop.brokers.simulator.abilities import capabilities_of
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.brokers.simulator.faults import FaultPlan
from legend_desktop.brokers.simulator.wall_clock import WallClock
from legend_desktop.brokers.tasks import TaskStarter, start_plain_task
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.errors import InvalidInput, NotSupported

if TYPE_CHECKING:
    from legend_desktop.brokers.http import TimeLimits  # brings the HTTP library with it

_NAMES = {
    BrokerType.SIMULATOR: "Simulator",
    BrokerType.ALPACA: "Alpaca",
    BrokerType.TD_AMERITRADE: "TD Ameritrade",
    BrokerType.SCHWAB: "Charles Schwab",
    BrokerType.INTERACTIVE_BROKERS: "Interactive Brokers",
    BrokerType.TRADESTATION: "TradeStation",
}
_AVAILABLE = (BrokerType.SIMULATOR, BrokerType.ALPACA)
_NOTES = {
    BrokerType.SIMULATOR: "Built in: prices are made up, fills are simulated.",
    BrokerType.ALPACA: "Needs an API key. Without a paid plan its quotes are those of one exchange, IEX.",
}


@dataclass(frozen=True, slots=True)
class SupportedBroker:
    """One broker by name: whether it can be used in this version, and in which modes."""

    broker: BrokerType
    name: str
    available: bool
    paper: bool
    live: bool
    note: str = ""


def supported_brokers() -> list[SupportedBroker]:
    """Every broker the program has a name for, the usable ones first."""
    rows = []
    for broker in sorted(_NAMES, key=lambda kind: kind not in _AVAILABLE):
        usable = broker in _AVAILABLE
        note = _NOTES[broker] if usable else "Not part of this version."
        live = usable and broker is not BrokerType.SIMULATOR
        rows.append(SupportedBroker(broker, _NAMES[broker], usable, paper=usable, live=live, note=note))
    return rows


def broker_type(name: BrokerType | str) -> BrokerType:
    """The broker called ``name``; raises ``InvalidInput`` for a name that no broker has."""
    try:
        return BrokerType(str(name).strip().lower())
    except ValueError:
        known = ", ".join(kind.value for kind in _NAMES)
        raise InvalidInput(f"There is no broker called {name}.", advice=f"The names are {known}.") from None


class BrokerFactory:
    """Makes adapters."""

    @staticmethod
    def create(
        broker_type: BrokerType | str = BrokerType.SIMULATOR,
        credentials: Mapping[str, str] | None = None,
        paper_trading: bool = True,
        **options: Any,
    ) -> BrokerAdapter:
        """An adapter for ``broker_type``, not yet connected.

        The simulator needs no credentials. Its options: ``clock``, ``faults``, ``start_task``, and either ``config`` or
        the fields of ``SimulatorConfig`` by name. Alpaca's credentials are ``api_key`` and ``api_secret``; its options:
        ``clock``, ``start_task``, ``redact`` and ``limits`` (``TimeLimits``). Raises ``NotSupported`` for a broker that
        this version does not have and for a simulator with real money, ``InvalidInput`` for unknown names and options
        and missing credentials.
        """
        kind = _broker_type(broker_type)
        if kind not in _AVAILABLE:
            there = ", ".join(_NAMES[usable] for usable in _AVAILABLE)
            raise NotSupported(
                f"{_NAMES[kind]} is not part of this version; what it has is: {there}.",
                advice="Use the simulator, which needs no account.",
            )
        if kind is BrokerType.ALPACA:
            return _alpaca(credentials or {}, _mode(paper_trading), **options)
        if not paper_trading:
            raise NotSupported("The simulator trades made-up money only.", advice="Use a paper profile for it.")
        return _simulator(**options)

    @staticmethod
    def supported_brokers() -> list[SupportedBroker]:
        """See the function of the same name."""
        return supported_brokers()

    @staticmethod
    def name_of(broker: BrokerType) -> str:
        """The broker as sentences name it."""
        return _NAMES[broker]

    @staticmethod
    def login_forms() -> tuple[LoginForm, ...]:
        """What each broker that needs a login asks for."""
        return (ALPACA_LOGIN,)

    @staticmethod
    def load(broker: BrokerType) -> None:
        """Import what an adapter needs; takes a moment the first time, so windows call it on a thread."""
        if broker is BrokerType.ALPACA:
            from anyio._backends import _asyncio  # noqa: F401  the HTTP library imports it with its first request

            from legend_desktop.brokers.alpaca import adapter, doctor  # noqa: F401

    @staticmethod
    def abilities() -> dict[str, Capabilities]:
        """What each broker can do as its adapter declares it, by name."""
        from legend_desktop.brokers.alpaca.abilities import declared as alpaca_abilities

        return {
            _NAMES[BrokerType.SIMULATOR]: capabilities_of(SimulatorConfig()),
            _NAMES[BrokerType.ALPACA]: alpaca_abilities(),
        }

    @staticmethod
    def doctor(clock: Clock, redact: Callable[[str], str]) -> Doctor:
        """Who looks at logins before they are used; texts of brokers pass ``redact``."""

        def make(broker: BrokerType, mode: TradingMode, values: Mapping[str, str]) -> BrokerAdapter:
            paper = mode is TradingMode.PAPER
            return BrokerFactory.create(broker, values, paper, clock=clock, redact=redact)

        def alpaca(mode: TradingMode, values: Mapping[str, str]) -> AsyncIterator[HealthCheck]:
            from legend_desktop.brokers.alpaca.config import AlpacaConfig
            from legend_desktop.brokers.alpaca.doctor import examine

            return examine(AlpacaConfig.from_credentials(values, mode), clock, redact)

        return Doctor({BrokerType.ALPACA: alpaca}, make)


_broker_type = broker_type


def _mode(paper_trading: bool) -> TradingMode:
    return TradingMode.PAPER if paper_trading else TradingMode.LIVE


def _alpaca(
    credentials: Mapping[str, str],
    mode: TradingMode,
    *,
    clock: Clock | None = None,
    start_task: TaskStarter = start_plain_task,
    redact: Callable[[str], str] = str,
    limits: "TimeLimits | None" = None,
) -> BrokerAdapter:
    from legend_desktop.brokers.alpaca.adapter import AlpacaAdapter
    from legend_desktop.brokers.alpaca.config import AlpacaConfig

    config = AlpacaConfig.from_credentials(credentials, mode)
    return AlpacaAdapter(config, clock or WallClock(), start_task=start_task, redact=redact, limits=limits)


def _simulator(
    *,
    clock: Clock | None = None,
    config: SimulatorConfig | None = None,
    faults: FaultPlan | None = None,
    start_task: TaskStarter = start_plain_task,
    **settings: Any,
) -> SimulatorAdapter:
    known = {field.name for field in fields(SimulatorConfig)}
    unknown = sorted(settings.keys() - known)
    if unknown:
        raise InvalidInput(f"The simulator has no option {unknown[0]}.", advice=f"It has {', '.join(sorted(known))}.")
    if config is not None and settings:
        raise InvalidInput("Give the simulator a config or single options, not both.")
    return SimulatorAdapter(
        clock or WallClock(), config or SimulatorConfig(**settings), faults=faults, start_task=start_task
    )
