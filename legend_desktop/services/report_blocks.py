"""What a page of the report is made of; ``report_html`` draws it for a browser, Qt for paper."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Title:
    """A heading; ``level`` 1 is the page's."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph; ``strong`` for what must not be overlooked."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Cards:
    """Headline figures: name, figure, note."""

    cards: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as SVG."""

    svg: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell. ``kind`` is ``cost``, ``saved`` or empty."""

    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under ``head``; the first ``left`` columns are words, the others figures."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left: int = 1


Block = Title | Note | Cards | Picture | Table
