"""The report on paper, drawn by Qt: the blocks of the page as a text document, charts as pictures.

The same report gives the same bytes on the same Qt and fonts: the times and the id that Qt would put in are replaced.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSizeF, Qt, QUrl, QUuid
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
)
from PySide6.QtSvg import QSvgRenderer

from legend_desktop.services.report_blocks import Block, Cards, Note, Picture, Table, Title
from legend_desktop.services.report_charts import CHART_FONTS
from legend_desktop.services.report_content import FRAME, BestExecution
from legend_desktop.services.report_page import page_of
from legend_desktop.services.report_seal import Seal
from legend_desktop.views.fonts import load_fonts, make_font

_DPI = 144
_TEXT_PIXELS, _FOOT_PIXELS, _FOOT_HEIGHT = 14, 12, 28
_MARGIN_MM = 12.0
_PICTURE_SCALE = 3
_PICTURE_WIDTH = 700
_CARDS_A_ROW = 4
_ROWS_A_PART = 120
_METADATA = (
    "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\">"
    "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"/></x:xmpmeta><?xpacket end='w'?>"
)
_DATES = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}[^)]*\)")
_SHAPE = re.compile(r'<\w+ class="(\w+)"[^>]*>')


@dataclass(frozen=True, slots=True)
class _Look:
    """The type face and the colours of ``reports/paper.json`` by name."""

    families: tuple[str, ...]
    colours: Mapping[str, str]

    @property
    def line(self) -> str:
        """The rule below a row."""
        return f"border-bottom:1px solid {self.colours['line']}"


def pdf_report(report: BestExecution, seal: Seal, resources: Path) -> bytes:
    """The file: A4 across. ``resources`` is the program's folder of type face and colours.

    A ``QGuiApplication`` must be there.
    """
    assert QGuiApplication.instance() is not None
    colours = json.loads((resources / "reports" / "paper.json").read_text(encoding="utf-8"))
    look = _Look(load_fonts(resources / "fonts"), colours)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = _writer(buffer, seal)
    area = writer.pageLayout().paintRectPixels(_DPI)
    document = _document(page_of(report, seal), look, area.width())
    document.documentLayout().setPaintDevice(writer)
    document.setPageSize(QSizeF(area.width(), area.height() - _FOOT_HEIGHT))
    painter = QPainter(writer)
    painter.setFont(make_font(look.families, _FOOT_PIXELS))
    painter.setPen(QColor(colours["muted"]))
    pages = document.pageCount()
    for number in range(pages):
        if number:
            writer.newPage()
        _paint(painter, document, number, pages)
    painter.end()
    del writer
    return _sealed(bytes(buffer.data().data()), seal, report.terms.as_of)


def _writer(buffer: QBuffer, seal: Seal) -> QPdfWriter:
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setTitle("Best execution")
    writer.setCreator("Legend Desktop")
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    size = QPageSize(QPageSize.PageSizeId.A4)
    unit = QPageLayout.Unit.Millimeter
    writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Landscape, margins, unit))
    writer.setDocumentXmpMetadata(QByteArray(_METADATA.encode()))
    writer.setDocumentId(QUuid.fromRfc4122(QByteArray(bytes.fromhex(seal.content[:32]))))
    return writer


def _paint(painter: QPainter, document: QTextDocument, number: int, pages: int) -> None:
    size = document.pageSize()
    view = QRectF(0, number * size.height(), size.width(), size.height())
    painter.save()
    painter.translate(0, -view.top())
    document.drawContents(painter, view)
    painter.restore()
    foot = QRectF(0, size.height(), size.width(), _FOOT_HEIGHT)
    bottom = Qt.AlignmentFlag.AlignBottom
    painter.drawText(foot, Qt.AlignmentFlag.AlignLeft | bottom, FRAME)
    painter.drawText(foot, Qt.AlignmentFlag.AlignRight | bottom, f"Page {number + 1} of {pages}")


def _document(blocks: Sequence[Block], look: _Look, width: int) -> QTextDocument:
    document = QTextDocument()
    document.setDocumentMargin(0)
    document.setDefaultFont(make_font(look.families, _TEXT_PIXELS))
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, Picture):
            name = f"chart-{len(parts)}"
            image = _picture(block, look)
            document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), image)
            wide = min(width, _PICTURE_WIDTH)
            parts.append(f'<p><img src="{name}" width="{wide}" height="{wide * image.height() // image.width()}"></p>')
        else:
            parts.append(_html(block, look))
    document.setHtml(f'<body style="color:{look.colours["ink"]}">{"".join(parts)}</body>')
    return document


def _picture(block: Picture, look: _Look) -> QImage:
    """The chart, with the colours and letters that a page would take from its style sheet."""
    text = _SHAPE.sub(lambda found: found[0].replace("currentColor", look.colours[found[1]]), block.svg)
    text = text.replace(CHART_FONTS, look.families[0]) if look.families else text
    renderer = QSvgRenderer(QByteArray(text.encode()))
    image = QImage(renderer.defaultSize() * _PICTURE_SCALE, QImage.Format.Format_RGB32)
    image.fill(QColor(look.colours["paper"]))
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image


def _html(block: Title | Note | Cards | Table, look: _Look) -> str:
    """The block in the part of HTML that Qt's text documents know."""
    match block:
        case Title(text, level):
            size = 24 if level == 1 else 18
            return f'<p style="font-size:{size}px;font-weight:600;margin-top:16px">{escape(text)}</p>'
        case Note(text, strong):
            words = f"<b>{escape(text)}</b>" if strong else escape(text)
            return f'<p style="color:{look.colours["muted"]};margin-bottom:8px">{words}</p>'
        case Cards(cards):
            return _cards(cards, look)
        case Table():
            return _table(block, look)


