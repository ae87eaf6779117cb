"""Looks at a login before it is used: the doctor of each broker behind one door."""

from collections.abc import AsyncIterator, Callable, Mapping

from legend_desktop.brokers.base import BrokerAdapter
from legend_desktop.brokers.health_check import HealthCheck
from legend_desktop.domain.enums import BrokerType, TradingMode

Examiner = Callable[[TradingMode, Mapping[str, str]], AsyncIterator[HealthCheck]]
Maker = Callable[[BrokerType, TradingMode, Mapping[str, str]], BrokerAdapter]


class Doctor:
    """``examiners`` look at a login of their broker, ``make`` gives an adapter that is not connected."""

    def __init__(self, examiners: Mapping[BrokerType, Examiner], make: Maker) -> None:
        self._examiners = examiners
        self._make = make

    def examine(self, broker: BrokerType, mode: TradingMode, values: Mapping[str, str]) -> AsyncIterator[HealthCheck]:
        """The findings one after the other. Raises ``InvalidInput`` where something needed is missing."""
        return self._examiners[broker](mode, values)

    async def read_account_id(self, broker: BrokerType, mode: TradingMode, values: Mapping[str, str]) -> str:
        """Log in once, read which account it is, log out. Raises what ``connect`` raises."""
        adapter = self._make(broker, mode, values)
        try:
            await adapter.connect()
            return adapter.account_id
        finally:
            await adapter.disconnect()
