"""Streams handed to consumers: what is queued is given at once, without a turn of the event loop for each item."""

import asyncio
import weakref
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
QUOTES_KEPT = 50_000
"""Quotes that wait for a slow reader before the oldest are dropped; order events are never dropped."""


class Channel(Generic[T]):
    """The producer's end: ``push`` items, then ``close``, with an error where the line broke."""

    def __init__(self, keep: int | None = None) -> None:
        self._items: deque[T] = deque(maxlen=keep)
        self._waiter: asyncio.Future[None] | None = None
        self._closed = False
        self._error: Exception | None = None
        self._swallow = 0

    @property
    def closed(self) -> bool:
        """True once nothing more comes."""
        return self._closed

    def silence(self, items: int | None = None) -> None:
        """Swallow the next ``items`` items, or all that come (``None``), while the line stays up."""
        self._swallow = -1 if items is None else items

    def push(self, item: T) -> None:
        """Queue ``item`` and wake the reader."""
        if self._closed:
            return
        if self._swallow:
            self._swallow = max(-1, self._swallow - 1)
            return
        self._items.append(item)
        self._wake()

    def close(self, error: Exception | None = None) -> None:
        """End the stream after what is queued; with ``error`` it breaks instead."""
        if not self._closed:
            self._closed = True
            self._error = error
            self._wake()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def next(self) -> T:
        """The next item; raises ``StopAsyncIteration`` at the end, or the error of a broken line."""
        while not self._items:
            if self._closed:
                if self._error is not None:
                    raise self._error
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._items.popleft()


class Stream(Generic[T]):
    """The reader's end: an async iterator. ``detach`` is called when the reader is done or has let go of it."""

    def __init__(self, channel: Channel[T], detach: Callable[[], None]) -> None:
        self._channel = channel
        self._finalizer = weakref.finalize(self, detach)
        self._finalizer.atexit = False

    def __aiter__(self) -> "Stream[T]":
        """The stream itself."""
        return self

    async def __anext__(self) -> T:
        """The next item."""
        return await self._channel.next()

    async def aclose(self) -> None:
        """Stop listening."""
        self._channel.close()
        self._finalizer()
