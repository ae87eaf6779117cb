"""Signing in by browser and keeping the login alive, against a token server and a browser on loopback."""

import asyncio
import base64
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from legend_desktop.brokers.errors import AuthExpired, BrokerDown
from legend_desktop.brokers.hosts import HostRules
from legend_desktop.brokers.http import HttpSession, TimeLimits
from legend_desktop.brokers.oauth import ClientLogin, OAuthSetup, SignIn, SignInFailed
from legend_desktop.brokers.oauth_keeper import LoginState, SavedLogin, TokenKeeper
from legend_desktop.brokers.rate_limit import RequestBudget
from legend_desktop.brokers.tasks import start_plain_task
from legend_desktop.domain.errors import LegendError, StoreError
from legend_desktop.domain.secret import Secret
from tests.fakes.clock import START, FakeClock, settle
from tests.helpers.waiting import until
from tests.unit.brokers.wire import Line, RawServer, Request

APP_SECRET = "app-secret-CANARY"
CALLBACK = "http://127.0.0.1:8182/callback"


class TokenServer:
    """Sells tokens as TradeStation and Schwab do; refresh tokens rotate or not, and faults come when told."""

    def __init__(self) -> None:
        self.valid = "refresh-0"
        self.rotating = True
        self.life: object = 1200
        self.calls: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.fault: Callable[[Line], Awaitable[None]] | None = None
        self.gate: asyncio.Event | None = None

    async def __call__(self, line: Line) -> None:
        while True:
            request = await line.request()
            await self._answer(line, request)

    async def _answer(self, line: Line, request: Request) -> None:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        self.calls.append(form)
        self.headers.append(request.headers)
        if self.gate is not None:
            await self.gate.wait()
        if self.fault is not None:
            await self.fault(line)
            return
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != self.valid:
            await line.answer(403, b'{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}')
            return
        reply: dict[str, object] = {"access_token": f"access-{len(self.calls)}", "token_type": "Bearer"}
        reply["expires_in"] = self.life
        if self.rotating or form["grant_type"] != "refresh_token":
            self.valid = f"refresh-{len(self.calls)}"
            reply["refresh_token"] = self.valid
        await line.answer(200, json.dumps(reply).encode())


class KeyStore:
    """Where logins are kept; it notes what was known to work when each was stored."""

    def __init__(self) -> None:
        self.rows: list[SavedLogin] = []
        self.locked = False
        self.gate: asyncio.Event | None = None

    async def save(self, login: SavedLogin) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.locked:
            raise RuntimeError("the key ring is locked: " + login.refresh.reveal())
        self.rows.append(login)


class World:
    def __init__(self, server: RawServer, tokens: TokenServer, http: HttpSession, clock: FakeClock) -> None:
        self.server = server
        self.tokens = tokens
        self.http = http
        self.clock = clock
        self.store = KeyStore()
        self.hidden: list[str] = []
        self.states: list[LoginState] = []
        self.setup = OAuthSetup(
            "TradeStation",
            "https://signin.tradestation.com/authorize",
            f"{server.url}/oauth/token",
            "app-key",
            CALLBACK,
            client_secret=Secret(APP_SECRET),
            scope="openid Trade",
            refresh_life=timedelta(days=7),
        )
        self.keeper = self.start(SavedLogin(Secret("refresh-0"), Secret(""), START))

    def start(self, saved: SavedLogin | None) -> TokenKeeper:
        """The program starts with what was stored."""
        return TokenKeeper(
            self.setup,
            self.http,
            self.clock,
            saved=saved,
            save=self.store.save,
            start_task=start_plain_task,
            hide=self.hidden.append,
            on_state=self.states.append,
        )

    async def token(self) -> str:
        return (await self.keeper.token()).reveal()

    async def trouble(self) -> LegendError:
        with pytest.raises(LegendError) as caught:
            await self.keeper.token()
        return caught.value


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    clock = FakeClock()
    tokens = TokenServer()
    async with RawServer(tokens) as server:
        rules = HostRules(frozenset({"signin.tradestation.com"}))
        limits = TimeLimits(read=2, total=5)
        http = HttpSession("TradeStation", rules, RequestBudget(600, clock), clock, headers=dict, limits=limits)
        here = World(server, tokens, http, clock)
        try:
            yield here
        finally:
            await here.keeper.close()
            await http.close()


