"""One request to end the program, from a window, a signal or the system; a second one means at once."""

import asyncio


class StopSignal:
    """Awaited by the main coroutine. ``request`` is called on the loop's thread."""

    def __init__(self) -> None:
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._reason = ""

    @property
    def requested(self) -> bool:
        """True once somebody asked."""
        return self._stop.is_set()

    @property
    def hurried(self) -> bool:
        """True once somebody asked twice."""
        return self._hurry.is_set()

    @property
    def reason(self) -> str:
        """Why the first one asked."""
        return self._reason

    def request(self, reason: str) -> None:
        """Ask for the end; asked again, the waits of the stop are cut short."""
        if self._stop.is_set():
            self._hurry.set()
            return
        self._reason = reason
        self._stop.set()

    async def wait(self) -> str:
        """Return the reason once somebody asked."""
        await self._stop.wait()
        return self._reason

    async def wait_hurry(self) -> None:
        """Return once somebody asked twice."""
        await self._hurry.wait()
