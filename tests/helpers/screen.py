"""Whether Qt can draw here, and the plain sentence when it cannot."""

import functools
import importlib
import re
from pathlib import Path

PACKAGES = "libgl1 libegl1 libfontconfig1 libx11-6 libglib2.0-0 libxkbcommon0 libfreetype6 libdbus-1-3"
_NEEDS_QT = re.compile(r"PySide6|pyqtgraph|qtbot|qapp|qasync|legend_desktop\.(views|viewmodels|app\.)")


@functools.cache
def missing() -> str:
    """Empty where Qt can draw, else why not and what to install."""
    try:
        importlib.import_module("PySide6.QtGui")
        importlib.import_module("PySide6.QtWidgets")
    except ImportError as error:
        return (
            f"Qt cannot draw here ({error}). Install the packages {PACKAGES} "
            "(.ci/install-screen does it on Debian and Ubuntu)."
        )
    return ""


def needs_qt(path: Path) -> bool:
    """True for a test module that names Qt or a layer above it, unless it says ``NEEDS_NO_SCREEN = True``."""
    text = path.read_text(encoding="utf-8")
    return bool(_NEEDS_QT.search(text)) and "NEEDS_NO_SCREEN = True" not in text
