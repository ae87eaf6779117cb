"""The view-model of the connections screen, with what it needs of brokers, settings and files."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from legend_desktop.app.window_models import WindowParts
from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.domain.events import Notice
from legend_desktop.infra.setting_catalog import CATALOG
from legend_desktop.infra.settings import Settings
from legend_desktop.services.connections import ConnectionRow, Connections
from legend_desktop.viewmodels.shell import AccountChoice

if TYPE_CHECKING:  # imported once the window is painted
    from legend_desktop.viewmodels.connections import ConnectionsViewModel


def add_connections(
    parts: WindowParts,
    settings: Settings,
    connections: Connections,
    notices: Callable[[], Sequence[Notice]],
    want_mode: Callable[[str, str], None],
) -> None:
    """Let the switcher offer every account of this mode, and give the window its connections screen.

    The screen's model is made when it is first asked for, with the ``notices`` so far; ``want_mode`` is asked for the
    live desk, or for paper again, with the id of the connection to begin with.
    """

    def make() -> "ConnectionsViewModel":
        model = _connections_model(parts, settings, connections)
        model.recall(notices())
        model.mode_wanted.connect(want_mode)
        return model

    def show() -> None:
        rows = connections.rows()
        parts.shell.set_accounts(tuple(_choice(row) for row in rows))

    parts.make_connections = make
    parts.shell.account_wanted.connect(connections.choose_current)
    parts.ends.append(connections.on_change(show))
    show()


def _connections_model(parts: WindowParts, settings: Settings, connections: Connections) -> "ConnectionsViewModel":
    from legend_desktop.infra.dotenv_file import read_dotenv
    from legend_desktop.viewmodels.connections import ConnectionsViewModel
    from legend_desktop.viewmodels.env_import import EnvFiles

    model = ConnectionsViewModel(
        connections,
        connections.clock,
        connections.supervisor,
        parts.root,
        capabilities=BrokerFactory.abilities,
        name_of=BrokerFactory.name_of,
        env_files=EnvFiles(
            read=read_dotenv,
            names={row.name: row.environment for row in CATALOG if row.environment},
        ),
        prefer_live=not settings.get("broker.paper_trading"),
    )
    parts.ends.append(model.dispose)
    parts.ticker.timeout.connect(model.tick)
    return model


def _choice(row: ConnectionRow) -> AccountChoice:
    ending = f" · ending {row.profile.account_id[-4:]}" if row.profile.account_id else ""
    return AccountChoice(row.profile.id, f"{row.profile.label}{ending}", row.profile.mode, current=row.current)
