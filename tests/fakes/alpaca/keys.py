"""Where a handler finds the fake that it serves: ``request.app[FAKE]``."""

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from tests.fakes.alpaca.server import FakeAlpaca

FAKE: "web.AppKey[FakeAlpaca]" = web.AppKey("fake", object)  # type: ignore[arg-type]
