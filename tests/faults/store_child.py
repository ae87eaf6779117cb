"""Programs that the store's fault tests run in a process of their own, to be killed there.

``python -m tests.faults.store_child NAME FOLDER [ARGUMENT]``
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.records import QuoteMoment
from legend_desktop.infra.clock import SystemClock
from legend_desktop.store.journal import journal_file, open_store
from tests.unit.store.samples import PAPER, QUICK, a_journal, created, filled, happened, quote_of


def say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def write_for_ever(folder: Path, start: str) -> None:
    """Record orders, their fills and details as fast as it goes; names each order once it is acknowledged."""
    journal = await open_store(journal_file(folder, PAPER), PAPER, SystemClock(), options=QUICK)
    number = int(start)
    while True:
        name = f"LPT1{number:06d}"
        await journal.record([created(name), happened(name, OrderEventKind.SENT)], [quote_of(name)])
        details = asyncio.ensure_future(journal.record_details([quote_of(name, QuoteMoment.ACK)]))
        await journal.record([filled(name, f"e{number}", 100)])
        say(name)
        await details
        number += 1


async def write_and_die(folder: Path, count: str) -> None:
    """Record ``count`` orders, name each with the size of the write-ahead log then, and die without any clean-up."""
    async with a_journal(folder) as journal:
        await journal.save_setting("behind the work at the start", "")
        for number in range(int(count)):
            name = f"LPT1{number:06d}"
            await journal.record([created(name), happened(name, OrderEventKind.SENT)])
            size = (folder / "paper.sqlite3-wal").stat().st_size
            say(f"{name} {size}")
        os.kill(os.getpid(), signal.SIGKILL)


async def intend_and_die(folder: Path, name: str) -> None:
    """Record an intent and die before anything is sent."""
    async with a_journal(folder) as journal:
        await journal.record([created(name)], [quote_of(name)])
        os.kill(os.getpid(), signal.SIGKILL)


async def die_in_migration(folder: Path, statement: str) -> None:
    """Open an old journal and die before the given statement of the revisions."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    left = int(statement)

    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    async with a_journal(folder):
        say("migrated")


async def open_and_say(folder: Path, user: str) -> None:
    """Try to open the journal, as the user of that number where one is given, and say what stands in the way."""
    if user:
        os.setuid(int(user))
    try:
        async with a_journal(folder):
            say("opened")
    except StoreError as error:
        say(f"{error.code}: {error.sentence}")


PROGRAMS: dict[str, Callable[[Path, str], Awaitable[None]]] = {
    "write_for_ever": write_for_ever,
    "write_and_die": write_and_die,
    "intend_and_die": intend_and_die,
    "die_in_migration": die_in_migration,
    "open_and_say": open_and_say,
}


def command(name: str, folder: Path, argument: object = "") -> list[str]:
    """The command that runs a program of this module."""
    return [sys.executable, "-m", "tests.faults.store_child", name, str(folder), str(argument)]


if __name__ == "__main__":
    asyncio.run(PROGRAMS[sys.argv[1]](Path(sys.argv[2]), sys.argv[3]))  # type: ignore[arg-type]
