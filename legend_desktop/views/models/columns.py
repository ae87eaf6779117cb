"""A column of a table as data: how a row becomes text, ink, sort key and spoken words."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

DASH = "—"

Number = float | int | Decimal


class Align(StrEnum):
    """Words stand left, numbers right with their decimal points under each other."""

    LEFT = "left"
    RIGHT = "right"


class Cell(NamedTuple):
    """What the delegate paints: text, colour token, weight, glyph and its token, fill token, struck through or not."""

    text: str
    ink: str
    weight: int
    icon: str
    icon_ink: str
    fill: str
    strike: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    ``text`` formats a row; ``sort`` gives its raw value (missing values sort last); ``watch`` is a cheap value whose
    change repaints the cell (by default everything that is painted); a change of ``flash`` flashes the cell;
    ``money`` cells are hidden with the other money figures (by default where the title ends in ``$`` or is ``Value``);
    ``icon_ink`` colours the glyph apart from its words;
    ``decimals`` pads prices of mixed precision to that many places; ``indent`` is extra room at the left in pixels;
    ``opt`` 1 hides first where the panel is narrow, then 2; 0 never; ``shown`` is the first choice of the person.
    ``fill`` is empty, ``hatch`` for a figure that nobody knows, or a background token.
    """

    id: str
    title: str
    width: int
    text: Callable[[Any], str]
    align: Align = Align.LEFT
    sort: Callable[[Any], Any] | None = None
    ink: Callable[[Any], str] | str = ""
    weight: int | Callable[[Any], int] = 400
    icon: Callable[[Any], str] | None = None
    icon_ink: Callable[[Any], str] | str = ""
    fill: Callable[[Any], str] | None = None
    watch: Callable[[Any], Any] | None = None
    flash: Callable[[Any], Number | None] | None = None
    tip: Callable[[Any], str] | None = None
    speak: Callable[[Any], str] | None = None
    raw: Callable[[Any], str] | None = None
    strike: Callable[[Any], bool] | None = None
    money: bool | None = None
    decimals: int = 0
    indent: Callable[[Any], int] | None = None
    opt: int = 0
    shown: bool = True
    header_tip: str = ""

    @property
    def is_money(self) -> bool:
        """True where the cells are money figures."""
        return self.money if self.money is not None else self.title.endswith("$") or self.title == "Value"

    def watched(self) -> Callable[[Any], Any]:
        """The value whose change repaints the cell.

        Ink, icon and fill may change with another field than the sorted one, so a column that has any of them and
        no ``watch`` of its own is compared by everything that is painted.
        """
        if self.watch is not None:
            return self.watch
        varies = self.icon or self.fill or self.strike or callable(self.ink) or callable(self.weight)
        if varies:
            return self.cell
        return self.text

    def cell(self, row: Any) -> Cell:
        """Everything the delegate needs for ``row``."""
        ink = self.ink if isinstance(self.ink, str) else self.ink(row)
        text = self.text(row)
        if not ink:
            ink = "text.tertiary" if text == DASH else "text.primary"
        icon_ink = self.icon_ink if isinstance(self.icon_ink, str) else self.icon_ink(row)
        return Cell(
            self.padded(text) if self.decimals else text,
            ink,
            self.weight if isinstance(self.weight, int) else self.weight(row),
            self.icon(row) if self.icon is not None else "",
            icon_ink or ink,
            self.fill(row) if self.fill is not None else "",
            self.strike(row) if self.strike is not None else False,
        )

    def padded(self, text: str) -> str:
        """``text`` with figure spaces behind it, so that decimal points of mixed precision stand under each other."""
        if not text or text == DASH:
            return text
        _, point, digits = text.partition(".")
        if point:
            return text + "\u2007" * max(0, self.decimals - len(digits))
        return text + "\u2008" + "\u2007" * self.decimals

    def spoken(self, row: Any) -> str:
        """Whole words for screen readers: the title and what the cell says."""
        if self.speak is not None:
            return self.speak(row)
        text = self.text(row)
        words = "none" if text == DASH else text.replace("\u2212", "minus ").replace("+", "plus ")
        return f"{self.title}, {words}"

    def copied(self, row: Any) -> str:
        """The raw value for the clipboard."""
        if self.raw is not None:
            return self.raw(row)
        text = self.text(row)
        return "" if text == DASH else text
