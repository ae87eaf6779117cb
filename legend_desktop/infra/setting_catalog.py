"""Every setting of the program. A name that is not here does not exist."""

from decimal import Decimal

from legend_desktop.domain.enums import BrokerType, MatchingMethod
from legend_desktop.domain.feeds import DELAYED_SIP, IEX, SIP
from legend_desktop.infra.paths import PROFILE_VARIABLE
from legend_desktop.infra.setting_types import Setting, choice, flag, names, number, numbers, text, whole

_BROKER_WORDS = tuple(broker.value for broker in BrokerType)
_MATCHING_WORDS = tuple(method.value for method in MatchingMethod)

GENERAL = (
    Setting(
        "broker.default",
        BrokerType.SIMULATOR.value,
        "The broker to begin with while no connection was chosen for it",
        choice(*_BROKER_WORDS),
        ("DEFAULT_BROKER",),
    ),
    Setting(
        "broker.paper_trading",
        True,
        "Keys from outside are for simulated money; false offers them for real money, which is armed by hand",
        flag,
        ("BROKER_PAPER_TRADING",),
    ),
    Setting(
        "profile.dir",
        "",
        "The folder of every file that the program writes; empty is the system's place",
        text,
        (PROFILE_VARIABLE,),
    ),
    Setting(
        "store.database_url",
        "",
        "The database of the history; empty is a file in the profile",
        text,
        ("LEGEND_DATABASE_URL",),
        secret=True,
    ),
    Setting("connections.default_paper", "", "The paper connection that the window begins with", text),
    Setting("connections.default_live", "", "The live connection that the live desk begins with", text),
    Setting("connections.open", (), "The connections that are opened at start beside it", names),
    Setting("legal.accepted", "", "The version of the legal notice that was accepted", text),
    Setting("simulator.seed", 24, "The start number of the simulator's market", whole(0, 2**31 - 1)),
)

BROKERS = (
    Setting("alpaca.api_key", "", "Alpaca: key id", text, ("ALPACA_API_KEY",), secret=True),
    Setting("alpaca.api_secret", "", "Alpaca: secret key", text, ("ALPACA_API_SECRET",), secret=True),
    Setting(
        "alpaca.base_url",
        "",
        "Alpaca: address of the trading interface; empty is Alpaca's own",
        text,
        ("ALPACA_BASE_URL",),
    ),
    Setting(
        "alpaca.feed",
        "",
        "Alpaca: feed of market data; empty is iex, sip needs a paid plan",
        choice("", IEX, SIP, DELAYED_SIP, "best"),
        ("ALPACA_FEED",),
    ),
    Setting(
        "td_ameritrade.api_key", "", "TD Ameritrade at Schwab: app key", text, ("TD_AMERITRADE_API_KEY",), secret=True
    ),
    Setting(
        "td_ameritrade.app_secret",
        "",
        "TD Ameritrade at Schwab: app secret",
        text,
        ("TD_AMERITRADE_APP_SECRET", "TD_AMERITRADE_API_SECRET", "SCHWAB_APP_SECRET"),
        secret=True,
    ),
    Setting(
        "td_ameritrade.callback_url",
        "",
        "TD Ameritrade at Schwab: callback address of the app",
        text,
        ("TD_AMERITRADE_CALLBACK_URL", "SCHWAB_CALLBACK_URL"),
    ),
    Setting(
        "td_ameritrade.refresh_token",
        "",
        "TD Ameritrade at Schwab: refresh token, good for seven days",
        text,
        ("TD_AMERITRADE_REFRESH_TOKEN",),
        secret=True,
    ),
    Setting(
        "td_ameritrade.account_id",
        "",
        "TD Ameritrade at Schwab: account number",
        text,
        ("TD_AMERITRADE_ACCOUNT_ID",),
        secret=True,
    ),
    Setting(
        "interactive_brokers.gateway_url",
        "https://localhost:5000/v1/api",
        "Interactive Brokers: address of the Client Portal Gateway",
        text,
        ("IB_GATEWAY_URL",),
    ),
    Setting(
        "interactive_brokers.account_id", "", "Interactive Brokers: account", text, ("IB_ACCOUNT_ID",), secret=True
    ),
    Setting("tradestation.api_key", "", "TradeStation: key", text, ("TRADESTATION_API_KEY",), secret=True),
    Setting("tradestation.api_secret", "", "TradeStation: secret", text, ("TRADESTATION_API_SECRET",), secret=True),
    Setting(
        "tradestation.refresh_token",
        "",
        "TradeStation: refresh token",
        text,
        ("TRADESTATION_REFRESH_TOKEN",),
        secret=True,
    ),
    Setting("tradestation.account_id", "", "TradeStation: account", text, ("TRADESTATION_ACCOUNT_ID",), secret=True),
)

TRADING = (
    Setting(
        "trading.risk_percent", Decimal("0.25"), "Per cent of the account that an entry risks", number("0.01", "100")
    ),
    Setting(
        "trading.risk_presets",
        (Decimal("0.10"), Decimal("0.20"), Decimal("0.50"), Decimal("1.00")),
        "The risk buttons of quick entry, in per cent",
        numbers("0.01", "100"),
    ),
    Setting(
        "trading.matching",
        MatchingMethod.FIFO.value,
        "Which shares a closing fill sells first, for realised profit: fifo, lifo or average cost",
        choice(*_MATCHING_WORDS),
    ),
    Setting("trading.arm_minutes", 20, "Minutes until armed order keys switch themselves off", whole(1, 480)),
    Setting(
        "trading.watch_list",
        names("AAPL,AMD,AMZN,AVGO,GOOGL,IWM,JPM,KO,META,MSFT,NFLX,NVDA,QQQ,SPY,TSLA,UNH,XOM"),
        "The symbols of the watch list, in order",
        names,
    ),
)

WINDOW = (
    Setting("command.history", (), "The newest lines of the command line, oldest first", names),
    Setting("window.theme", "system", "Dark, light, or as the system says", choice("system", "dark", "light")),
    Setting("window.palette", "default", "The colours of gains and losses", choice("default", "classic", "mono")),
    Setting("window.density", "compact", "The height of rows and controls", choice("compact", "comfortable")),
    Setting("window.zoom", 100, "The size of everything, in per cent", whole(80, 200)),
    Setting("window.reduce_motion", "system", "No flashing and no movement", choice("system", "on", "off")),
    Setting("window.hide_money", False, "Hide amounts of money, as for a shared screen", flag),
    Setting("window.layout", "", "The layout that was last used", text),
    Setting("window.layouts", (), "The names of the saved layouts, in order", names),
    Setting("window.symbol", "AAPL", "The symbol in focus at the last end", text),
)

CATALOG: tuple[Setting, ...] = GENERAL + BROKERS + TRADING + WINDOW