def _cards(cards: Sequence[tuple[str, str, str]], look: _Look) -> str:
    cells = [
        f'<td width="{100 // _CARDS_A_ROW}%" style="{look.line}">{escape(name)}<br>'
        f'<span style="font-size:22px;font-weight:600">{escape(figure)}</span><br>'
        f'<span style="color:{look.colours["muted"]}">{escape(note)}</span></td>'
        for name, figure, note in cards
    ]
    rows = (cells[start : start + _CARDS_A_ROW] for start in range(0, len(cells), _CARDS_A_ROW))
    body = "".join("<tr>" + "".join(row) + "</tr>" for row in rows)
    return f"{_open_table(8)}{body}</table>"


def _table(table: Table, look: _Look) -> str:
    """A long table in parts: Qt looks at the whole of a table for each page that it draws."""
    sides = ["left" if index < table.left else "right" for index in range(len(table.head))]
    head = "".join(
        f'<th align="{side}" style="font-weight:500;color:{look.colours["muted"]};{look.line}">{escape(name)}</th>'
        for name, side in zip(table.head, sides, strict=True)
    )
    rows = [
        "<tr>"
        + "".join(
            f'<td align="{side}" style="color:{look.colours[cell.kind or "ink"]};{look.line}">{escape(cell.text)}</td>'
            for side, cell in zip(sides, row, strict=True)
        )
        + "</tr>"
        for row in table.rows
    ]
    parts = (rows[start : start + _ROWS_A_PART] for start in range(0, max(1, len(rows)), _ROWS_A_PART))
    whole = "".join(
        f"{_open_table(3)}<thead><tr>{head}</tr></thead><tbody>{''.join(part)}</tbody></table>" for part in parts
    )
    return f"{whole}<p></p>"


def _open_table(padding: int) -> str:
    return f'<table width="100%" cellspacing="0" cellpadding="{padding}" style="border-collapse:collapse">'


def _sealed(data: bytes, seal: Seal, as_of: datetime) -> bytes:
    """Put the time of the report in the place of now, and the seal as a comment where no offset counts it."""
    stamp = as_of.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode()
    found = _DATES.findall(data)
    dated = _DATES.sub(lambda match: b"/" + match[1] + b" (D:" + stamp + b")", data)
    if len(found) != 2 or len(dated) != len(data):
        raise RuntimeError("Qt writes the dates of a PDF in another way than was known")
    head, mark, tail = dated.rpartition(b"startxref")
    return head + b"% " + seal.as_text().encode("ascii") + b"\n" + mark + tail
