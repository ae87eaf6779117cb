"""Pictures of the window and of each panel, as PNG files."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from legend_desktop.app.composition import Desktop
from legend_desktop.app.timeline_model import PANEL as TIMELINE
from legend_desktop.domain.money import CENT, round_to_tick
from legend_desktop.views.theme import Scheme

SETTLE_SECONDS = 0.4
SIZES = ((1280, 800), (1920, 1080))


async def take_pictures(desktop: Desktop, out: Path) -> list[Path]:
    """The whole window dark and light and in two sizes, then each panel; returns the files."""
    window, theme = desktop.window, desktop.theme
    _draft(desktop)
    paths: list[Path] = []

    async def keep(name: str, *, panel: str = "") -> None:
        await asyncio.sleep(SETTLE_SECONDS)
        for toast in desktop.parts.notifications.toasts():
            desktop.parts.notifications.dismiss(toast.key)
        await asyncio.sleep(SETTLE_SECONDS)
        path = out / f"{name}.png"
        picture = (window.panel(panel) if panel else window).grab()
        await asyncio.to_thread(picture.toImage().save, str(path))
        paths.append(path)

    for scheme in (Scheme.DARK, Scheme.LIGHT):
        theme.set_look(replace(theme.look, scheme=scheme))
        await keep(f"window-{scheme.value}")
        for width, height in SIZES:
            window.resize(width, height)
            await keep(f"window-{scheme.value}-{width}x{height}")
        window.resize(1440, 900)
    theme.set_look(replace(theme.look, scheme=Scheme.DARK))
    for name in window.board.docks:
        if name != TIMELINE:
            window.board.focus(name)
            await keep(f"panel-{name.replace('_', '-')}", panel=name)
    model, costs = desktop.parts.timeline, desktop.setup.desk.analytics.all_metrics()
    if model is not None and costs:
        model.open_order(costs[-1].client_order_id)
        await keep(f"panel-{TIMELINE.replace('_', '-')}", panel=TIMELINE)
        model.back()
    return paths


def _draft(desktop: Desktop) -> None:
    """A quick entry ready to send, so that the pictures show its preview and its lines on the chart."""
    entry = desktop.parts.entry
    entry.clear()
    price = entry.price_facts().entry
    if price is not None:
        entry.set_text("stop", f"{round_to_tick(price * Decimal('0.994'), CENT):f}")
        entry.set_text("target", f"{round_to_tick(price * Decimal('1.012'), CENT):f}")
    desktop.window.setFocus()
