"""``legend-desktop report``: makes a best-execution report from the journal, or compares one with it.

The journal is only read, so this runs beside an open window. Nothing is written but the file that was asked for.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from legend_desktop.app import early_checks
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import InvalidInput, LegendError
from legend_desktop.infra.atomic_file import write_atomic
from legend_desktop.infra.paths import ProfilePaths
from legend_desktop.infra.resources import resource, resources_dir
from legend_desktop.infra.settings import Settings
from legend_desktop.services.profile_store import profile_store
from legend_desktop.services.report_content import BestExecution, build_report
from legend_desktop.services.report_formats import make_file
from legend_desktop.services.report_inputs import load_inputs
from legend_desktop.services.report_seal import Seal, find_seal, format_of, seal_of
from legend_desktop.services.report_terms import PDF, ReportTerms
from legend_desktop.services.report_verify import Comparison, compare

STYLE = "reports/best-execution.css"


@dataclass(frozen=True, slots=True)
class ReportDesk:
    """What a report is made from: the profile, its settings, and the clock that says what is still to come."""

    paths: ProfilePaths
    settings: Settings
    clock: Clock

    async def make(self, terms: ReportTerms, wanted: str) -> tuple[bytes, BestExecution, Seal]:
        """The file in the format ``wanted``, and what it says. Raises ``LegendError``."""
        if wanted == PDF:
            problem = early_checks.qt_problem("PySide6.QtSvg")
            if problem:
                raise LegendError(problem, advice="Or use --format html, which needs no Qt.")
        report = await self._report(terms)
        seal = seal_of(report)
        style = resource(STYLE).read_text(encoding="utf-8")
        return make_file(report, seal, wanted, style=style, pdf=_draw_pdf), report, seal

    async def verify(self, file: Path) -> Comparison:
        """Make ``file`` anew and compare. Raises ``LegendError`` where it is no report."""
        try:
            data = file.read_bytes()  # noqa: ASYNC240  nothing else runs on this loop
        except OSError as error:
            raise InvalidInput(f"{file} cannot be read ({error.strerror or error}).") from error
        seal, wanted = find_seal(data), format_of(data)
        rebuilt, _, anew = await self.make(seal.terms, wanted)
        return compare(data, seal, rebuilt, anew, drawn_by_qt=wanted == PDF)

    async def _report(self, terms: ReportTerms) -> BestExecution:
        if not self.settings.get("store.database_url") and not self.paths.database(terms.mode).exists():
            raise LegendError(
                f"This profile holds no orders with {_money(terms.mode)} yet.",
                advice="Name another profile with --profile-dir, or another --mode.",
            )
        journal = profile_store(self.settings, self.paths, terms.mode, self.clock, read_only=True)
        await journal.open()
        try:
            inputs = await load_inputs(journal, terms.as_of)
        finally:
            await journal.close()
        return build_report(inputs, terms)


async def run_report(desk: ReportDesk, terms: ReportTerms, wanted: str, out: Path, say: Callable[[str], None]) -> None:
    """Write the report to ``out`` and say what is in it."""
    data, report, seal = await desk.make(terms, wanted)
    write_whole(out, data)
    stats = report.stats
    orders = "1 order" if len(report.orders) == 1 else f"{len(report.orders)} orders"
    say(f"Report    {out}")
    say(f"{orders} with {_money(terms.mode)}, {stats.n_used} with a cost, {stats.n_excluded} left out.")
    say(f"Inputs    {seal.inputs}")
    say(f"Content   {seal.content}")


def write_whole(out: Path, data: bytes) -> None:
    """Write the file whole or not at all. Raises ``LegendError`` where the folder refuses."""
    try:
        write_atomic(out, data)
    except OSError as error:
        raise LegendError(
            f"{out} cannot be written ({error.strerror or error}).", advice="Name another file with --out."
        ) from error


def _money(mode: TradingMode) -> str:
    return "real money" if mode is TradingMode.LIVE else "simulated money"


def _draw_pdf(report: BestExecution, seal: Seal) -> bytes:
    """Draw on Qt's offscreen platform, whatever screen there is: letters are the same everywhere then."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QHashSeed
    from PySide6.QtGui import QGuiApplication

    from legend_desktop.app.report_pdf import pdf_report

    QHashSeed.setDeterministicGlobalSeed()  # the order in which Qt writes its fonts
    application = QGuiApplication.instance() or QGuiApplication([])
    data = pdf_report(report, seal, resources_dir())
    del application
    return data
