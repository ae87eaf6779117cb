"""Two ways to drive the demo: the real window by its command line and order entry, or the services alone.

Both do what a person would; where Qt cannot be loaded the second one still runs the whole main job.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from legend_desktop.domain.enums import OrderSide, OrderSource
from legend_desktop.domain.errors import InvalidInput, LegendError
from legend_desktop.services.desk import Desk
from legend_desktop.services.live_trading import QuickEntryRequest

if TYPE_CHECKING:
    from legend_desktop.app.composition import Desktop

Call = Callable[[], Awaitable[object]]
PREVIEW_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class QuickDraft:
    """A quick entry as a person types it."""

    symbol: str
    side: OrderSide
    risk: str
    stop: Decimal
    target: Decimal | None = None


class DemoFace(Protocol):
    """How the demo asks for things."""

    async def quick(self, draft: QuickDraft) -> str:
        """Send a quick entry; a sentence where it was refused."""
        ...

    async def command(self, text: str, call: Call) -> None:
        """Do what ``text`` says; ``call`` is the same asked of the services."""
        ...


class ServiceFace:
    """Asks the services directly."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def quick(self, draft: QuickDraft) -> str:
        """Send a quick entry; a sentence where it was refused."""
        request = QuickEntryRequest(
            draft.symbol,
            draft.side,
            stop_loss_price=draft.stop,
            target_price=draft.target,
            risk_percent=draft.risk,
            source=OrderSource.KEY,
            pressed_ns=self._desk.clock.monotonic_ns(),
        )
        try:
            await self._desk.trading.quick_entry(request)
        except LegendError as error:
            return error.sentence
        return ""

    async def command(self, text: str, call: Call) -> None:  # noqa: ARG002  the window types it
        """Do it; what refuses is raised."""
        await call()


class WindowFace:
    """Types into the command line and presses the quick key of order entry, in the real window."""

    def __init__(self, desktop: "Desktop") -> None:
        self._desktop = desktop

    async def quick(self, draft: QuickDraft) -> str:
        """Fill order entry and press the key; a sentence where it was refused."""
        entry = self._desktop.parts.entry
        await self._until(lambda: not entry.busy and not entry.guarded, 10)
        entry.clear()
        await self._until(lambda: not entry.guarded, 2)
        entry.set_symbol(draft.symbol)
        entry.set_by_quantity(False)
        entry.set_side(draft.side)
        entry.set_text("risk", draft.risk)
        entry.set_text("stop", f"{draft.stop:f}")
        entry.set_text("target", f"{draft.target:f}" if draft.target is not None else "")
        await self._until(lambda: entry.preview is not None, PREVIEW_SECONDS)
        await asyncio.sleep(0.3)
        if entry.quick(draft.side, self._desktop.setup.clock.monotonic_ns()):
            return ""
        return entry.refusal.sentence if entry.refusal is not None else entry.message

    async def command(self, text: str, call: Call) -> None:  # noqa: ARG002  the services are asked by the window
        """Type ``text`` and press Enter once the preview allows it; hold it where the line asks for that."""
        from legend_desktop.viewmodels.command_line import LineState

        line = self._desktop.parts.command
        line.open_with(text)
        await asyncio.sleep(0.3)
        line.enter_pressed(self._desktop.setup.clock.monotonic_ns())
        for _ in range(60):
            await asyncio.sleep(0.02)
            line.tick()
        line.enter_released()
        shown = line.preview
        if shown.state is LineState.ASKS:
            line.enter_pressed(self._desktop.setup.clock.monotonic_ns())
            await asyncio.sleep(0.3)
            line.enter_released()
        line.escape()
        if shown.state is LineState.REFUSED:
            raise InvalidInput(f"{text}: {shown.message}")

    async def _until(self, condition: Callable[[], bool], seconds: float) -> None:
        for _ in range(int(seconds / 0.05)):
            if condition():
                return
            await asyncio.sleep(0.05)
