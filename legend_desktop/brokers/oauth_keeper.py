"""Keeps one login alive: a single refresher for all who need a token, and no renewed login that could get lost.

A renewal runs as a task of its own, so a caller who is cancelled cannot lose a refresh token that has just been
replaced. Everybody who comes meanwhile waits for the same renewal.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from legend_desktop.brokers.errors import AuthExpired, BrokerDown, RateLimited
from legend_desktop.brokers.http import HttpSession
from legend_desktop.brokers.oauth import OAuthSetup, Tokens, call_for_tokens
from legend_desktop.brokers.tasks import TaskStarter
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.errors import LegendError, StoreError
from legend_desktop.domain.secret import Secret

log = logging.getLogger(__name__)

RENEW_AT = 0.8
"""Share of an access token's life after which it is renewed while it still works."""
END_MARGIN_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
LOOK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class SavedLogin:
    """What is kept on disk. ``previous`` is the refresh token before the last change, until the new one has worked.

    ``signed_in_at`` is when the person signed in; renewing never moves it.
    """

    refresh: Secret
    previous: Secret
    signed_in_at: datetime


class LoginState(StrEnum):
    """How the login stands. ``WAITING``: the renewal failed and is tried again after a pause."""

    READY = "ready"
    WAITING = "waiting"
    UNSAVED = "unsaved"
    SIGN_IN_NEEDED = "sign_in_needed"


SaveLogin = Callable[[SavedLogin], Awaitable[None]]
"""Stores a login durably; when it returns the login survives a crash of the program. Raises what goes wrong."""


