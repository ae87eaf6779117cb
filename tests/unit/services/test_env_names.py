"""The names of a ``.env`` file find their broker, and what is missing or unknown is told by name, never by value."""

from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.domain.enums import BrokerType
from legend_desktop.infra.setting_catalog import CATALOG
from legend_desktop.services.env_names import EnvNames, sort_names

NEEDS_NO_SCREEN = True
VARIABLES = {row.name: row.environment for row in CATALOG if row.environment}


def told(**values: str) -> EnvNames:
    return sort_names(values, VARIABLES, BrokerFactory.login_forms())


def test_a_whole_login() -> None:
    names = told(ALPACA_API_KEY=" k ", ALPACA_API_SECRET="s", ALPACA_FEED="sip", DEFAULT_BROKER="Alpaca", PATH="/bin")
    (login,) = names.logins
    assert login.broker is BrokerType.ALPACA
    assert login.whole
    assert dict(login.values) == {"api_key": "k", "api_secret": "s", "feed": "sip"}
    assert names.default is BrokerType.ALPACA
    assert names.general == ("DEFAULT_BROKER",)
    assert names.ignored == 1
    assert not names.wants_live
    assert "'s'" not in repr(names)


def test_what_is_missing_is_named() -> None:
    (login,) = told(ALPACA_API_KEY="k", ALPACA_API_SECRET="  ").logins
    assert not login.whole
    assert login.lacking == ("secret key",)
    (login,) = told(ALPACA_API_SECRET="s").logins
    assert login.lacking == ("API key id",)


def test_a_broker_that_cannot_be_connected_is_named_and_not_whole() -> None:
    (login,) = told(TRADESTATION_API_KEY="k").logins
    assert login.broker is BrokerType.TRADESTATION
    assert login.form is None
    assert not login.whole


def test_only_a_plain_no_asks_for_real_money() -> None:
    for word in ("false", "FALSE", "0", "no", "off"):
        assert told(BROKER_PAPER_TRADING=word).wants_live
    for word in ("true", "1", "", "maybe"):
        assert not told(BROKER_PAPER_TRADING=word).wants_live
