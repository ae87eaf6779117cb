"""Switches that spoil one of the two web sockets: cut, mute, garbage, lost, doubled and reordered events.

A refused upgrade (401, 406, 429, ...) is a ``status`` rule of the fault plan on the path of the socket, not a switch.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

from aiohttp import web

Frame = str | bytes
HUGE_BYTES = 10 * 1024 * 1024


@dataclass(slots=True)
class Rewrite:
    """Changes to JSON at any depth. Keys: ``replace`` name to value, ``remove`` names, ``add`` to every object;

    values: ``words`` replaces a text that equals the key. ``{"replace": {"limit_price": null}}`` nulls a number.
    """

    replace: dict[str, Any] = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)
    words: dict[str, Any] = field(default_factory=dict)
    add: dict[str, Any] = field(default_factory=dict)

    def __call__(self, value: Any) -> Any:
        if isinstance(value, dict):
            kept = {key: self.replace.get(key, self(item)) for key, item in value.items() if key not in self.remove}
            return {**kept, **self.add}
        if isinstance(value, list):
            return [self(item) for item in value]
        if isinstance(value, str):
            return self.words.get(value, value)
        return value


@dataclass(slots=True)
class StreamFaults:
    """What goes wrong on one stream. Everything off at first; counts run down to zero by themselves."""

    close_at_once: int = 0  # so many connections are accepted and closed again at once
    login_silent: bool = False  # nothing answers the login or a subscription
    login_error: int = 0  # the login is answered by this code (data stream) or by "unauthorized" (order stream)
    mute: bool = False  # connected, answers pings, brings no event; what happens meanwhile is lost
    lose: int = 0  # so many events are lost
    delay: float = 0.0  # seconds before each event
    duplicate: bool = False  # every event comes twice
    reverse: int = 0  # so many events are held and then come last first
    cut_after: int | None = None  # the connection breaks after so many more events
    garbage: int = 0  # so many frames that are no JSON come before the next event
    huge: int = 0  # so many frames of ``huge_bytes`` come before the next event
    huge_bytes: int = HUGE_BYTES
    frames: str = ""  # "text" or "binary" overrides what the stream uses by itself
    rewrite: Rewrite | None = None  # changes every event
    sent: int = 0
    _held: list[Any] = field(default_factory=list)
    _open: set[asyncio.BaseTransport] = field(default_factory=set)

    def load(self, switches: dict[str, Any]) -> None:
        """Set switches by name. An unknown name raises ``ValueError``."""
        known = {each.name for each in fields(self) if not each.name.startswith("_")}
        for name, value in switches.items():
            if name not in known:
                raise ValueError(f"no stream switch called {name}; there are {', '.join(sorted(known))}")
            setattr(self, name, Rewrite(**value) if name == "rewrite" and isinstance(value, dict) else value)

    def clear(self) -> None:
        """Everything off; open connections stay."""
        fresh = StreamFaults()
        for each in fields(self):
            if each.name != "_open":
                setattr(self, each.name, getattr(fresh, each.name))

    @property
    def connections(self) -> int:
        return len(self._open)

    def attach(self, request: web.Request) -> None:
        """Note the connection of ``request``, so that ``cut`` finds it."""
        if request.transport is not None:
            self._open.add(request.transport)

    def detach(self, request: web.Request) -> None:
        """Forget connections that are gone."""
        self._open = {each for each in self._open if not each.is_closing() and each is not request.transport}

    def cut(self) -> int:
        """Break every open connection now, without a closing frame; returns how many."""
        found = [each for each in self._open if not each.is_closing()]
        for transport in found:
            abort = getattr(transport, "abort", transport.close)
            abort()
        self._open.clear()
        return len(found)

    def turned_away(self) -> bool:
        """Whether this new connection is to be closed at once; counts down."""
        if self.close_at_once <= 0:
            return False
        self.close_at_once -= 1
        return True

    def outgoing(self, event: Any) -> list[Any]:
        """The events to send in place of ``event``: none, it, it twice, or those held, last first."""
        if self.mute:
            return []
        if self.lose > 0:
            self.lose -= 1
            return []
        if self.rewrite is not None:
            event = self.rewrite(event)
        events = [event, event] if self.duplicate else [event]
        if self.reverse > 0:
            self._held.extend(events)
            self.reverse -= 1
            if self.reverse > 0:
                return []
            events, self._held = self._held[::-1], []
        return events

    def extra_frames(self) -> list[Frame]:
        """Raw frames that go out before the next event: garbage and huge ones."""
        frames = ['{"stream": "trade_up'] * self.garbage + ["x" * self.huge_bytes] * self.huge
        self.garbage = self.huge = 0
        return list(frames)

    def cut_is_due(self, sent: int = 1) -> bool:
        """Count ``sent`` more events; true where the connection is to break after them."""
        self.sent += sent
        if self.cut_after is None:
            return False
        self.cut_after -= sent
        if self.cut_after > 0:
            return False
        self.cut_after = None
        return True

    async def send(self, socket: web.WebSocketResponse, event: Any, encode: Callable[[Any], Frame]) -> None:
        """Send ``event`` with every switch applied. A connection that is gone raises ``ConnectionError``."""
        if self.delay:
            await asyncio.sleep(self.delay)
        events = self.outgoing(event)
        if not events:
            return
        for frame in self.extra_frames():
            await send_frame(socket, frame)
        for each in events:
            await send_frame(socket, encode(each))
        if self.cut_is_due(len(events)):
            self.cut()


async def send_frame(socket: web.WebSocketResponse, frame: Frame) -> None:
    """Send one frame of its kind."""
    if isinstance(frame, bytes):
        await socket.send_bytes(frame)
    else:
        await socket.send_str(frame)
