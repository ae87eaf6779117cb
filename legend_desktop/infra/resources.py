"""Finds icons, fonts, themes and key maps in a checkout, an installed wheel and a frozen program."""

import sys
from pathlib import Path

from legend_desktop.domain.errors import LegendError

_PACKAGE = Path(__file__).resolve().parent.parent


def candidates() -> list[Path]:
    """The places looked at, best first: frozen bundle, wheel, checkout."""
    places = [_PACKAGE / "_resources", _PACKAGE.parent / "resources"]
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle:
        places.insert(0, Path(bundle) / "resources")
    return places


def resources_dir() -> Path:
    """The folder of ``icons``, ``fonts``, ``themes`` and ``hotkeys``. Raises ``LegendError`` when there is none."""
    for place in candidates():
        if place.is_dir():
            return place
    raise LegendError(
        "The program's own pictures and key map are missing.", advice="Install the program again.", code="no_resources"
    )


def resource(name: str) -> Path:
    """The file ``name`` (with forward slashes) below the folder. Raises ``LegendError`` when it is missing."""
    path = resources_dir() / name
    if not path.exists():
        raise LegendError(
            f"The file {name} of the program is missing.", advice="Install the program again.", code="no_resources"
        )
    return path