def answers(status: int, body: bytes, **headers: str) -> Callable[[Line], Awaitable[None]]:
    return lambda line: line.answer(status, body, **headers)


# ---- signing in -------------------------------------------------------------------------------------------------


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def test_the_address_for_the_browser_asks_for_a_code_with_a_fresh_state() -> None:
    async with world() as here:
        setup = replace(here.setup, extra_query=(("audience", "https://api.tradestation.com"),))
        first, second = SignIn(setup, here.clock), SignIn(setup, here.clock)
    query = query_of(first.url)
    assert first.url.startswith("https://signin.tradestation.com/authorize?response_type=code&")
    assert query["client_id"] == "app-key"
    assert query["redirect_uri"] == CALLBACK
    assert query["scope"] == "openid Trade"
    assert query["audience"] == "https://api.tradestation.com"
    assert query["code_challenge_method"] == "S256"
    assert len(base64.urlsafe_b64decode(query["state"] + "==")) == 16
    assert query["state"] != query_of(second.url)["state"]
    assert query["code_challenge"] != query_of(second.url)["code_challenge"]
    assert APP_SECRET not in first.url


async def test_a_code_is_traded_with_the_verifier_that_fits_the_challenge() -> None:
    async with world() as here:
        sign_in = SignIn(here.setup, here.clock)
        query = query_of(sign_in.url)
        found = await sign_in.finish(here.http, f" {CALLBACK}?code=C0.abc%40&session=1&state={query['state']}\n")
    form = here.tokens.calls[0]
    assert form["code"] == "C0.abc@"
    assert form["redirect_uri"] == CALLBACK
    assert (form["client_id"], form["client_secret"]) == ("app-key", APP_SECRET)
    assert 43 <= len(form["code_verifier"]) <= 128
    digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
    assert digest.rstrip("=") == query["code_challenge"]
    assert (found.access.reveal(), found.refresh.reveal(), found.life_seconds) == ("access-1", "refresh-1", 1200)


async def test_a_key_without_pkce_and_with_basic_login_says_so_in_its_calls() -> None:
    async with world() as here:
        sign_in = SignIn(replace(here.setup, pkce=False, client_login=ClientLogin.BASIC), here.clock)
        query = query_of(sign_in.url)
        await sign_in.finish(here.http, f"{CALLBACK}?code=c&state={query['state']}")
    assert "code_challenge" not in query
    form = here.tokens.calls[0]
    assert not form.keys() & {"code_verifier", "client_id", "client_secret"}
    assert base64.b64decode(here.tokens.headers[0]["authorization"].split()[1]) == b"app-key:" + APP_SECRET.encode()


@pytest.mark.parametrize(
    "url",
    [
        f"{CALLBACK}?code=c&state=wrong",
        f"{CALLBACK}?code=c",
        f"{CALLBACK}?code=c&state=STATE&state=other",
        "http://127.0.0.1:8182/other?code=c&state=STATE",
        "http://127.0.0.1:9999/callback?code=c&state=STATE",
        "https://127.0.0.1:8182/callback?code=c&state=STATE",
        "http://example.com/callback?code=c&state=STATE",
        "http://[::1/callback?code=c&state=STATE",
        "not an address",
        "",
    ],
)
async def test_a_strange_address_is_not_taken_and_leaves_the_sign_in_open(url: str) -> None:
    async with world() as here:
        sign_in = SignIn(here.setup, here.clock)
        state = query_of(sign_in.url)["state"]
        with pytest.raises(SignInFailed) as caught:
            sign_in.take_code(url.replace("STATE", state))
        assert caught.value.code == "strange"
        assert sign_in.take_code(f"{CALLBACK}?code=good&state={state}").reveal() == "good"


async def test_an_answer_is_good_once_and_for_ten_minutes() -> None:
    async with world() as here:
        sign_in = SignIn(here.setup, here.clock)
        url = f"{CALLBACK}?code=c&state={query_of(sign_in.url)['state']}"
        sign_in.take_code(url)
        with pytest.raises(SignInFailed, match="used before"):
            sign_in.take_code(url)
        late = SignIn(here.setup, here.clock)
        await here.clock.advance(601)
        with pytest.raises(SignInFailed, match="took too long"):
            late.take_code(f"{CALLBACK}?code=c&state={query_of(late.url)['state']}")


