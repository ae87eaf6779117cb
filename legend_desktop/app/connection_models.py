"""The view-model of the connections screen, with what it needs of brokers, settings and files."""

from legend_desktop.app.trading_setup import TradingSetup
from legend_desktop.app.window_models import WindowParts
from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.infra.dotenv_file import read_dotenv
from legend_desktop.infra.setting_catalog import CATALOG
from legend_desktop.infra.settings import Settings
from legend_desktop.services.connections import ConnectionRow, Connections
from legend_desktop.viewmodels.connections import ConnectionsViewModel
from legend_desktop.viewmodels.env_import import EnvFiles
from legend_desktop.viewmodels.shell import AccountChoice


def add_connections(parts: WindowParts, setup: TradingSetup, settings: Settings, connections: Connections) -> None:
    """Give the window its connections screen, and let the switcher offer every account of this mode."""
    model = ConnectionsViewModel(
        connections,
        setup.clock,
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
    parts.connections = model
    parts.ends.append(model.dispose)
    parts.ticker.timeout.connect(model.tick)

    def show() -> None:
        rows = connections.rows()
        parts.shell.set_accounts(tuple(_choice(row) for row in rows))

    parts.shell.account_wanted.connect(connections.choose_current)
    parts.ends.append(connections.on_change(show))
    show()


def _choice(row: ConnectionRow) -> AccountChoice:
    ending = f" · ending {row.profile.account_id[-4:]}" if row.profile.account_id else ""
    return AccountChoice(row.profile.id, f"{row.profile.label}{ending}", row.profile.mode, current=row.current)
