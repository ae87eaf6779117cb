"""Which panels the window has, in which order, and how each is made when it is first seen.

Panel modules are imported inside their makers: the window paints before the heavy ones (charts) are loaded, and those
are loaded in a thread, as the window would stand still for a quarter of a second.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from legend_desktop.app.window_models import WindowParts
from legend_desktop.infra.resources import resources_dir
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.viewmodels.key_map import KeyMap
from legend_desktop.views.docks import PanelSpec
from legend_desktop.views.theme import Theme

if TYPE_CHECKING:  # imported once it is wanted
    from legend_desktop.views.dialogs.journal_import import JournalImportDialog


class ChartModules:
    """Loads what the charts are made of beside the window. Importing it makes no Qt object, so any thread may."""

    def __init__(self, tasks: TaskSupervisor) -> None:
        self._tasks = tasks
        self._loading: asyncio.Task[None] | None = None

    def ready(self) -> bool:
        """True once they are loaded, or failed to: the maker then meets the fault again. The first call begins."""
        if self._loading is None:
            self._loading = self._tasks.start(asyncio.to_thread(_import_charts), "load the charts")
        return self._loading.done()


def _import_charts() -> None:
    with suppress(ImportError):
        from legend_desktop.views.panels import chart, execution_quality  # noqa: F401


def panel_specs(parts: WindowParts, theme: Theme, keys: KeyMap, tasks: TaskSupervisor) -> list[PanelSpec]:
    """The panels, left to right and top to bottom; ``keys`` names the keys that they speak of."""
    charts = ChartModules(tasks).ready
    return [
        PanelSpec("order_entry", "Order entry", lambda: _order_entry(parts, theme), link_group="A"),
        PanelSpec("account", "Account", lambda: _account(parts, theme)),
        *_start_spec(parts, theme, keys),
        PanelSpec("chart", "Chart", lambda: _chart(parts, theme), link_group="A", ready=charts),
        PanelSpec("execution_quality", "Execution quality", lambda: _execution_quality(parts, theme), ready=charts),
        *_journal_spec(parts, theme, charts),
        PanelSpec("positions", "Positions", lambda: _positions(parts, theme)),
        PanelSpec("orders", "Orders", lambda: _orders(parts, theme)),
        PanelSpec("executions", "Executions", lambda: _executions(parts, theme)),
        PanelSpec("activity", "Activity", lambda: _activity(parts, theme)),
        PanelSpec("watch_list", "Watch list", lambda: _watch_list(parts, theme), link_group="A"),
        PanelSpec("risk", "Risk", lambda: _risk(parts, theme)),
        *_connections_spec(parts, theme, keys),
        *_timeline_spec(parts, theme),
    ]


def _start_spec(parts: WindowParts, theme: Theme, keys: KeyMap) -> list[PanelSpec]:
    """The start page, until the legal notice on it was accepted."""
    return [PanelSpec("start", "Start", lambda: _start(parts, theme, keys))] if parts.start.legal_open else []


def _connections_spec(parts: WindowParts, theme: Theme, keys: KeyMap) -> list[PanelSpec]:
    """The connections, where the window may trade more than one account."""
    if parts.make_connections is None:
        return []
    return [PanelSpec("connections", "Connections", lambda: _connections(parts, theme, keys))]


def _journal_spec(parts: WindowParts, theme: Theme, ready: Callable[[], bool]) -> list[PanelSpec]:
    """The journal; its statistics need what the charts load."""
    if parts.journal is None:
        return []
    return [PanelSpec("journal", "Journal", lambda: _journal(parts, theme), ready=ready)]


def _journal(parts: WindowParts, theme: Theme) -> QWidget:
    from legend_desktop.views.panels.journal import JournalPanel

    assert parts.journal is not None
    models = parts.journal()
    panel = JournalPanel(models.panel, theme)
    dialogs: list[JournalImportDialog] = []

    def begin() -> None:
        if not dialogs:
            from legend_desktop.views.dialogs.journal_import import JournalImportDialog

            dialogs.append(JournalImportDialog(models.importing, theme, panel))
        dialogs[0].begin()

    panel.import_wanted.connect(begin)
    return panel


def _timeline_spec(parts: WindowParts, theme: Theme) -> list[PanelSpec]:
    """The time line of one order; its dock is in sight only while one is open."""
    return [] if parts.timeline is None else [PanelSpec("order_timeline", "Time line", lambda: _timeline(parts, theme))]


def _timeline(parts: WindowParts, theme: Theme) -> QWidget:
    from legend_desktop.views.panels.order_timeline import OrderTimelinePanel

    assert parts.timeline is not None
    return OrderTimelinePanel(parts.timeline, theme)


def _connections(parts: WindowParts, theme: Theme, keys: KeyMap) -> QWidget:
    from legend_desktop.views.panels.connections import ConnectionsPanel

    assert parts.connections is not None
    key = keys.text_of("connection.reconcile").replace("+", " ")
    return ConnectionsPanel(parts.connections, theme, reconcile_key=key)


def _start(parts: WindowParts, theme: Theme, keys: KeyMap) -> QWidget:
    from legend_desktop.views.panels.start import StartPanel

    return StartPanel(parts.start, theme, resources_dir(), command_key=keys.text_of("command.open").replace("+", " "))


def _account(parts: WindowParts, theme: Theme) -> QWidget:
    from legend_desktop.views.panels.account import AccountPanel

    return AccountPanel(parts.account, theme)


def _positions(parts: WindowParts, theme: Theme) -> QWidget:
    from legend_desktop.views.panels.positions import PositionsPanel

    return PositionsPanel(parts.positions, theme)


def _orders(parts: WindowParts, theme: Theme) -> QWidget:
    from legend_desktop.views.panels.orders import OrdersPanel

    return OrdersPanel(parts.orders, theme)


def _executions(parts: WindowParts, theme: Theme) -> QWidget:
    from legend_desktop.views.panels.executions import ExecutionsPanel

    return ExecutionsPanel(parts.executions, theme)


def _activity(parts: WindowParts, theme: Theme) -> QWidget:
    from legend_desktop.views.panels.activity import ActivityPanel

    return ActivityPanel(parts.activity, theme)


def _watch_list(parts: WindowParts, theme: Theme) -> QWidget:
    from legend_desktop.views.panels.watch_list import WatchListPanel

    panel = WatchListPanel(parts.watch_list, theme)
    parts.focus.changed.connect(panel.focus_symbol)
    panel.focus_symbol(parts.focus.symbol)
    return panel


def _risk(parts: WindowParts, theme: Theme) -> QWidget:
    from legend_desktop.views.panels.risk import RiskPanel

    facts = parts.runner.facts
    return RiskPanel(parts.risk, theme, scope=f"{facts.broker_name}, {facts.mode.value}")


def _order_entry(parts: WindowParts, theme: Theme) -> QWidget:
    from legend_desktop.views.panels.order_entry import OrderEntryPanel

    panel = OrderEntryPanel(parts.entry, theme)
    panel.action_wanted.connect(parts.router.trigger)
    return panel


def _chart(parts: WindowParts, theme: Theme) -> QWidget:
    from legend_desktop.views.panels.chart import ChartPanel

    return ChartPanel(parts.chart, theme)


def _execution_quality(parts: WindowParts, theme: Theme) -> QWidget:
    from legend_desktop.views.panels.execution_quality import ExecutionQualityPanel

    return ExecutionQualityPanel(parts.quality, theme)
