"""``legend-desktop demo``: the main job on the simulator, with a table, pictures and a report.

This module imports no Qt: where Qt cannot be loaded the same steps run on the services alone, without pictures.
"""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from legend_desktop.app.demo_faces import DemoFace, ServiceFace, WindowFace
from legend_desktop.app.demo_script import DemoScript, StepResult
from legend_desktop.app.hooks import PROGRAM
from legend_desktop.app.options import DemoOptions, StartOptions
from legend_desktop.app.shutdown import StopStep, ordered_stop
from legend_desktop.app.trading_setup import TradingSetup, set_up_trading
from legend_desktop.domain.events import KeyToWire, Notice
from legend_desktop.domain.formatting import format_bps, format_price, format_shares
from legend_desktop.domain.orders import Order
from legend_desktop.infra.resources import resource
from legend_desktop.services.desk import Desk
from legend_desktop.services.order_words import order_sentence
from legend_desktop.services.report_content import build_report
from legend_desktop.services.report_html import html_report
from legend_desktop.services.report_inputs import load_inputs
from legend_desktop.services.report_seal import seal_of
from legend_desktop.services.report_terms import make_terms
from legend_desktop.services.trades_report import trades_page

if TYPE_CHECKING:
    from legend_desktop.app.composition import Desktop

SYMBOLS = ("AAPL", "MSFT", "NVDA", "AMD", "JPM")
REPORT = "best-execution.html"
TRADES = "closed-trades.html"
FULL_DESK = "close_half"
"""The step after which positions, working orders and costs are all on screen: the moment for pictures."""


async def run_demo(options: StartOptions) -> int:
    """Run every step; returns 0 only where all of them reached their state."""
    terms = options.demo
    assert terms is not None
    setup = set_up_trading(options.settings, options.paths, options.reporter.report, replay=terms.replay)
    options.reporter.tell(setup.bus.publish, asyncio.get_running_loop())
    wire: dict[str, float] = {}

    def note(event: KeyToWire) -> None:
        wire.setdefault(event.client_order_id, event.milliseconds)

    setup.bus.subscribe(KeyToWire, note)
    desktop = await _open(options, setup, terms)
    face: DemoFace = WindowFace(desktop) if desktop is not None else ServiceFace(setup.desk)
    symbols = _replayed(terms.replay) if terms.replay is not None else SYMBOLS
    script = DemoScript(setup.desk, face, symbols)
    written: list[str] = []
    faults: list[str] = []

    def note_fault(notice: Notice) -> None:
        if notice.source == PROGRAM:
            faults.append(notice.details)

    setup.bus.subscribe(Notice, note_fault)

    async def after(step: str) -> None:
        if desktop is not None and step == FULL_DESK:
            from legend_desktop.app.demo_pictures import take_pictures

            written.extend(f"Picture   {path}" for path in await take_pictures(desktop, terms.out))

    try:
        await script.run(after)
        _say(table(script.results, setup.desk, wire))
        written += await _write_reports(terms, setup)
        _say("\n".join(("", *written, "", _verdict(script, faults))))
    finally:
        options.reporter.tell(None)
        steps = desktop.stop_steps() if desktop is not None else _stop_steps(setup)
        if desktop is not None:
            desktop.window.hide()
        await ordered_stop(steps, options.stop)
        if desktop is not None:
            await desktop.close_window()
    return 0 if script.ok and not faults else 1


async def _open(options: StartOptions, setup: TradingSetup, terms: DemoOptions) -> "Desktop | None":
    """The window where there can be one, and the desk behind it."""
    if not terms.pictures:
        await setup.open()
        return None
    from legend_desktop.app.composition import build_desktop

    desktop = build_desktop(options, setup)
    desktop.window.resize(1440, 900)
    desktop.window.show()
    desktop.parts.router.trigger("panel.chart")
    desktop.hotkeys.start()
    desktop.stall_guard.start()
    await desktop.open()
    return desktop


def _stop_steps(setup: TradingSetup) -> list[StopStep]:
    return [
        StopStep("tasks", setup.supervisor.stop, 4.0),
        StopStep("broker", setup.desk.stop, 3.0, must=True),
        StopStep("journal", setup.store.close, 12.0, must=True),
    ]


def _replayed(path: Path) -> tuple[str, ...]:
    """The first symbols of a replay file, in the order of their appearance."""
    found: dict[str, None] = {}
    with path.open(encoding="utf-8") as lines:
        next(lines, None)
        for number, line in enumerate(lines):
            fields = line.split(",")
            if len(fields) > 1 and fields[1].strip():
                found[fields[1].strip().upper()] = None
            if len(found) == len(SYMBOLS) or number > 10_000:
                break
    return tuple(found) or SYMBOLS


async def _write_reports(terms: DemoOptions, setup: TradingSetup) -> list[str]:
    """Write the best-execution page and that of the closed trades; returns the lines that say where."""
    style = resource("reports/best-execution.css").read_text(encoding="utf-8")
    wanted = make_terms(setup.store.mode, setup.clock.now())
    report = build_report(await load_inputs(setup.store, wanted.as_of), wanted)
    pages = {
        REPORT: html_report(report, seal_of(report), style),
        TRADES: trades_page(setup.desk.round_trips.closed(), style),
    }
    for name, page in pages.items():
        await asyncio.to_thread((terms.out / name).write_bytes, page)
    return [f"Report    {terms.out / name}" for name in pages]


# ---- the table ----------------------------------------------------------------------------------------------------

_HEAD = ("step", "symbol", "order", "state", "filled", "average", "cost bp", "key to wire ms")


def table(results: list[StepResult], desk: Desk, wire: dict[str, float]) -> str:
    """Every step and under it every order that came of it."""
    rows: list[tuple[str, ...]] = [_HEAD]
    for number, result in enumerate(results, 1):
        mark = "ok" if result.ok else "FAILED"
        rows.append((f"{number:>2} {result.name}", "", result.expected, mark, "", "", "", ""))
        if result.problem:
            rows.append(("", "", result.problem, "", "", "", "", ""))
        orders = (desk.core.context.book.get(key) for key in result.orders)
        rows.extend(_order_row(number, row, desk, wire) for row in orders if row is not None)
    widths = [max(len(row[index]) for row in rows) for index in range(len(_HEAD))]
    right = {4, 5, 6, 7}
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _order_row(number: int, order: Order, desk: Desk, wire: dict[str, float]) -> tuple[str, ...]:
    metrics = desk.analytics.order_metrics(order.client_order_id)
    cost = metrics.slippage_bps if metrics is not None and order.filled_quantity > 0 else None
    timed = wire.get(order.client_order_id)
    return (
        f"{number:>2} {order.intent.role.value}",
        order.symbol,
        f"{order_sentence(order.terms)} ({order.intent.label})",
        order.state.value,
        format_shares(order.filled_quantity) if order.filled_quantity else "",
        format_price(order.average_fill_price, places=4) if order.average_fill_price is not None else "",
        format_bps(cost, unit=False) if cost is not None else "",
        f"{timed:.1f}" if timed is not None else "",
    )


def _verdict(script: DemoScript, faults: list[str]) -> str:
    good = sum(row.ok for row in script.results)
    word = "Every step reached its state." if script.ok else "Some steps did not reach their state."
    if faults:
        word += f" The program met {len(faults)} faults of its own; they are in the log beside the pictures."
    return f"{good} of {len(script.results)} steps. {word}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
