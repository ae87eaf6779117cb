"""The dialogs of the Connections screen, made when first wanted and shown where their view-models say so."""

from PySide6.QtWidgets import QWidget

from legend_desktop.viewmodels.connections import ConnectionsViewModel
from legend_desktop.views.dialogs.add_broker import AddBrokerDialog
from legend_desktop.views.dialogs.env_import import EnvImportDialog
from legend_desktop.views.dialogs.live_desk import LiveDeskDialog
from legend_desktop.views.theme import Theme


class ConnectionDialogs:
    """Holds at most one of each."""

    def __init__(self, view_model: ConnectionsViewModel, theme: Theme, owner: QWidget) -> None:
        self._model = view_model
        self._theme = theme
        self._owner = owner
        self.adding: AddBrokerDialog | None = None
        self.importing: EnvImportDialog | None = None
        self.live: LiveDeskDialog | None = None
        for part in (view_model.adding, view_model.importing, view_model.live_desk):
            part.changed.connect(self.follow)

    def follow(self) -> None:
        """Make and show what is wanted; each hides itself."""
        model, theme, owner = self._model, self._theme, self._owner.window()
        if model.adding.is_open and self.adding is None:
            self.adding = AddBrokerDialog(model.adding, theme, owner)
            self.adding.follow()
        if model.importing.is_open and self.importing is None:
            self.importing = EnvImportDialog(model.importing, theme, owner)
            self.importing.refresh()
        if model.live_desk.is_open and self.live is None:
            self.live = LiveDeskDialog(model.live_desk, theme, owner)
            self.live.refresh()
