"""Pictures of the window and of each panel, as PNG files."""

import asyncio
from dataclasses import replace
from pathlib import Path

from legend_desktop.app.composition import Desktop
from legend_desktop.views.theme import Scheme

SETTLE_SECONDS = 0.4
SIZES = ((1280, 800), (1920, 1080))


async def take_pictures(desktop: Desktop, out: Path) -> list[Path]:
    """The whole window dark and light and in two sizes, then each panel; returns the files."""
    window, theme = desktop.window, desktop.theme
    paths: list[Path] = []

    async def keep(name: str, *, panel: str = "") -> None:
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
        window.board.focus(name)
        await keep(f"panel-{name.replace('_', '-')}", panel=name)
    return paths