async def test_a_person_who_says_no_is_told_in_the_brokers_words() -> None:
    async with world() as here:
        sign_in = SignIn(here.setup, here.clock)
        state = query_of(sign_in.url)["state"]
        with pytest.raises(SignInFailed) as caught:
            sign_in.take_code(f"{CALLBACK}?error=access_denied&error_description=User%0Asaid%20no&state={state}")
    assert caught.value.code == "denied"
    assert caught.value.message == "TradeStation did not allow the sign-in: 'User said no'."


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, b'{"error":"invalid_grant"}', SignInFailed, "refused"),
        (401, b'{"error":"access_denied"}', AuthExpired, "key_refused"),
        (401, b'{"error":"invalid_client"}', AuthExpired, "key_refused"),
        (403, b"<html>Access Denied", SignInFailed, "refused"),
        (500, b"", SignInFailed, "refused"),
        (200, b'{"token_type":"Bearer"}', SignInFailed, "refused"),
        (200, b'{"access_token":""}', SignInFailed, "refused"),
        (200, b'{"access_token":', SignInFailed, "refused"),
        (200, b"\xff\xfe", SignInFailed, "refused"),
    ],
)
async def test_a_code_that_buys_nothing_is_told(status: int, body: bytes, kind: type[LegendError], code: str) -> None:
    async with world() as here:
        here.tokens.fault = answers(status, body)
        sign_in = SignIn(here.setup, here.clock)
        with pytest.raises(kind) as caught:
            await sign_in.finish(here.http, f"{CALLBACK}?code=c&state={query_of(sign_in.url)['state']}")
        assert caught.value.code == code
        assert len(here.tokens.calls) == 1


@pytest.mark.parametrize(("told", "life"), [("1800", 1800), (None, 600), ("soon", 600), (-5, 600), (10**9, 2_592_000)])
async def test_the_life_of_a_token_is_read_with_care(told: object, life: float) -> None:
    async with world() as here:
        here.tokens.life = told
        sign_in = SignIn(here.setup, here.clock)
        found = await sign_in.finish(here.http, f"{CALLBACK}?code=c&state={query_of(sign_in.url)['state']}")
    assert found.life_seconds == life


@pytest.mark.allow_log("cannot be stored")
async def test_a_new_sign_in_is_stored_before_it_is_used() -> None:
    async with world() as here:
        here.keeper = here.start(None)
        assert here.keeper.state is LoginState.SIGN_IN_NEEDED
        assert isinstance(await here.trouble(), AuthExpired)
        sign_in = SignIn(here.setup, here.clock)
        found = await sign_in.finish(here.http, f"{CALLBACK}?code=c&state={query_of(sign_in.url)['state']}")
        here.store.locked = True
        with pytest.raises(StoreError) as caught:
            await here.keeper.signed_in(found)
        assert here.keeper.state is LoginState.SIGN_IN_NEEDED
        here.store.locked = False
        await here.keeper.signed_in(found)
        assert await here.token() == "access-1"
        assert [row.refresh.reveal() for row in here.store.rows] == ["refresh-1"]
        assert here.keeper.sign_in_ends_at == START + timedelta(days=7)
        assert here.hidden[:2] == ["access-1", "refresh-1"]
        assert "refresh-1" not in caught.value.sentence


# ---- renewing ---------------------------------------------------------------------------------------------------


async def test_case_74_ten_tasks_at_once_give_one_refresh() -> None:
    async with world() as here:
        found = await asyncio.gather(*(here.token() for _ in range(10)))
        assert set(found) == {"access-1"}
        assert len(here.tokens.calls) == 1
        rejected = Secret("access-1")
        renewed = await asyncio.gather(*(here.keeper.renewed(rejected) for _ in range(10)))
        assert {secret.reveal() for secret in renewed} == {"access-2"}
        assert (await here.keeper.renewed(rejected)).reveal() == "access-2"
        assert len(here.tokens.calls) == 2


