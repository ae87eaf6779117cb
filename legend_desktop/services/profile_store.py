"""Where the journal of a profile stands: the one answer for the window, the local API and scripts."""

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.infra.paths import ProfilePaths
from legend_desktop.infra.settings import Settings
from legend_desktop.store.journal import OrderJournal, prepare_store
from legend_desktop.store.options import StoreOptions


def profile_store(
    settings: Settings, paths: ProfilePaths, mode: TradingMode, clock: Clock, *, read_only: bool = False
) -> OrderJournal:
    """The journal of ``mode``, not open yet: the database that the settings name, else the profile's own file.

    ``read_only`` leaves it as it is and may stand beside a program that writes. Raises ``StoreError`` for an address
    that cannot be a database.
    """
    options = StoreOptions(spool_folder=paths.spool_dir, backup_folder=paths.backup_dir)
    place = settings.get("store.database_url") or paths.database(mode)
    return prepare_store(place, mode, clock, read_only=read_only, options=options)


def journal_part(broker: BrokerType, account_id: str) -> str:
    """The name of an account's rows in the journal; empty for the simulator's, which are the journal's own.

    It is the account's, whichever connection or script leads to it.
    """
    return "" if broker is BrokerType.SIMULATOR else f"{broker.value}:{account_id}"
