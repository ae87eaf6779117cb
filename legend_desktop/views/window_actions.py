"""The actions that the window itself does: panels, layouts, size, theme, account."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

from legend_desktop.domain.enums import OrderSource
from legend_desktop.viewmodels.action_router import ActionRouter
from legend_desktop.viewmodels.actions import ACTIONS, Action, Group, Scope
from legend_desktop.views.density import DensityName
from legend_desktop.views.theme import ZOOM_STEPS, Scheme, Theme

if TYPE_CHECKING:
    from legend_desktop.views.main_window import MainWindow

KeyOf = Callable[[str], str]
_MENUS = (
    ("Orders", (Group.ORDERS, Group.STOPS)),
    ("Stop and keys", (Group.SAFETY,)),
    ("Accounts", (Group.ACCOUNTS,)),
    ("Panels", (Group.PANELS,)),
    ("View", (Group.VIEW,)),
    ("Help", (Group.HELP,)),
)


def zoomed(theme: Theme, step: int) -> None:
    """One step larger (1) or smaller (-1); 0 is the usual size."""
    zoom = 100 if step == 0 else min(ZOOM_STEPS[-1], max(ZOOM_STEPS[0], theme.look.zoom + 10 * step))
    theme.set_look(replace(theme.look, zoom=zoom))


def switch_scheme(theme: Theme) -> None:
    """Dark to light and back."""
    theme.set_look(replace(theme.look, scheme=Scheme.LIGHT if theme.is_dark else Scheme.DARK))


def switch_density(theme: Theme) -> None:
    """Compact to comfortable and back."""
    compact = theme.look.density is DensityName.COMPACT
    wanted = DensityName.COMFORTABLE if compact else DensityName.COMPACT
    theme.set_look(replace(theme.look, density=wanted))


def register_window_actions(window: "MainWindow", router: ActionRouter) -> None:
    """Let the window do its actions, where nobody else does them already."""
    board, layouts, theme = window.board, window.layouts, window.theme
    handlers: dict[str, Callable[[], object]] = {
        "panel.next": lambda: board.step(1),
        "panel.previous": lambda: board.step(-1),
        "panel.maximise": board.toggle_maximised,
        "panel.float": lambda: _with_current(window, "float"),
        "panel.close": lambda: _with_current(window, "close"),
        "layout.load_1": lambda: layouts.load_number(1),
        "layout.load_2": lambda: layouts.load_number(2),
        "layout.load_3": lambda: layouts.load_number(3),
        "layout.save": layouts.save,
        "account.next": window.shell.next_account,
        "view.zoom_in": lambda: zoomed(theme, 1),
        "view.zoom_out": lambda: zoomed(theme, -1),
        "view.zoom_reset": lambda: zoomed(theme, 0),
        "view.theme": lambda: switch_scheme(theme),
        "view.density": lambda: switch_density(theme),
        "view.hide_money": lambda: theme.set_look(replace(theme.look, hide_money=not theme.look.hide_money)),
        "app.quit": window.close,
    }
    for panel_id in board.docks:
        handlers[f"panel.{panel_id}"] = partial(board.focus, panel_id)
    for action_id, handler in handlers.items():
        if action_id in ACTIONS and not router.has(action_id):
            router.register(action_id, handler)


def _with_current(window: "MainWindow", verb: str) -> None:
    dock = window.board.current()
    if dock is None:
        return
    if verb == "float":
        dock.toggle_floating()
    else:
        dock.close()


def fill_menus(parent: QMenu | QMenuBar, window: "MainWindow", router: ActionRouter, key_of: KeyOf) -> None:
    """Add the menus of the program; an entry that nobody does is left out, one that cannot run now is grey."""
    for title, groups in _MENUS:
        menu = parent.addMenu(title)
        for action in ACTIONS.values():
            if action.group in groups and action.scope is Scope.WINDOW and router.has(action.id):
                menu.addAction(_entry(menu, action, router, key_of))
        if title == "Panels":
            _add_layouts(menu, window)


def _entry(menu: QMenu, action: Action, router: ActionRouter, key_of: KeyOf) -> QAction:
    key = key_of(action.id)
    entry = QAction(f"{action.title}\t{key}" if key else action.title, menu)
    entry.setEnabled(router.is_enabled(action.id))
    entry.triggered.connect(lambda _=False: router.trigger(action.id, OrderSource.TICKET))
    return entry


def _add_layouts(menu: QMenu, window: "MainWindow") -> None:
    menu.addSeparator()
    for name in window.layouts.names():
        entry = menu.addAction(f"Layout: {name}")
        entry.setCheckable(True)
        entry.setChecked(name == window.layouts.name)
        entry.triggered.connect(lambda _=False, wanted=name: window.layouts.load(wanted))
    menu.addAction("Reset this layout", window.layouts.reset)
