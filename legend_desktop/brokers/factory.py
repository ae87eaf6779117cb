"""The one door to the brokers: ``BrokerFactory.create`` gives an adapter that is used as ``async with``."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from legend_desktop.brokers.base import BrokerAdapter
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.brokers.simulator.faults import FaultPlan
from legend_desktop.brokers.simulator.wall_clock import WallClock
from legend_desktop.brokers.tasks import TaskStarter, start_plain_task
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import BrokerType
from legend_desktop.domain.errors import InvalidInput, NotSupported

_NAMES = {
    BrokerType.SIMULATOR: "Simulator",
    BrokerType.ALPACA: "Alpaca",
    BrokerType.TD_AMERITRADE: "TD Ameritrade",
    BrokerType.SCHWAB: "Charles Schwab",
    BrokerType.INTERACTIVE_BROKERS: "Interactive Brokers",
    BrokerType.TRADESTATION: "TradeStation",
}
_AVAILABLE = (BrokerType.SIMULATOR,)


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
        note = "Built in: prices are made up, fills are simulated." if broker is BrokerType.SIMULATOR else ""
        if not usable:
            note = "Not part of this version."
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
        credentials: Mapping[str, str] | None = None,  # noqa: ARG004  (the simulator has no login)
        paper_trading: bool = True,
        **options: Any,
    ) -> BrokerAdapter:
        """An adapter for ``broker_type``, not yet connected.

        The simulator needs no credentials. Its options: ``clock``, ``faults``, ``start_task``, and either ``config`` or
        the fields of ``SimulatorConfig`` by name. Raises ``NotSupported`` for a broker that this version does not have
        and for a simulator with real money, ``InvalidInput`` for unknown names and options.
        """
        kind = _broker_type(broker_type)
        if kind not in _AVAILABLE:
            there = ", ".join(_NAMES[usable] for usable in _AVAILABLE)
            raise NotSupported(
                f"{_NAMES[kind]} is not part of this version; what it has is: {there}.",
                advice="Use the simulator, which needs no account.",
            )
        if not paper_trading:
            raise NotSupported("The simulator trades made-up money only.", advice="Use a paper profile for it.")
        return _simulator(**options)

    @staticmethod
    def supported_brokers() -> list[SupportedBroker]:
        """See the function of the same name."""
        return supported_brokers()


_broker_type = broker_type


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
