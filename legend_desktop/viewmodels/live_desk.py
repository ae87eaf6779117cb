"""Going live: what changes is said, an account is chosen, and two words are typed, once a session."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.services.connections import Connections
from legend_desktop.viewmodels.connection_words import second_line

WORDS = "real money"
CHANGES = (
    "Every order is real money. Fills cost real fees and cannot be taken back.",
    "The paper desk closes first: its sessions end, paper orders at a broker stay there.",
    "The window turns red and says LIVE. Order keys start locked and are armed on their own.",
    "The live desk has a journal, limits and a layout of its own. Nothing is carried over from paper.",
)


@dataclass(frozen=True, slots=True)
class LiveChoice:
    """A live connection that can be opened."""

    id: str
    label: str


class LiveDeskViewModel(QObject):
    """State of the card. ``wanted`` carries the id of the live connection once both conditions are met."""

    changed = Signal()
    wanted = Signal(str)

    def __init__(
        self, connections: Connections, name_of: Callable[[BrokerType], str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._connections = connections
        self._name_of = name_of
        self._chosen = ""
        self._typed = ""
        self.is_open = False

    @property
    def choices(self) -> tuple[LiveChoice, ...]:
        """The live connections that are saved; none from within the live desk."""
        if self._connections.mode is TradingMode.LIVE:
            return ()
        rows = [row for row in self._connections.other_mode if row.mode is TradingMode.LIVE]
        return tuple(
            LiveChoice(row.id, f"{row.label}, {second_line(row, '', self._name_of(row.broker))}") for row in rows
        )

    @property
    def chosen(self) -> str:
        """The chosen connection; of a single one no choice is asked."""
        ids = [row.id for row in self.choices]
        if self._chosen in ids:
            return self._chosen
        return ids[0] if len(ids) == 1 else ""

    @property
    def typed(self) -> str:
        """What was typed."""
        return self._typed

    @property
    def typed_right(self) -> bool:
        """True once the words are there; case and outer spaces do not matter."""
        return " ".join(self._typed.casefold().split()) == WORDS

    @property
    def ready(self) -> bool:
        """True where the live desk may be asked for."""
        return self.is_open and bool(self.chosen) and self.typed_right

    @property
    def missing(self) -> str:
        """What is still missing, in a sentence."""
        if not self.choices:
            return "No live account is connected. Connect a broker and choose live first."
        if not self.chosen:
            return "Choose the live account to begin with."
        if not self.typed_right:
            return f"Type the words {WORDS}."
        return ""

    def open(self, profile_id: str = "") -> None:
        """Show the card, empty, with ``profile_id`` chosen where it is a live one."""
        if self._connections.mode is TradingMode.LIVE:
            return
        self._typed = ""
        self._chosen = profile_id
        self.is_open = True
        self.changed.emit()

    def close(self) -> None:
        """Leave everything as it is."""
        if self.is_open:
            self.is_open = False
            self._typed = ""
            self.changed.emit()

    def choose(self, profile_id: str) -> None:
        """Choose the live connection to begin with."""
        self._chosen = profile_id
        self.changed.emit()

    def type_words(self, text: str) -> None:
        """What stands in the field now."""
        self._typed = text
        self.changed.emit()

    def confirm(self) -> None:
        """Ask for the live desk, where everything that is needed is there."""
        if self.ready:
            profile_id = self.chosen
            self.close()
            self.wanted.emit(profile_id)
