"""The symbol that a link group of panels looks at."""

from PySide6.QtCore import QObject, Signal


class SymbolFocus(QObject):
    """One link group's symbol. Panels of the group follow ``changed``; order keys act on ``symbol``."""

    changed = Signal(str)

    def __init__(self, symbol: str = "", group: str = "A", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._symbol = symbol.strip().upper()
        self.group = group

    @property
    def symbol(self) -> str:
        """The symbol in focus, upper case; empty while none was chosen."""
        return self._symbol

    def set_symbol(self, symbol: str) -> None:
        """Load ``symbol`` into the group; says nothing when it is already there or empty."""
        wanted = symbol.strip().upper()
        if not wanted or wanted == self._symbol:
            return
        self._symbol = wanted
        self.changed.emit(wanted)
