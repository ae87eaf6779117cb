"""``legend-desktop import-env``: takes the logins of a ``.env`` file into the saved connections. Shows no value."""

from collections.abc import Callable
from pathlib import Path

from legend_desktop.app.accounts import set_up_accounts
from legend_desktop.app.options import StartOptions
from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.brokers.health_check import Health, HealthCheck
from legend_desktop.brokers.login_form import LoginForm
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import InvalidInput, LegendError
from legend_desktop.infra.dotenv_file import read_dotenv
from legend_desktop.infra.setting_catalog import CATALOG
from legend_desktop.infra.settings import Settings
from legend_desktop.services.connections import Connections
from legend_desktop.services.env_names import EnvLogin, EnvNames, sort_names

_MARKS = {Health.GOOD: "ok", Health.DOUBTFUL: "note", Health.BAD: "wrong", Health.SKIPPED: "not looked at"}
_NO_KEY_STORE = (
    "This system offers no key store, so nothing was kept. Leave the names in the environment that starts the program, "
    "or type the keys into its window, which keeps them until it is closed."
)


class EnvImport:
    """One run. ``say`` gets each line for the person."""

    def __init__(self, connections: Connections, settings: Settings, say: Callable[[str], None]) -> None:
        self._connections = connections
        self._settings = settings
        self._say = say

    async def run(self, path: Path) -> bool:
        """Take in what ``path`` holds; true where every whole login was kept.

        Raises ``InvalidInput`` for a file that cannot be read, holds no whole login, or asks for the other mode.
        """
        file = read_dotenv(path)
        variables = {row.name: row.environment for row in CATALOG if row.environment}
        names = sort_names(file.values, variables, self._connections.forms)
        self._say(f"Read {path}. No value of it is shown.")
        for sentence in (*file.warnings, *_what_was_found(names)):
            self._say(sentence)
        whole = [login for login in names.logins if login.whole]
        if not whole:
            raise InvalidInput(
                "The file holds no whole login. Nothing was kept.",
                advice="Alpaca needs ALPACA_API_KEY and ALPACA_API_SECRET.",
            )
        if names.wants_live and self._connections.mode is TradingMode.PAPER:
            raise InvalidInput(
                "The file asks for real money (BROKER_PAPER_TRADING=false). Nothing was kept.",
                advice="Add --live if these are the keys of the live account.",
            )
        await self._connections.load()
        kept = [await self._take(login, names) for login in whole]
        if any(kept):
            self._say("The file still holds the keys. Delete it once nothing else needs it.")
        return all(kept)

    async def _take(self, login: EnvLogin, names: EnvNames) -> bool:
        """Check one login and keep it; false where it was not kept, with the reason said."""
        assert login.form is not None
        mode, form = self._connections.mode, login.form
        values = {**self._plain(form), **login.values}
        self._say(f"Checking the login at {form.name} for {_money(mode)}:")
        wrong = False
        try:
            async for check in self._connections.examine(login.broker, mode, values):
                self._say(_line(check))
                wrong = wrong or check.health is Health.BAD
            if wrong:
                self._say(f"{form.name}: nothing was kept.")
                return False
            if not self._connections.vault.lasting:
                self._say(_NO_KEY_STORE)
                return False
            profile = await self._connections.add(login.broker, mode, "", values, open_now=False)
        except LegendError as error:
            self._say(f"{form.name}: nothing was kept. {error.sentence}")
            return False
        self._say(f"Kept: {profile.label}, {_money(mode)}, account ending {profile.account_id[-4:]}.")
        self._say(self._connections.vault.words)
        if names.default is login.broker:
            self._connections.make_default(profile.id)
            self._say("The window begins with it." if mode is TradingMode.PAPER else "The live desk begins with it.")
        if mode is TradingMode.LIVE:
            self._say("Real money: only the live desk opens it, and order keys stay locked until you arm them.")
        return True

    def _plain(self, form: LoginForm) -> dict[str, str]:
        """What the settings say about the parts of a login that are no secrets."""
        declared = {row.name for row in CATALOG}
        rows = {row.name: f"{form.broker.value}.{row.name}" for row in form.fields if not row.secret}
        found = {name: str(self._settings.get(setting)) for name, setting in rows.items() if setting in declared}
        return {name: value for name, value in found.items() if value}


async def run_env_import(options: StartOptions, path: Path, live: bool, say: Callable[[str], None]) -> bool:
    """Run it over the profile of ``options``; the caller holds the profile's lock. Raises as ``EnvImport.run``."""
    mode = TradingMode.LIVE if live else TradingMode.PAPER
    accounts = set_up_accounts(options.settings, options.paths, options.redactor, options.reporter.report, mode)

    def tell(sentence: str) -> None:
        say(options.redactor.clean(sentence))

    try:
        return await EnvImport(accounts.connections, options.settings, tell).run(path)
    finally:
        await accounts.supervisor.stop()


def _what_was_found(names: EnvNames) -> list[str]:
    found = []
    for login in names.logins:
        listed = f"{BrokerFactory.name_of(login.broker)}: {', '.join(login.names)}."
        if login.form is None:
            listed += " Not used: this broker cannot be connected in this version."
        elif login.lacking:
            listed += f" Not used: the {' and the '.join(login.lacking)} is missing."
        found.append(listed)
    if names.general:
        found.append(f"Also read: {', '.join(names.general)}.")
    if names.ignored:
        count = "1 other name was" if names.ignored == 1 else f"{names.ignored} other names were"
        found.append(f"{count} left alone.")
    return found


def _line(check: HealthCheck) -> str:
    parts = (f"  {_MARKS[check.health]}: {check.name}. {check.sentence}", check.advice)
    return " ".join(part for part in parts if part)


def _money(mode: TradingMode) -> str:
    return "real money" if mode is TradingMode.LIVE else "simulated money"
