"""Signing in through the system's browser: the authorization code flow, with PKCE where the key knows it.

The person signs in on the broker's own page; the browser comes back to this machine with a code that lives for
seconds; the code buys tokens. RFC 6749, RFC 7636 (PKCE) and RFC 8252 (native programs) are the sources.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from legend_desktop.brokers.errors import AuthExpired, BrokerDown, OutcomeUnknown, RateLimited
from legend_desktop.brokers.http import HttpAnswer, HttpSession
from legend_desktop.brokers.rate_limit import Lane, retry_after
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.errors import InvalidInput, LegendError
from legend_desktop.domain.secret import Secret

STATE_LIFE_NS = 600_000_000_000
LIFE_WHEN_UNTOLD = 600.0
_LONGEST_LIFE = 30 * 86_400.0
_WORDS_LIMIT = 200
_LOGIN_IS_DEAD = re.compile(
    r"invalid_grant|refresh_token_authentication_error|refresh token(?: is)? (?:invalid|expired|revoked)", re.IGNORECASE
)
_KEY_IS_WRONG = re.compile(r"invalid_client|unauthorized_client|access_denied", re.IGNORECASE)


class SignInFailed(LegendError):
    """The sign-in did not come about. ``code``: strange, denied, late, used, refused, busy."""


class ClientLogin(StrEnum):
    """How the program's own key and secret travel with a call for tokens."""

    FORM = "form"
    BASIC = "basic"


@dataclass(frozen=True, slots=True)
class OAuthSetup:
    """One key of one broker. ``client_secret`` is empty for a key that has none, as with most PKCE keys.

    ``refresh_life`` is how long after the sign-in the broker renews at all, where it says so.
    """

    broker_name: str
    authorize_url: str
    token_url: str
    client_id: str
    redirect_uri: str
    client_secret: Secret = field(default_factory=lambda: Secret(""))
    scope: str = ""
    pkce: bool = True
    client_login: ClientLogin = ClientLogin.FORM
    extra_query: tuple[tuple[str, str], ...] = ()
    refresh_life: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a call for tokens brought. ``refresh`` is empty where the answer held none: the old one goes on."""

    access: Secret
    refresh: Secret
    life_seconds: float
    scope: str = ""


class SignIn:
    """One attempt to sign in. Its ``state`` is good once, for ten minutes."""

    def __init__(self, setup: OAuthSetup, clock: Clock) -> None:
        self._setup = setup
        self._clock = clock
        self._state = secrets.token_urlsafe(16)
        self._verifier = secrets.token_urlsafe(48)
        self._ends_ns = clock.monotonic_ns() + STATE_LIFE_NS
        self._used = False

    @property
    def url(self) -> str:
        """The broker's page, for the system's browser."""
        setup = self._setup
        query = {"response_type": "code", "client_id": setup.client_id, "redirect_uri": setup.redirect_uri}
        query |= {"scope": setup.scope} if setup.scope else {}
        query |= dict(setup.extra_query)
        query["state"] = self._state
        if setup.pkce:
            digest = hashlib.sha256(self._verifier.encode()).digest()
            query["code_challenge"] = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            query["code_challenge_method"] = "S256"
        joint = "&" if urlsplit(setup.authorize_url).query else "?"
        return f"{setup.authorize_url}{joint}{urlencode(query)}"

    def is_answer(self, url: str) -> bool:
        """True where ``url`` is the browser's way back from this very attempt."""
        told = _query(url, self._setup.redirect_uri).get("state", "")
        return hmac.compare_digest(told.encode(), self._state.encode())

    def take_code(self, url: str) -> Secret:
        """The code in the address that the browser came back to, or that the person pasted.

        Raises ``SignInFailed``; a strange address leaves the attempt open, everything else ends it.
        """
        if not self.is_answer(url):
            raise SignInFailed(
                "This address is not the answer to the sign-in that is under way.",
                advice="Copy the whole address from the browser, or start again.",
                code="strange",
            )
        used, self._used = self._used, True
        if used:
            raise SignInFailed("This answer was used before.", advice="Start the sign-in again.", code="used")
        if self._clock.monotonic_ns() > self._ends_ns:
            raise SignInFailed("The sign-in took too long.", advice="Start it again.", code="late")
        query = _query(url, self._setup.redirect_uri)
        if not query.get("code"):
            words = _plain(query.get("error_description") or query.get("error") or "no reason given")
            raise SignInFailed(
                f"{self._setup.broker_name} did not allow the sign-in: '{words}'.",
                advice="Sign in again and allow the access.",
                code="denied",
            )
        return Secret(query["code"])

    async def finish(self, http: HttpSession, url: str) -> Tokens:
        """Trade the code in ``url`` for tokens, at once: at some brokers it lives thirty seconds.

        Raises ``SignInFailed`` where a new attempt is needed, ``AuthExpired`` where the key itself is refused.
        """
        setup = self._setup
        form = {
            "grant_type": "authorization_code",
            "code": self.take_code(url).reveal(),
            "redirect_uri": setup.redirect_uri,
        }
        if setup.pkce:
            form["code_verifier"] = self._verifier
        try:
            return await call_for_tokens(http, setup, form)
        except AuthExpired as error:
            if error.code == "key_refused":
                raise
            raise SignInFailed(
                f"{setup.broker_name} no longer takes the code of this sign-in.",
                advice="Start the sign-in again and go through it without a pause.",
                code="refused",
            ) from None
        except (BrokerDown, RateLimited) as error:
            raise SignInFailed(error.message, advice="Start the sign-in again.", code="refused") from None


