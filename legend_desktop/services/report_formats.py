"""The formats of a report, and making its file in those that need no Qt."""

from collections.abc import Callable

from legend_desktop.services.report_content import BestExecution
from legend_desktop.services.report_csv import csv_report
from legend_desktop.services.report_html import html_report
from legend_desktop.services.report_json import json_report
from legend_desktop.services.report_seal import Seal
from legend_desktop.services.report_terms import CSV, JSON, PDF

PdfMaker = Callable[[BestExecution, Seal], bytes]


def make_file(report: BestExecution, seal: Seal, wanted: str, *, style: str, pdf: PdfMaker) -> bytes:
    """The bytes of the file in the format ``wanted``; ``style`` is the CSS of the page, ``pdf`` draws on paper."""
    if wanted == PDF:
        return pdf(report, seal)
    if wanted == CSV:
        return csv_report(report, seal)
    if wanted == JSON:
        return json_report(report, seal)
    return html_report(report, seal, style)
