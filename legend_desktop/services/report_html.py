"""The report as one HTML page that needs nothing else: no script, no picture, no address."""

from collections.abc import Sequence
from html import escape

from legend_desktop.services.report_blocks import Block, Cards, Note, Picture, Table, Title
from legend_desktop.services.report_content import BestExecution
from legend_desktop.services.report_page import page_of
from legend_desktop.services.report_seal import Seal


def html_report(report: BestExecution, seal: Seal, style: str) -> bytes:
    """The file, UTF-8. ``style`` is its CSS."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Best execution</title>',
        f"<!-- {seal.as_text()} -->",
        f"<style>{style}</style></head><body>",
        *(_drawn(block) for block in page_of(report, seal)),
        "</body></html>",
    ]
    return ("\n".join(parts) + "\n").encode()


def _drawn(block: Block) -> str:
    match block:
        case Title(text, level):
            return f"<h{level}>{escape(text)}</h{level}>"
        case Note(text, strong):
            return f'<p class="note">{f"<b>{escape(text)}</b>" if strong else escape(text)}</p>'
        case Picture(svg):
            return svg
        case Cards(cards):
            return _cards(cards)
        case Table():
            return _table(block)


def _cards(cards: Sequence[tuple[str, str, str]]) -> str:
    cells = "".join(
        f'<div class="card">{escape(name)}<b>{escape(figure)}</b><span>{escape(note)}</span></div>'
        for name, figure, note in cards
    )
    return f'<div class="cards">{cells}</div>'


def _table(table: Table) -> str:
    head = "".join(f"<th{_attributes(index, table.left)}>{escape(name)}</th>" for index, name in enumerate(table.head))
    rows = "\n".join(
        "<tr>"
        + "".join(
            f"<td{_attributes(index, table.left, cell.kind)}>{escape(cell.text)}</td>" for index, cell in enumerate(row)
        )
        + "</tr>"
        for row in table.rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></div>'


def _attributes(index: int, left: int, kind: str = "") -> str:
    classes = " ".join(name for name in ("r" if index >= left else "", kind) if name)
    return f' class="{classes}"' if classes else ""
