"""From the id of an action to the code that does it, for keys, menus, buttons and commands alike.

Whoever owns a feature registers its handler. In rehearsal no action that sends is ever run, whatever asked for it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.enums import OrderSource
from legend_desktop.domain.errors import LegendError
from legend_desktop.viewmodels.actions import ACTIONS, Action, Guard, action_of
from legend_desktop.viewmodels.previews import ActionPreview

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Press:
    """One request for an action. ``index`` counts the keys of an action with several; ``pressed_ns`` is monotonic."""

    action_id: str
    source: OrderSource = OrderSource.KEY
    index: int = 0
    pressed_ns: int | None = None


@dataclass(frozen=True, slots=True)
class RehearsalCard:
    """What a press would have done: the key, the action, the order in full, and what would have stopped it."""

    key: str
    action: Action
    preview: ActionPreview
    blockers: tuple[str, ...] = ()


Handler = Callable[[Press], object]


@dataclass(frozen=True, slots=True)
class _Route:
    handler: Handler
    enabled: Callable[[], bool] | None
    describe: Callable[[], ActionPreview] | None


class Rehearsal(QObject):
    """Rehearsal mode: keys show what they would do, nothing is sent. It wins over everything, armed or not."""

    changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on = False

    @property
    def on(self) -> bool:
        """True while nothing may be sent."""
        return self._on

    def toggle(self) -> None:
        """Begin or end."""
        self.set_on(not self._on)

    def end(self) -> None:
        """Back to earnest."""
        self.set_on(False)

    def set_on(self, on: bool) -> None:
        """Set the mode; says so where it changes."""
        if on is not self._on:
            self._on = on
            self.changed.emit(on)


class ActionRouter(QObject):
    """The one place that runs actions by id."""

    triggered = Signal(str)
    refused = Signal(str)
    """A sentence on why an action was not run."""
    rehearsed = Signal(object)
    """A ``RehearsalCard`` to show under the command line."""

    def __init__(self, rehearsal: Rehearsal | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rehearsal = rehearsal or Rehearsal(self)
        self._routes: dict[str, _Route] = {}

    def register(
        self,
        action_id: str,
        handler: Callable[[], object],
        enabled: Callable[[], bool] | None = None,
        describe: Callable[[], ActionPreview] | None = None,
    ) -> None:
        """Let ``handler`` do ``action_id``. ``enabled`` says whether it can now, ``describe`` what it would do.

        Raises ``KeyError`` for an unknown action and ``ValueError`` where another handler stands already.
        """
        self.register_press(action_id, lambda _press: handler(), enabled, describe)

    def register_press(
        self,
        action_id: str,
        handler: Handler,
        enabled: Callable[[], bool] | None = None,
        describe: Callable[[], ActionPreview] | None = None,
    ) -> None:
        """As ``register``, for a handler that wants to know the press itself."""
        action_of(action_id)
        if action_id in self._routes:
            raise ValueError(f"{action_id} has a handler already")
        self._routes[action_id] = _Route(handler, enabled, describe)

    def has(self, action_id: str) -> bool:
        """True where somebody does this action."""
        return action_id in self._routes

    def missing(self) -> list[str]:
        """Ids of shipped actions that nobody does."""
        return [action_id for action_id in ACTIONS if action_id not in self._routes]

    def is_enabled(self, action_id: str) -> bool:
        """True where the action can run now."""
        route = self._routes.get(action_id)
        return route is not None and (route.enabled is None or route.enabled())

    def describe(self, action_id: str) -> ActionPreview:
        """What the action would do now; its title alone where nothing more is known or something is missing."""
        action = action_of(action_id)
        route = self._routes.get(action_id)
        if route is None or route.describe is None:
            return ActionPreview(action.title)
        try:
            return route.describe()
        except LegendError as error:
            return ActionPreview(action.title, error.sentence)

    def trigger(
        self,
        action_id: str,
        source: OrderSource = OrderSource.KEY,
        *,
        index: int = 0,
        pressed_ns: int | None = None,
        key: str = "",
        held: bool = False,
    ) -> bool:
        """Run an action; returns whether it ran.

        One that wants holding and was not ``held`` (a menu, a button) opens the stop menu instead. One that cannot
        run now, and a ``LegendError`` of its handler, become a sentence (``refused``).
        ``key`` is the key's text for the rehearsal card.
        """
        action = action_of(action_id)
        if self.rehearsal.on and action.sends:
            self.show_card(action_id, key)
            return False
        if action.guard is Guard.HOLD and not held:
            return self.trigger("kill.open", source)
        route = self._routes.get(action_id)
        if route is None:
            log.warning("No handler for %s", action_id)
            return False
        if route.enabled is not None and not route.enabled():
            self.refused.emit(f"{action.title}: not possible now.")
            return False
        try:
            route.handler(Press(action_id, source, index, pressed_ns))
        except LegendError as error:
            self.refused.emit(error.sentence)
            return False
        self.triggered.emit(action_id)
        return True

    def show_card(self, action_id: str, key: str = "", blockers: tuple[str, ...] = ()) -> None:
        """Show what an action would do, without doing it."""
        self.rehearsed.emit(RehearsalCard(key, action_of(action_id), self.describe(action_id), blockers))
