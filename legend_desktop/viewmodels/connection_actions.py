"""The actions of the Connections screen, done by its view-model."""

from collections.abc import Callable

from legend_desktop.domain.errors import NotSupported
from legend_desktop.viewmodels.action_router import ActionRouter
from legend_desktop.viewmodels.connections import ConnectionsViewModel

_IDS = ("panel.connections", "connection.add", "connection.import_env", "connection.reconcile")


def register_connection_actions(
    router: ActionRouter, model: ConnectionsViewModel | None, show: Callable[[], object]
) -> None:
    """Let ``model`` do them; ``show`` brings the panel to the front, where the dialogs belong.

    A window without ``model`` trades one account for good: there each of them refuses with a sentence.
    """
    if model is None:
        for action_id in _IDS:
            if not router.has(action_id):
                router.register(action_id, _refuse, enabled=lambda: False)
        return

    def shown(act: Callable[[], object]) -> Callable[[], object]:
        def run() -> None:
            show()
            act()

        return run

    if not router.has("panel.connections"):
        router.register("panel.connections", show)
    router.register("connection.add", shown(model.add))
    router.register("connection.import_env", shown(model.import_env), enabled=lambda: model.can_import)
    router.register("connection.reconcile", model.reconcile_all)


def _refuse() -> None:
    raise NotSupported("This window trades one account and connects no other.")
