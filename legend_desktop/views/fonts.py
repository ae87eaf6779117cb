"""The bundled type face with tabular figures, and the type roles of the desk."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase

_WEIGHTS = {
    400: QFont.Weight.Normal,
    500: QFont.Weight.Medium,
    600: QFont.Weight.DemiBold,
    700: QFont.Weight.Bold,
}


@cache
def load_fonts(folder: Path) -> tuple[str, ...]:
    """Register every font file of ``folder`` once; returns the family names that were found."""
    families: list[str] = []
    for path in sorted(folder.glob("*.ttf")):
        number = QFontDatabase.addApplicationFont(str(path))
        if number >= 0:
            families.extend(QFontDatabase.applicationFontFamilies(number))
    return tuple(dict.fromkeys(families))


def make_font(families: Sequence[str], pixels: int, weight: int = 400, *, tracking: float = 0.0) -> QFont:
    """A font with tabular figures. ``weight`` is 400, 500, 600 or 700; ``tracking`` is in em."""
    font = QFont()
    font.setFamilies(list(families))
    font.setPixelSize(pixels)
    font.setWeight(_WEIGHTS[weight])
    font.setFeature(QFont.Tag("tnum"), 1)
    if tracking:
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, pixels * tracking)
    return font


def hinted(font: QFont, *, scaled: bool) -> QFont:
    """Set the hinting: upright only, which keeps letter widths; none on screens with a scale factor above 1."""
    preference = QFont.HintingPreference
    font.setHintingPreference(preference.PreferNoHinting if scaled else preference.PreferVerticalHinting)
    return font