async def test_case_75_a_rotated_refresh_token_is_stored_before_it_is_used() -> None:
    async with world() as here:
        here.store.gate = asyncio.Event()
        asking = asyncio.create_task(here.token())
        await until(lambda: here.hidden)
        await settle()
        assert not asking.done()
        assert here.store.rows == []
        here.store.gate.set()
        assert await asking == "access-1"
        row = here.store.rows[0]
        assert (row.refresh.reveal(), row.previous.reveal(), row.signed_in_at) == ("refresh-1", "refresh-0", START)


async def test_case_75_a_caller_who_gives_up_does_not_lose_the_new_refresh_token() -> None:
    async with world() as here:
        here.tokens.gate = asyncio.Event()
        asking = asyncio.create_task(here.token())
        await until(lambda: here.tokens.calls)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        here.tokens.gate.set()
        await until(lambda: here.store.rows)
        assert here.store.rows[0].refresh.reveal() == "refresh-1"
        assert await here.token() == "access-1"
        assert len(here.tokens.calls) == 1


@pytest.mark.allow_log("has ended")
async def test_case_75_a_refresh_token_lost_in_a_crash_asks_for_a_sign_in_and_never_loops() -> None:
    async with world() as here:
        await here.token()
        here.keeper = here.start(SavedLogin(Secret("refresh-0"), Secret(""), START))
        for _ in range(5):
            error = await here.trouble()
            assert isinstance(error, AuthExpired)
            assert error.code == "login_needed"
            await here.clock.advance(600)
        assert len(here.tokens.calls) == 2
        assert here.states[-1] is LoginState.SIGN_IN_NEEDED
        assert here.keeper.sentence == "TradeStation wants you to sign in again."


async def test_case_75_the_refresh_token_before_still_counts_until_the_new_one_has_worked() -> None:
    async with world() as here:
        here.keeper = here.start(SavedLogin(Secret("never-arrived"), Secret("refresh-0"), START))
        assert await here.token() == "access-2"
        row = here.store.rows[-1]
        assert (row.refresh.reveal(), row.previous.reveal()) == ("refresh-2", "refresh-0")


async def test_a_refresh_token_that_stays_is_kept_and_the_one_before_forgotten() -> None:
    async with world() as here:
        here.tokens.rotating = False
        here.keeper = here.start(SavedLogin(Secret("refresh-0"), Secret("older"), START))
        await here.token()
        assert [(row.refresh.reveal(), row.previous.reveal()) for row in here.store.rows] == [("refresh-0", "")]
        await here.keeper.renewed(Secret("access-1"))
        assert len(here.store.rows) == 1


@pytest.mark.allow_log("cannot be stored")
async def test_a_renewed_login_that_cannot_be_stored_is_kept_and_stored_later_without_a_new_call() -> None:
    async with world() as here:
        here.store.locked = True
        error = await here.trouble()
        assert isinstance(error, StoreError)
        assert "refresh-" not in error.sentence
        here.store.locked = False
        await here.clock.advance(2)
        assert await here.token() == "access-1"
        assert here.states == [LoginState.UNSAVED, LoginState.READY]
        assert len(here.tokens.calls) == 1


