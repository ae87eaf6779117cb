"""One line to a broker that all readers share: brokers allow a key a single stream, and punish a second one.

The line opens with its first reader and is kept for a moment after the last one has gone, so that a reader who comes
back with other wishes costs no new log-in. It never mends itself: when it breaks, every reader is told why, and whoever
wants it again asks for it after a pause of their choosing.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any, Generic, TypeVar

from legend_desktop.brokers.channels import Channel, Stream
from legend_desktop.brokers.errors import BrokerDown
from legend_desktop.brokers.line_facts import StreamFacts
from legend_desktop.brokers.tasks import TaskStarter
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.errors import LegendError

log = logging.getLogger(__name__)
T = TypeVar("T")
KEPT_SECONDS = 3.0
"""How long the line stays open without a reader."""
LOOK_SECONDS = 1.0


class SharedStream(Stream[T], Generic[T]):
    """A reader's end of a shared line. The line opens with ``open``, else with the first item asked for."""

    def __init__(self, channel: Channel[T], detach: Callable[[], None], opened: Callable[[], Awaitable[None]]) -> None:
        super().__init__(channel, detach)
        self._opened = opened

    async def open(self) -> None:
        """Return once the line is up: what happens from then on is read. Raises why it cannot be opened."""
        await self._opened()

    async def __anext__(self) -> T:
        """The next item; raises what broke the line."""
        await self._opened()
        return await super().__anext__()


class SharedLine(ABC, Generic[T]):
    """The sending end. ``name`` is the stream as the connections screen names it; ``keep`` bounds a slow reader."""

    def __init__(
        self, name: str, clock: Clock, start_task: TaskStarter, *, keep: int | None, cut_after: float | None
    ) -> None:
        self.name = name
        self._clock = clock
        self._start_task = start_task
        self._keep = keep
        self._cut_after = cut_after
        self._channels: dict[Channel[T], object] = {}
        self._task: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._up: asyncio.Future[None] | None = None
        self._why: LegendError | None = None
        self._idle_ns: int | None = None
        self._last_message_at: datetime | None = None
        self._cuts = 0
        self._blind_seconds = 0.0
        self._blind_ns: int | None = None

    # ---- for the adapter ------------------------------------------------------------------------------------------

    @property
    def facts(self) -> StreamFacts:
        """How the line has been so far; a cut that lasts counts up to now."""
        blind = self._blind_seconds
        if self._blind_ns is not None:
            blind += (self._clock.monotonic_ns() - self._blind_ns) / 1e9
        return StreamFacts(self.name, self._last_message_at, self._cut_after, self._cuts, blind)

    def join(self, wish: object = None) -> SharedStream[T]:
        """A new reader, with what it wishes to read. Its channel holds what comes from the moment the line is up."""
        channel: Channel[T] = Channel(self._keep)
        self._channels = {**self._channels, channel: wish}
        self._idle_ns = None
        self._wishes_changed()
        return SharedStream(channel, lambda: self._leave(channel), lambda: self._open_for(channel))

    async def close(self) -> None:
        """End the line; readers come to their end. A later reader opens it anew."""
        task, self._task = self._task, None
        self._end(None)  # first: a reader who is woken meanwhile must find the end and not open the line anew
        if task is not None:
            task.cancel()
        left = {row for row in (task, self._ending) if row is not None}
        if left:
            await asyncio.wait(left)
        self._blind_ns = None

    # ---- for the line of one broker -------------------------------------------------------------------------------

    @abstractmethod
    async def _session(self) -> None:
        """Open the line, call ``_is_up``, read until it breaks and raise why; returning is an end without a reason."""

    async def _check(self) -> None:
        """Called about once a second while the line is open; raises ``BrokerDown`` where it is found to be dead."""

    def _wishes_changed(self) -> None:
        """A reader came or went."""

    def _is_up(self) -> None:
        """The line is open, which took a first message: whoever waits for it goes on."""
        self._heard()
        if self._blind_ns is not None:
            self._blind_seconds += (self._clock.monotonic_ns() - self._blind_ns) / 1e9
            self._blind_ns = None
        if self._up is not None and not self._up.done():
            self._up.set_result(None)

    def _heard(self) -> None:
        """A message came."""
        self._last_message_at = self._clock.now()

    def _give(self, item: T) -> None:
        for channel in self._channels:
            channel.push(item)

    # ---- life -----------------------------------------------------------------------------------------------------

    async def _open_for(self, channel: Channel[T]) -> None:
        if channel.closed or (self._up is not None and self._up.done() and self._task is not None):
            return  # at its end the channel itself says why
        if self._task is None:
            self._up = asyncio.get_running_loop().create_future()
            self._why = None
            self._task = self._start_task(self._run(), self.name)
        up = self._up
        if up is not None:
            await asyncio.wait({up})
        if channel.closed:
            raise self._why or BrokerDown(f"The {self.name} was closed before it was open.")

    async def _run(self) -> None:
        """Read and look after the line until either has an end."""
        me = asyncio.current_task()
        parts: list[asyncio.Task[None]] = []
        try:
            for work, what in ((self._session, "reading"), (self._look_after, "looking after")):
                parts.append(self._start_task(self._guarded(work), f"{self.name}: {what}"))
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for part in parts:
                part.cancel()
            if parts:
                await asyncio.wait(parts)
            if self._task is me:
                self._task, self._ending = None, me
                self._end(self._why)

    async def _guarded(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        except LegendError as error:
            self._why = self._why or error
        except Exception:  # a line that nobody can read must be told to its readers, who reconnect
            log.exception("The line %s failed", self.name)
            self._why = self._why or BrokerDown("A message of the broker could not be read, so the line was closed.")

    async def _look_after(self) -> None:
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            idle = self._idle_ns
            if idle is not None and (self._clock.monotonic_ns() - idle) / 1e9 >= KEPT_SECONDS:
                return
            if self._up is not None and self._up.done():
                await self._check()

    def _leave(self, channel: Channel[T]) -> None:
        if channel not in self._channels:
            return
        self._channels = {row: wish for row, wish in self._channels.items() if row is not channel}
        if not self._channels:
            self._idle_ns = self._clock.monotonic_ns()
        self._wishes_changed()

    def _end(self, why: LegendError | None) -> None:
        """Tell all readers that the line has ended."""
        was_up = self._up is not None and self._up.done()
        if was_up and why is not None:
            self._cuts += 1
            self._blind_ns = self._clock.monotonic_ns()
        channels, self._channels = self._channels, {}
        for channel in channels:
            channel.close(why)
        if self._up is not None and not self._up.done():
            self._up.set_result(None)
        self._up = None
