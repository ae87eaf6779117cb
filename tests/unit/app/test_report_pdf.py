"""The report on paper: the same bytes each time, a seal that reads back, every page with its frame."""

import re
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from legend_desktop.app.report_pdf import pdf_report
from legend_desktop.infra.resources import resources_dir
from legend_desktop.services.report_content import build_report
from legend_desktop.services.report_inputs import load_inputs
from legend_desktop.services.report_seal import find_seal, format_of, seal_of
from legend_desktop.services.report_terms import make_terms
from tests.unit.services.report_history import PAPER, History, month

NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def drawn(history: History) -> bytes:
    terms = make_terms(PAPER, NOW)
    report = build_report(await load_inputs(history, terms.as_of), terms)
    data = pdf_report(report, seal_of(report), resources_dir())
    assert find_seal(data) == seal_of(report)
    return data


def pages(data: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", data))


def one_order() -> History:
    history = History()
    history.order("LP01", "50.02", symbol="A<B", venue="<img src='x'>")
    return history


def all_excluded() -> History:
    history = History()
    history.order("LP01", "50.02", with_quote=False)
    return history


@pytest.mark.parametrize("make", [History, one_order, all_excluded], ids=["empty", "one", "excluded"])
async def test_small_histories_are_drawn(make: type[History], qapp: QApplication) -> None:
    data = await drawn(make())
    assert format_of(data) == "pdf"
    assert pages(data) >= 1
    assert data.rstrip().endswith(b"%%EOF")


async def test_the_time_in_the_file_is_that_of_the_report_and_every_offset_is_right(qapp: QApplication) -> None:
    data = await drawn(month(60))
    assert data.count(b"(D:20261122000000Z)") == 2
    start = int(data.rpartition(b"startxref")[2].split()[0])
    assert data[start : start + 4] == b"xref"
    streams = re.findall(rb"/FlateDecode\s*>>\s*stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    assert streams
    assert any(zlib.decompressobj().decompress(stream) for stream in streams)


async def test_a_long_list_takes_several_pages(qapp: QApplication, tmp_path: Path) -> None:
    assert pages(await drawn(month(120))) > pages(await drawn(month(12)))
