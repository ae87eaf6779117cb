"""Sorts the names of a ``.env`` file by the broker they are for. Values are handed on and never shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from legend_desktop.domain.enums import BrokerType
from legend_desktop.services.connection_ports import LoginForm

DEFAULT_BROKER, PAPER = "broker.default", "broker.paper_trading"
_FALSE = frozenset({"false", "0", "no", "off"})


@dataclass(frozen=True, slots=True)
class EnvLogin:
    """What a file holds for one broker. ``form`` is ``None`` for a broker that cannot be connected."""

    broker: BrokerType
    form: LoginForm | None
    names: tuple[str, ...]
    lacking: tuple[str, ...]
    values: Mapping[str, str] = field(repr=False)

    @property
    def whole(self) -> bool:
        """True where everything that the login needs is there."""
        return self.form is not None and not self.lacking


@dataclass(frozen=True, slots=True)
class EnvNames:
    """What a file says: logins, the names of general settings, how many names mean nothing here, and its wishes."""

    logins: tuple[EnvLogin, ...]
    general: tuple[str, ...]
    ignored: int
    wants_live: bool
    default: BrokerType | None


def sort_names(
    values: Mapping[str, str], variables: Mapping[str, Sequence[str]], forms: Sequence[LoginForm]
) -> EnvNames:
    """``variables`` gives for each setting the names that set it; settings of a login are ``broker.field``."""
    setting_of = {name: setting for setting, names in variables.items() for name in names}
    told = {name: (setting_of[name], value.strip()) for name, value in values.items() if name in setting_of}
    told = {name: row for name, row in told.items() if row[1]}
    logins = []
    for broker in BrokerType:
        own = {name: row for name, row in told.items() if row[0].startswith(f"{broker.value}.")}
        if own:
            logins.append(_login(broker, own, next((form for form in forms if form.broker is broker), None)))
    general = {name: row for name, row in told.items() if row[0] in {DEFAULT_BROKER, PAPER}}
    wish = {setting: value.casefold() for setting, value in general.values()}
    used = {name for login in logins for name in login.names} | set(general)
    return EnvNames(
        logins=tuple(logins),
        general=tuple(general),
        ignored=len(values) - len(used),
        wants_live=wish.get(PAPER) in _FALSE,
        default=next((row for row in BrokerType if row.value == wish.get(DEFAULT_BROKER)), None),
    )


def _login(broker: BrokerType, own: Mapping[str, tuple[str, str]], form: LoginForm | None) -> EnvLogin:
    fields = form.fields if form is not None else ()
    given = {setting.partition(".")[2]: value for setting, value in own.values()}
    values = {row.name: given[row.name] for row in fields if row.name in given}
    lacking = tuple(row.words for row in fields if not row.optional and row.name not in values)
    return EnvLogin(broker, form, tuple(own), lacking, values)