class TokenKeeper:
    """Hands out access tokens. ``hide`` is told each new secret before anything else sees it, for the log's masks."""

    def __init__(
        self,
        setup: OAuthSetup,
        http: HttpSession,
        clock: Clock,
        *,
        saved: SavedLogin | None,
        save: SaveLogin,
        start_task: TaskStarter,
        hide: Callable[[str], None] = lambda _: None,
        on_state: Callable[[LoginState], None] = lambda _: None,
    ) -> None:
        self._setup = setup
        self._http = http
        self._clock = clock
        self._saved = saved
        self._save = save
        self._start_task = start_task
        self._hide = hide
        self._on_state = on_state
        self._access: Secret | None = None
        self._life_seconds = 0.0
        self._born_ns = 0
        self._born_at = clock.now()
        self._unsaved: tuple[SavedLogin, Tokens] | None = None
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        self._not_before_ns = 0
        self._why = ""
        self._ended: AuthExpired | None = None
        self.state = LoginState.READY if saved is not None else LoginState.SIGN_IN_NEEDED

    @property
    def sentence(self) -> str:
        """How the login stands, in words."""
        name = self._setup.broker_name
        if self.state is LoginState.SIGN_IN_NEEDED:
            return self._ended.message if self._ended is not None else f"{name} wants you to sign in."
        if self.state is LoginState.READY:
            return f"Signed in to {name}."
        return f"{self._why} Next try in {self._pause_left():.0f} s."

    @property
    def sign_in_ends_at(self) -> datetime | None:
        """When the broker ends the login for good, where it tells; ``None`` where it does not."""
        if self._saved is None or self._setup.refresh_life is None:
            return None
        return self._saved.signed_in_at + self._setup.refresh_life

    async def signed_in(self, tokens: Tokens) -> None:
        """Take over what a sign-in brought, stored first. Raises ``StoreError``; nothing has changed then."""
        await self.close()  # a renewal of the old login must not come after the new one
        self._learn(tokens)
        login = SavedLogin(tokens.refresh, Secret(""), self._clock.now())
        await self._store(login)
        self._saved, self._unsaved = login, None
        self._use(tokens)

    async def token(self) -> Secret:
        """An access token that works now; renews in the background from 80 % of its life on.

        Raises ``AuthExpired`` where the person must sign in, ``BrokerDown`` while renewing does not succeed,
        ``StoreError`` while the renewed login cannot be stored.
        """
        access = self._access
        if access is not None and not self._is_over():
            if self._age() >= self._life_seconds * RENEW_AT and self._may_renew():
                self._begin_renewal()
            return access
        await self._renewal()
        access = self._access
        if access is None:
            raise self._trouble()
        return access

    async def renewed(self, rejected: Secret) -> Secret:
        """A token other than ``rejected``, which the broker has just answered with 401. Raises as ``token``."""
        if self._access is not None and self._access == rejected:
            self._access = None
        return await self.token()

    async def keep_fresh(self) -> None:
        """Renew in time for as long as the session lasts; for a task. Ends when the person must sign in."""
        while self.state is not LoginState.SIGN_IN_NEEDED:
            ahead = self._life_seconds * RENEW_AT - self._age() if self._access is not None else 0.0
            if ahead <= 0 and self._may_renew():
                self._begin_renewal()
            await self._clock.sleep(min(max(ahead, self._pause_left(), 1.0), LOOK_SECONDS))

    async def close(self) -> None:
        """Let a renewal under way come to its end: what it brings must be stored."""
        if self._task is not None:
            await asyncio.wait({self._task})

    # ---- renewing -----------------------------------------------------------------------------------------------

    def _may_renew(self) -> bool:
        renewable = self._saved is not None and bool(self._saved.refresh)
        return renewable and self.state is not LoginState.SIGN_IN_NEEDED and self._pause_left() <= 0

    def _begin_renewal(self) -> asyncio.Task[None]:
        if self._task is None or self._task.done():
            self._task = self._start_task(self._renew(), f"renew the login at {self._setup.broker_name}")
        return self._task

    async def _renewal(self) -> None:
        """Wait for a renewal, ours or the one under way. Raises at once where none may be tried now."""
        task = self._task
        if task is None or task.done():
            if not self._may_renew():
                if self._saved is not None and not self._saved.refresh:
                    self._change(LoginState.SIGN_IN_NEEDED)
                raise self._trouble()
            task = self._begin_renewal()
        await asyncio.wait({task})
        if self._access is None or self._is_over():
            raise self._trouble()

    async def _renew(self) -> None:
        """One renewal; whatever becomes of it stands in the state afterwards."""
        try:
            await self._renew_once()
        except AuthExpired as error:
            log.warning("The login at %s has ended: %s", self._setup.broker_name, error.message)
            self._access = None
            self._ended = error
            self._change(LoginState.SIGN_IN_NEEDED)
        except StoreError as error:
            self._wait_a_while(error, LoginState.UNSAVED, None)
        except RateLimited as error:
            self._wait_a_while(error, LoginState.WAITING, error.retry_after)
        except LegendError as error:
            self._wait_a_while(error, LoginState.WAITING, None)

    async def _renew_once(self) -> None:
        if self._unsaved is None:
            saved = self._saved
            if saved is None:
                raise AuthExpired(
                    f"{self._setup.broker_name} wants you to sign in.", advice="Sign in.", code="login_needed"
                )
            tokens, used = await self._ask(saved)
            changed = bool(tokens.refresh) and tokens.refresh != used
            if changed:
                self._unsaved = (SavedLogin(tokens.refresh, used, saved.signed_in_at), tokens)
            elif saved.previous or used != saved.refresh:
                self._unsaved = (SavedLogin(used, Secret(""), saved.signed_in_at), tokens)
            else:
                self._use(tokens)
                return
        login, tokens = self._unsaved
        await self._store(login)
        self._saved, self._unsaved = login, None
        self._use(tokens)

    async def _ask(self, saved: SavedLogin) -> tuple[Tokens, Secret]:
        """Fresh tokens, and the refresh token that brought them: the last one, or the one before where it fails."""
        try:
            return await self._ask_with(saved.refresh), saved.refresh
        except AuthExpired as error:
            if not saved.previous or error.code != "login_needed":
                raise
        return await self._ask_with(saved.previous), saved.previous

    async def _ask_with(self, refresh: Secret) -> Tokens:
        form = {"grant_type": "refresh_token", "refresh_token": refresh.reveal()}
        tokens = await call_for_tokens(self._http, self._setup, form)
        self._learn(tokens)
        return tokens

    async def _store(self, login: SavedLogin) -> None:
        try:
            await self._save(login)
        except Exception as error:  # a key store fails in ways of its own, and each means the same here
            log.warning("The login at %s cannot be stored: %s", self._setup.broker_name, type(error).__name__)
            raise StoreError(
                f"The login at {self._setup.broker_name} cannot be stored, so it is not used.",
                advice="Unlock the computer's key store.",
                code="login_unsaved",
            ) from error

    # ---- state --------------------------------------------------------------------------------------------------

    def _learn(self, tokens: Tokens) -> None:
        for secret in (tokens.access, tokens.refresh):
            if secret:
                self._hide(secret.reveal())

    def _use(self, tokens: Tokens) -> None:
        self._access = tokens.access
        self._life_seconds = tokens.life_seconds
        self._born_ns = self._clock.monotonic_ns()
        self._born_at = self._clock.now()
        self._failures = 0
        self._not_before_ns = 0
        self._why = ""
        self._ended = None
        self._change(LoginState.READY)

    def _age(self) -> float:
        """Seconds since the token came. While the computer sleeps one of the two clocks may stand still."""
        awake = (self._clock.monotonic_ns() - self._born_ns) / 1e9
        return max(awake, (self._clock.now() - self._born_at).total_seconds())

    def _is_over(self) -> bool:
        return self._age() >= self._life_seconds - min(END_MARGIN_SECONDS, self._life_seconds / 10)

    def _pause_left(self) -> float:
        return max(self._not_before_ns - self._clock.monotonic_ns(), 0) / 1e9

    def _wait_a_while(self, error: LegendError, state: LoginState, wished: float | None) -> None:
        """Try again later: after what the broker wishes, else after a pause that doubles up to a minute."""
        pause = min(FIRST_PAUSE_SECONDS * 2.0**self._failures, LONGEST_PAUSE_SECONDS)
        self._failures = min(self._failures + 1, 10)
        seconds = max(pause * random.uniform(0.5, 1.0), wished or 0.0)
        self._not_before_ns = self._clock.monotonic_ns() + int(seconds * 1e9)
        self._why = error.message
        log.info("The login at %s was not renewed: %s", self._setup.broker_name, error.message)
        self._change(state)

    def _change(self, state: LoginState) -> None:
        if state is not self.state:
            self.state = state
            self._on_state(state)

    def _trouble(self) -> LegendError:
        """The error for a caller who gets no token."""
        if self.state is LoginState.UNSAVED:
            return StoreError(self.sentence, advice="Unlock the computer's key store.", code="login_unsaved")
        if self.state is LoginState.SIGN_IN_NEEDED:
            advice, code = (self._ended.advice, self._ended.code) if self._ended is not None else ("", "")
            return AuthExpired(self.sentence, advice=advice or "Sign in.", code=code or "login_needed")
        if self.state is LoginState.READY:  # the renewal was stopped from outside
            return BrokerDown(f"The login at {self._setup.broker_name} was not renewed.", code="login_waits")
        return BrokerDown(self.sentence, advice="Orders at the broker keep working.", code="login_waits")