async def call_for_tokens(http: HttpSession, setup: OAuthSetup, form: dict[str, str]) -> Tokens:
    """POST ``form`` with the key to the token address.

    Raises ``AuthExpired`` (code ``login_needed`` or ``key_refused``) only where the broker's own words say that asking
    again is useless. Everything else, an error page or a lost answer too, is ``BrokerDown`` or ``RateLimited``.
    """
    headers = {}
    body = dict(form)
    if setup.client_login is ClientLogin.BASIC:
        pair = f"{setup.client_id}:{setup.client_secret.reveal()}"
        headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        body["client_id"] = setup.client_id
        if setup.client_secret:
            body["client_secret"] = setup.client_secret.reveal()
    try:
        answer = await http.write("POST", setup.token_url, form=body, headers=headers, lane=Lane.URGENT)
    except OutcomeUnknown as error:
        raise BrokerDown(f"{setup.broker_name} gave no whole answer to the login.", code="login_unanswered") from error
    if not answer.ok:
        raise _refusal(answer, setup)
    tokens = _read(answer)
    if tokens is None:
        raise BrokerDown(f"{setup.broker_name} answered the login with what is no token.", code="login_unanswered")
    return tokens


def _refusal(answer: HttpAnswer, setup: OAuthSetup) -> LegendError:
    """An answer that is no success: final only by the broker's own structured word."""
    words = answer.text
    structured = words.lstrip().startswith("{")
    if structured and _LOGIN_IS_DEAD.search(words):
        return AuthExpired(
            f"{setup.broker_name} wants you to sign in again.", advice="Sign in again.", code="login_needed"
        )
    if structured and _KEY_IS_WRONG.search(words):
        return AuthExpired(
            f"{setup.broker_name} does not accept the program's key.",
            advice="Check key and secret, and that the broker has approved the key.",
            code="key_refused",
        )
    if answer.status == 429:
        pause = retry_after(answer.headers, datetime.now(UTC))
        return RateLimited(f"{setup.broker_name} was asked for the login too often.", retry_after=pause)
    return BrokerDown(f"{setup.broker_name} does not renew the login now ({answer.status}).", code="login_unanswered")


class _Reply(msgspec.Struct):
    """The parts of a token answer that are used; anything else in it is left alone."""

    access_token: str
    refresh_token: str | None = None
    expires_in: float | str | None = None
    scope: str | None = None


def _read(answer: HttpAnswer) -> Tokens | None:
    try:
        reply = msgspec.json.decode(answer.body, type=_Reply)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not reply.access_token.strip():
        return None
    try:
        life = float(reply.expires_in) if reply.expires_in is not None else LIFE_WHEN_UNTOLD
    except ValueError:
        life = LIFE_WHEN_UNTOLD
    if not life > 0:  # also where it is no number at all
        life = LIFE_WHEN_UNTOLD
    return Tokens(
        Secret(reply.access_token.strip()),
        Secret((reply.refresh_token or "").strip()),
        min(life, _LONGEST_LIFE),
        reply.scope or "",
    )


def _query(url: str, redirect_uri: str) -> dict[str, str]:
    """The query of ``url`` where it is an address of ``redirect_uri``, else nothing."""
    try:
        ours, theirs = urlsplit(redirect_uri), urlsplit(url.strip())
        same = (ours.scheme, ours.hostname, ours.port) == (theirs.scheme, theirs.hostname, theirs.port)
        fields = parse_qs(theirs.query, max_num_fields=50)
    except ValueError:
        return {}
    if not same or (ours.path or "/") != (theirs.path or "/"):
        return {}
    # a field given twice is nobody's honest answer
    return {name: values[0] for name, values in fields.items() if len(values) == 1}


def _plain(words: str) -> str:
    """Words from outside, safe to show: one line, no control characters, not long."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())[:_WORDS_LIMIT]


def check_redirect(redirect_uri: str) -> None:
    """Raises ``InvalidInput`` unless the address leads back to this machine: a code sent elsewhere is given away."""
    parts = urlsplit(redirect_uri)
    if parts.scheme not in {"http", "https"} or parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise InvalidInput(
            "The callback address must lead to this computer.",
            advice="Use one that begins with http://127.0.0.1, http://localhost or https://127.0.0.1.",
            code="callback_address",
        )
