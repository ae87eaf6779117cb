"""The actions of the Connections screen, done by its view-model."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from legend_desktop.domain.errors import NotSupported
from legend_desktop.viewmodels.action_router import ActionRouter

if TYPE_CHECKING:  # imported once the window is painted
    from legend_desktop.viewmodels.connections import ConnectionsViewModel

_IDS = ("panel.connections", "connection.add", "connection.import_env", "connection.reconcile")


def register_connection_actions(
    router: ActionRouter, model_of: "Callable[[], ConnectionsViewModel] | None", show: Callable[[], object]
) -> None:
    """Let the model do them, which is made when it is first needed; ``show`` brings its panel to the front.

    A window without ``model_of`` trades one account for good: there each of them refuses with a sentence.
    """
    if model_of is None:
        for action_id in _IDS:
            if not router.has(action_id):
                router.register(action_id, _refuse, enabled=lambda: False)
        return

    def shown(act: "Callable[[ConnectionsViewModel], object]") -> Callable[[], object]:
        def run() -> None:
            show()
            act(model_of())

        return run

    if not router.has("panel.connections"):
        router.register("panel.connections", show)
    router.register("connection.add", shown(lambda model: model.add()))
    router.register("connection.import_env", shown(lambda model: model.import_env()))
    router.register("connection.reconcile", lambda: model_of().reconcile_all())


def _refuse() -> None:
    raise NotSupported("This window trades one account and connects no other.")
