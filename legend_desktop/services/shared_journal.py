"""One journal for all brokers that a script opens on the same profile: opened with the first, closed with the last.

The profile's lock keeps other programs out, not this one. Each account has a part of the journal to itself, so that
neither sees the other's orders; the simulator's is the one that the window has too.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from legend_desktop.brokers.base import BrokerAdapter
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import LegendError
from legend_desktop.infra.single_instance import InstanceLock
from legend_desktop.services.ports import OrderStore
from legend_desktop.services.profile_store import journal_part
from legend_desktop.store.journal import OrderJournal

Opener = Callable[[], Awaitable[OrderJournal]]


@dataclass(slots=True)
class _Profile:
    """A profile that this process holds. ``users`` counts those who wait for a journal too."""

    lock: InstanceLock
    loop: asyncio.AbstractEventLoop
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)
    journals: dict[TradingMode, OrderJournal] = field(default_factory=dict)
    loans: Counter[TradingMode] = field(default_factory=Counter)
    parts: set[tuple[TradingMode, str]] = field(default_factory=set)
    users: int = 0


_profiles: dict[Path, _Profile] = {}


@dataclass(slots=True)
class Loan:
    """A part of the journal, ``store``, until ``give_back``."""

    store: OrderStore
    give_back: Callable[[], Awaitable[None]]


async def borrow(lock_file: Path, broker: BrokerAdapter, open_journal: Opener) -> Loan:
    """The part of the profile's journal that belongs to the account of ``broker``; ``open_journal`` makes the journal.

    Raises ``LegendError`` where another program or another thread uses the profile or the account is open here already,
    and what ``open_journal`` raises.
    """
    profile = _hold(lock_file)
    profile.users += 1
    try:
        part = _take_part(profile, broker)
    except BaseException:
        _leave(profile, lock_file)
        raise
    mode = broker.mode

    async def give_back() -> None:
        async with profile.gate:
            profile.loans[mode] -= 1
            profile.parts.discard((mode, part))
            try:
                if profile.loans[mode] == 0:
                    await profile.journals.pop(mode).close()
            finally:
                _leave(profile, lock_file)

    try:
        async with profile.gate:
            if mode not in profile.journals:
                profile.journals[mode] = await open_journal()
            profile.loans[mode] += 1
    except BaseException:
        profile.parts.discard((mode, part))
        _leave(profile, lock_file)
        raise
    journal = profile.journals[mode]
    return Loan(journal.for_account(part) if part else journal, give_back)


def _hold(lock_file: Path) -> _Profile:
    """The profile of this process, taken now where nobody has it."""
    loop = asyncio.get_running_loop()
    profile = _profiles.get(lock_file)
    if profile is None:
        lock = InstanceLock(lock_file)
        if not lock.acquire():
            raise _in_use("Another Legend Desktop uses this profile")
        profile = _profiles[lock_file] = _Profile(lock, loop)
    elif profile.loop is not loop:
        raise _in_use("Another thread of this program uses this profile")
    return profile


def _leave(profile: _Profile, lock_file: Path) -> None:
    profile.users -= 1
    if profile.users == 0:
        del _profiles[lock_file]
        profile.lock.release()


def _take_part(profile: _Profile, broker: BrokerAdapter) -> str:
    """The name of the account's part; empty for the simulator's, a number of its own for each further simulator."""
    name = journal_part(broker.broker, broker.account_id)
    if (broker.mode, name) in profile.parts:
        if name:
            raise LegendError(
                f"The account {broker.account_id} is open in this program already.",
                advice="Use the broker object that opened it.",
                code="account_in_use",
            )
        free = next(number for number in range(2, 1_000) if (broker.mode, f"simulator:{number}") not in profile.parts)
        name = f"simulator:{free}"
    profile.parts.add((broker.mode, name))
    return name


def _in_use(who: str) -> LegendError:
    return LegendError(
        f"{who}, so nothing can be written down safely.",
        advice="Close it, or set LEGEND_PROFILE_DIR to another folder.",
        code="profile_in_use",
    )
