"""The real program in this process: the same start as the console script's, with a profile that is thrown away."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from legend_desktop.app.bootstrap import Program
from legend_desktop.app.options import StartOptions
from legend_desktop.cli.commands import CommonArgs

Main = Callable[[StartOptions], Coroutine[Any, Any, int]]


def run_program(main: Main) -> int:
    """Run ``main(options)`` where the program runs its window: profile lock, log, crash file, settings, Qt's loop."""
    with tempfile.TemporaryDirectory(prefix="legend-benchmark-") as folder:
        return Program(window_main=main).window(CommonArgs(profile_dir=Path(folder)))


async def until(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Return once ``condition`` holds. Raises ``TimeoutError`` naming ``what``."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds
    while not condition():
        if loop.time() > ends:
            raise TimeoutError(f"{what} did not happen within {seconds:.0f} s")
        await asyncio.sleep(0.01)


async def with_open_desktop(
    options: StartOptions,
    broker: Any,
    measure: Callable[[Any], Awaitable[None]],
    *,
    size: tuple[int, int] = (1440, 900),
) -> int:
    """Show the window over ``broker``, open journal and connection, await ``measure(desktop)``, end in order."""
    from legend_desktop.app.composition import build_desktop
    from legend_desktop.app.shutdown import ordered_stop
    from legend_desktop.app.trading_setup import set_up_trading

    setup = set_up_trading(options.settings, options.paths, options.reporter.report, broker=broker)
    desktop = build_desktop(options, setup)
    options.reporter.tell(setup.bus.publish, asyncio.get_running_loop())
    desktop.window.resize(*size)
    desktop.window.show()
    desktop.window.activateWindow()
    desktop.hotkeys.start()
    desktop.stall_guard.start()
    await desktop.open()
    try:
        await until(lambda: setup.desk.core.context.risk.entries_open, "the first comparison with the broker")
        await measure(desktop)
    finally:
        desktop.window.hide()
        options.reporter.tell(None)
        await ordered_stop(desktop.stop_steps(), options.stop)
        await desktop.close_window()
    return 0
