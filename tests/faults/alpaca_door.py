"""A way to the fake Alpaca that can be shut, so that nobody answers on its port while the streams stay open."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.fakes.alpaca.server import FakeAlpaca


class Door:
    """A port of this machine that leads to the fake while it is open; shut, nobody listens there."""

    def __init__(self, fake: FakeAlpaca) -> None:
        self._goal = int(fake.url.rsplit(":", 1)[1])
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Nobody listens any more, and what was open is closed."""
        if self._server is not None:
            self._server.close()
            for line in list(self._lines):
                line.close()
            await self._server.wait_closed()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", self._goal)
        await asyncio.gather(self._copy(reader, forth), self._copy(back, writer))

    async def _copy(self, source: asyncio.StreamReader, goal: asyncio.StreamWriter) -> None:
        self._lines.add(goal)
        try:
            with contextlib.suppress(ConnectionError):
                while piece := await source.read(65536):
                    goal.write(piece)
                    await goal.drain()
        finally:
            self._lines.discard(goal)
            goal.close()


@asynccontextmanager
async def a_door(fake: FakeAlpaca) -> AsyncIterator[Door]:
    """An open door to ``fake``."""
    door = Door(fake)
    await door.open()
    try:
        yield door
    finally:
        await door.shut()
