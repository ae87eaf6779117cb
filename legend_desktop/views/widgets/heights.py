"""Measuring a page anew: a part that is placed before its request for room was heard loses that request."""

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget


def measure_anew(page: QWidget) -> None:
    """Drop every remembered height below ``page``, from the inside out, and ask for another layout."""
    for widget in reversed(page.findChildren(QWidget)):
        layout = widget.layout()
        if layout is not None:
            layout.invalidate()
        widget.updateGeometry()
    layout = page.layout()
    if layout is not None:
        layout.invalidate()
    QCoreApplication.postEvent(page, QEvent(QEvent.Type.LayoutRequest))