FAULTS = {
    "503": answers(503, b"down"),
    "html 403": answers(403, b"<html>Access Denied: invalid_grant"),
    "sometimes transient": answers(400, b'{"error":"unsupported_token_type","error_description":"400 Bad Request"}'),
    "no token": answers(200, b"{}"),
    "redirect": answers(302, b"", location="/login"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_case_76_a_refresh_address_that_is_down_ten_minutes_is_asked_seldom_and_recovers(fault: str) -> None:
    async with world() as here:
        here.tokens.fault = FAULTS[fault]
        for _ in range(600):
            error = await here.trouble()
            assert isinstance(error, BrokerDown)
            assert error.code == "login_waits"
            assert "Next try in" in error.message
            await here.clock.advance(1)
        assert here.keeper.state is LoginState.WAITING
        assert 8 <= len(here.tokens.calls) <= 30
        here.tokens.fault = None
        await here.clock.advance(60)
        assert await here.token() == f"access-{len(here.tokens.calls)}"
        assert here.states == [LoginState.WAITING, LoginState.READY]


async def test_case_76_a_token_that_still_works_is_used_while_renewing_fails() -> None:
    async with world() as here:
        await here.token()
        here.tokens.fault = FAULTS["503"]
        await here.clock.advance(1000)
        assert await here.token() == "access-1"
        await until(lambda: here.keeper.state is LoginState.WAITING)
        assert await here.token() == "access-1"
        assert len(here.tokens.calls) == 2
        await here.clock.advance(200)
        assert isinstance(await here.trouble(), BrokerDown)


async def test_case_76_the_brokers_wish_for_a_pause_is_kept() -> None:
    async with world() as here:
        here.tokens.fault = answers(429, b"{}", retry_after="100")
        await here.trouble()
        await here.clock.advance(99)
        await here.trouble()
        assert len(here.tokens.calls) == 1
        here.tokens.fault = None
        await here.clock.advance(2)
        assert await here.token() == "access-2"


async def test_an_order_never_waits_for_a_renewal_while_the_old_token_works() -> None:
    async with world() as here:
        await here.token()
        here.tokens.gate = asyncio.Event()
        await here.clock.advance(0.8 * 1200 - 1)
        assert await here.token() == "access-1"
        assert len(here.tokens.calls) == 1
        await here.clock.advance(2)
        for _ in range(5):
            assert await here.token() == "access-1"
            await settle()
        await until(lambda: len(here.tokens.calls) == 2)
        here.tokens.gate.set()
        await until(lambda: len(here.store.rows) == 2)
        await settle()
        assert await here.token() == "access-2"
        assert len(here.tokens.calls) == 2


async def test_case_68_after_a_sleep_that_the_steady_clock_missed_the_token_counts_as_old() -> None:
    async with world() as here:
        await here.token()
        here.clock.jump(3600)
        assert await here.token() == "access-2"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"error":"invalid_client","error_description":"bad"}', "key_refused"),
        (
            b'{"error":"unsupported_token_type","error_description":"400 Bad Request: \\"{\\\\\\"error\\\\\\":'
            b'\\\\\\"refresh_token_authentication_error\\\\\\"}\\""}',
            "login_needed",
        ),
        (b'{"error":"x","error_description":"Refresh token is invalid, expired or revoked"}', "login_needed"),
    ],
)
@pytest.mark.allow_log("has ended")
async def test_a_final_word_of_the_broker_ends_the_login(body: bytes, code: str) -> None:
    async with world() as here:
        here.tokens.fault = answers(400, body)
        error = await here.trouble()
        assert isinstance(error, AuthExpired)
        assert error.code == code
        assert error.advice
        await here.trouble()
        assert len(here.tokens.calls) == 1


async def test_keeping_fresh_renews_in_time_and_ends_with_the_login(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with world() as here:
        keeping = asyncio.create_task(here.keeper.keep_fresh())
        for count in (1, 2, 3):
            await until(lambda count=count: len(here.store.rows) == count)  # type: ignore[misc]
            began = here.clock.monotonic_ns()
            while len(here.tokens.calls) == count:
                await here.clock.advance(10)
            assert 900 <= (here.clock.monotonic_ns() - began) / 1e9 <= 1100
        await until(lambda: len(here.store.rows) == 4)
        here.tokens.fault = answers(400, b'{"error":"invalid_grant"}')
        await here.clock.advance(1000)
        await until(lambda: here.keeper.state is LoginState.SIGN_IN_NEEDED)
        await here.clock.advance(60)
        await keeping
        assert "has ended" in caplog.text
        assert "refresh-" not in caplog.text


@pytest.mark.allow_log("has ended")
async def test_a_login_without_a_refresh_token_ends_with_its_access_token() -> None:
    async with world() as here:
        here.keeper = here.start(SavedLogin(Secret(""), Secret(""), START))
        assert isinstance(await here.trouble(), AuthExpired)
        assert here.tokens.calls == []


async def test_case_86_no_secret_shows_in_the_parts(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "legend_desktop")
    async with world() as here:
        await here.token()
        shown = f"{here.setup!r} {here.store.rows!r} {await here.keeper.token()!r} {caplog.text}"
    for secret in (APP_SECRET, "access-1", "refresh-0", "refresh-1"):
        assert secret not in shown
