"""Measuring a page anew.

A part that is placed before its request for room was heard loses that request, and a layout inside a layout keeps the
height that it remembers until both are activated: a page that asks before gets the old one.
"""

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QLayout, QWidget


def measure_anew(page: QWidget) -> None:
    """Drop every remembered height in ``page``, from the inside out, and ask for another layout."""
    for widget in (*reversed(page.findChildren(QWidget)), page):
        layout = widget.layout()
        if layout is not None:
            for inner in layout.findChildren(QLayout):
                inner.invalidate()
            layout.invalidate()
        if widget is not page:
            widget.updateGeometry()
    QCoreApplication.postEvent(page, QEvent(QEvent.Type.LayoutRequest))
