"""What one Alpaca session needs to know: keys, mode, addresses, the market data feed and the account it is for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from legend_desktop.brokers.alpaca.urls import Addresses, addresses
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.feeds import DELAYED_SIP, IEX, SIP
from legend_desktop.domain.secret import Secret
from legend_desktop.domain.secret_mask import SecretMask

FEEDS = (IEX, SIP, "best", DELAYED_SIP)
_WHERE = "Alpaca shows both on its dashboard, under API keys."
_YES = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, slots=True)
class AlpacaConfig:
    """Immutable; the keys are never shown. ``account_id`` is the account that was seen first, empty before that.

    ``auction_orders`` offers orders for the opening and closing auction, which Alpaca opens to some accounts only.
    ``mask`` takes the keys out of whatever Alpaca sends.
    """

    api_key: Secret
    api_secret: Secret
    mode: TradingMode
    urls: Addresses
    feed: str = IEX
    account_id: str = ""
    auction_orders: bool = False
    mask: SecretMask = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mask", SecretMask([self.api_key.reveal(), self.api_secret.reveal()]))

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, str], mode: TradingMode) -> "AlpacaConfig":
        """The config from the fields of the login form. Raises ``InvalidInput`` for what is missing or not allowed.

        Keys: ``api_key``, ``api_secret``; optional ``base_url``, ``stream_url``, ``data_url``, ``data_stream_url``,
        ``feed``, ``account_id``, ``auction_orders``. A ``base_url`` on this machine alone is enough for all addresses.
        """
        given = {name: value.strip() for name, value in credentials.items() if value}
        for name, words in (("api_key", "API key id"), ("api_secret", "secret key")):
            if not given.get(name):
                raise InvalidInput(
                    f"Alpaca needs an {words}." if words[0] == "A" else f"Alpaca needs a {words}.",
                    advice=_WHERE,
                    code="credentials_missing",
                )
        feed = given.get("feed", IEX).lower()
        if feed not in FEEDS:
            raise InvalidInput(f"There is no feed called {feed}.", advice=f"The feeds are {', '.join(FEEDS)}.")
        names = ("base_url", "stream_url", "data_url", "data_stream_url")
        return cls(
            api_key=Secret(given["api_key"]),
            api_secret=Secret(given["api_secret"]),
            mode=mode,
            urls=addresses(mode, feed, **{name: given[name] for name in names if name in given}),
            feed=feed,
            account_id=given.get("account_id", ""),
            auction_orders=given.get("auction_orders", "").lower() in _YES,
        )

    def headers(self) -> dict[str, str]:
        """The headers that prove the login on every request."""
        return {"APCA-API-KEY-ID": self.api_key.reveal(), "APCA-API-SECRET-KEY": self.api_secret.reveal()}

    def hide(self, text: str) -> str:
        """``text`` without the keys, wherever they stand in it."""
        return self.mask.clean(text)


def looks_like(api_key: str) -> TradingMode | None:
    """The mode that a key id seems made for: ids of paper accounts begin with PK, of live ones with AK, by habit.

    A hint for sentences alone; what counts is whether the account answers.
    """
    return {"PK": TradingMode.PAPER, "AK": TradingMode.LIVE}.get(api_key[:2].upper())
