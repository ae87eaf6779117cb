"""Store and settings for callers that composed nothing: the document's ``LiveTradingService(broker)``.

The journal that the window uses on this profile is opened, so the promise holds for scripts too: on disk before the
wire. One set of services serves all that are made for the same broker object; it ends with the broker's
``async with``. Several brokers of one script share the journal, each with a part of its own.
"""

import asyncio
import logging
import os
from weakref import WeakKeyDictionary

from legend_desktop.brokers.base import BrokerAdapter
from legend_desktop.domain.enums import MatchingMethod
from legend_desktop.infra.clock import SystemClock
from legend_desktop.infra.paths import ProfilePaths, profile_paths
from legend_desktop.infra.settings import Settings
from legend_desktop.services.desk import Desk, build_desk
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.profile_store import profile_store
from legend_desktop.services.shared_journal import borrow
from legend_desktop.services.task_supervisor import TaskSupervisor, log_report
from legend_desktop.services.trading_core import TradingCore
from legend_desktop.store.journal import OrderJournal

log = logging.getLogger(__name__)
_desks: "WeakKeyDictionary[BrokerAdapter, Desk]" = WeakKeyDictionary()
_gates: "WeakKeyDictionary[BrokerAdapter, asyncio.Lock]" = WeakKeyDictionary()


async def core_for(broker: BrokerAdapter) -> TradingCore:
    """The trading parts of ``broker``, opened on the first call."""
    return (await desk_for(broker)).core


async def desk_for(broker: BrokerAdapter) -> Desk:
    """The services of ``broker``, opened on the first call.

    Raises ``LegendError`` where another program uses the profile or the account is open already, ``StoreError`` where
    the journal cannot be opened.
    """
    async with _gates.setdefault(broker, asyncio.Lock()):
        desk = _desks.get(broker)
        if desk is None:
            desk = await _open(broker)
            _desks[broker] = desk
        return desk


async def _open(broker: BrokerAdapter) -> Desk:
    paths = profile_paths()
    paths.create()
    clock = SystemClock()
    settings = _settings(paths)

    async def open_journal() -> OrderJournal:
        journal = profile_store(settings, paths, broker.mode, clock)
        await journal.open()
        return journal

    loan = await borrow(paths.lock_file, broker, open_journal)
    supervisor = TaskSupervisor()
    desk = build_desk(
        broker,
        loan.store,
        bus=EventBus(log_report),
        clock=clock,
        supervisor=supervisor,
        matching=MatchingMethod(settings.get("trading.matching")),
    )

    async def close() -> None:
        _desks.pop(broker, None)
        await supervisor.stop()
        desk.analytics.close()
        desk.round_trips.close()
        desk.value_at_risk.close()
        desk.journal.end()
        await loan.give_back()

    try:
        await desk.start(connected=True)
    except BaseException:
        # the next call may try again: nothing of this one may hold the profile
        await close()
        raise
    broker.before_disconnect(close)
    return desk


def _settings(paths: ProfilePaths) -> Settings:
    """The settings as the window reads them: environment over the stored file; what is wrong there goes to the log."""
    settings = Settings(paths.settings_file, environment=os.environ, keep_damaged=False)
    settings.close()  # nothing is written from here
    for problem in settings.problems:
        log.warning(problem)
    return settings
