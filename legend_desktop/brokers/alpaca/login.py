"""What the dialog asks for to log in to Alpaca."""

from legend_desktop.brokers.alpaca.config import FEEDS
from legend_desktop.brokers.login_form import LoginField, LoginForm
from legend_desktop.domain.enums import BrokerType

LOGIN_FORM = LoginForm(
    broker=BrokerType.ALPACA,
    name="Alpaca",
    fields=(
        LoginField("api_key", "API key id", "Begins with PK for paper, with AK for live.", secret=True),
        LoginField("api_secret", "Secret key", "Shown once, when the key is made.", secret=True),
        LoginField(
            "feed",
            "Market data feed",
            "iex comes with every account, sip with a paid plan; best takes sip where the plan has it.",
            optional=True,
            advanced=True,
            choices=FEEDS,
        ),
        LoginField("base_url", "Trading address", "Empty: Alpaca's own.", optional=True, advanced=True),
        LoginField("stream_url", "Order stream address", "Empty: beside trading.", optional=True, advanced=True),
        LoginField("data_url", "Market data address", "Empty: Alpaca's own.", optional=True, advanced=True),
        LoginField("data_stream_url", "Data stream address", "Empty: Alpaca's own.", optional=True, advanced=True),
        LoginField(
            "auction_orders",
            "Opening and closing auction orders",
            "Only where Alpaca has opened them for your account.",
            optional=True,
            advanced=True,
            choices=("no", "yes"),
        ),
    ),
    where=(
        "Log in at Alpaca, choose the paper or the live account at the top left, and make a key under API keys on its "
        "home page. Each account has keys of its own, and the secret is shown only once."
    ),
    links=(
        ("Paper dashboard", "https://app.alpaca.markets/paper/dashboard/overview"),
        ("Live dashboard", "https://app.alpaca.markets/dashboard/overview"),
    ),
    login_life="Keys work until you delete or renew them.",
)
"""The form; both kinds of account are offered."""
