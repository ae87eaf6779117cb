"""Invariant I7: a broker that throws our own keys back at us in every form leaves them nowhere.

Canary keys are planted, the whole desk runs over the Alpaca adapter, and every answer, header, stream event, failing
task and thread repeats them. Afterwards each file of the profile, each sentence, each repr and each exception is
searched for them.
"""

import asyncio
import base64
import html
import logging
import re
import threading
import traceback
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from legend_desktop.app.accounts import Accounts, set_up_accounts
from legend_desktop.app.hooks import ErrorReporter, Hooks
from legend_desktop.brokers.alpaca.config import AlpacaConfig
from legend_desktop.domain.enums import BrokerType, OrderSide, OrderType, TradingMode
from legend_desktop.domain.errors import LegendError, StoreError
from legend_desktop.domain.events import Alarm, Notice, NoticeLevel
from legend_desktop.domain.orders import OrderTerms
from legend_desktop.infra.crash_file import CrashFile
from legend_desktop.infra.credentials import KeyringVault, SessionVault
from legend_desktop.infra.logs import Logs
from legend_desktop.infra.paths import ProfilePaths, profile_paths
from legend_desktop.infra.redaction import Redactor
from legend_desktop.infra.settings import Settings
from legend_desktop.services.account_session import AccountSession
from legend_desktop.services.event_bus import EventBus
from tests.fakes.alpaca.server import FakeAlpaca
from tests.fakes.alpaca.stream_faults import Rewrite
from tests.helpers.waiting import until

NEEDS_NO_SCREEN = True
KEY = "PKCANARY7+f3/a9Q0"
SECRET = "c4n4ry/Secret+Val9zX8w7&q"


def forms_of(secret: str) -> list[str]:
    """How a text may come back: as it is, encoded for addresses, pages and data."""
    raw = secret.encode()
    encoded = quote(secret, safe="")
    return [
        secret,
        encoded,
        re.sub("%..", lambda match: match.group().lower(), encoded),
        quote_plus(secret),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        html.escape(secret),
        secret.replace("/", "\\/"),
    ]


FORMS = sorted({*forms_of(KEY), *forms_of(SECRET), base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()})
ECHO = " | ".join(FORMS)


def leaks_in(text: str) -> list[str]:
    return [form for form in FORMS if form in text]


class KeyStore:
    """A key store of a system, which quotes what it was given when it fails."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], str] = {}
        self.broken = False

    def get_password(self, service: str, username: str) -> str | None:
        return self.rows.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.broken:
            raise OSError(f"cannot keep {password}")
        self.rows[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.rows[service, username]


@dataclass
class Program:
    """The program without its window: log, crash file, reporter, accounts; and everything that it said."""

    paths: ProfilePaths
    settings: Settings
    accounts: Accounts
    reporter: ErrorReporter
    fake: FakeAlpaca
    said: list[object] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    _buses: set[int] = field(default_factory=set)

    def hear(self, bus: EventBus) -> None:
        """Keep every notice and alarm of a desk."""
        if id(bus) not in self._buses:
            self._buses.add(id(bus))
            bus.subscribe(Notice, self.said.append)
            bus.subscribe(Alarm, self.said.append)

    @asynccontextmanager
    async def failing(self) -> AsyncIterator[None]:
        """What follows may raise one of the program's errors; it is kept."""
        try:
            yield
        except LegendError as error:
            self.errors.append(error)

    async def add(self) -> AccountSession:
        """Connect the canary's account and wait until it is open."""
        values = {"api_key": KEY, "api_secret": SECRET, "base_url": self.fake.url}
        profile = await self.accounts.connections.add(BrokerType.ALPACA, TradingMode.PAPER, "Alpaca", values)
        session = self.accounts.connections.session(profile.id)
        assert session is not None
        self.hear(session.bus)
        await asyncio.wait_for(session.opened.wait(), 20)
        risk = session.desk.core.context.risk
        risk.limits = replace(risk.limits, max_per_second=1_000, max_per_minute=1_000)
        return session


@contextmanager
def loud_log(paths: ProfilePaths, redactor: Redactor) -> Iterator[None]:
    """The log of the profile, as talkative as it can be."""
    logs = Logs(redactor, logging.DEBUG)
    names = ("httpx", "httpcore", "websockets", "asyncio", "keyring")
    try:
        logs.open(paths.log_file)
        for name in names:
            logging.getLogger(name).setLevel(logging.DEBUG)
        yield
    finally:
        for name in names:
            logging.getLogger(name).setLevel(logging.WARNING)
        logs.close()


@asynccontextmanager
async def the_program(folder: Path, store: KeyStore | None) -> AsyncIterator[Program]:
    """A started program over a fake Alpaca that knows the canary, with a key store or without one."""
    paths = profile_paths(folder)
    paths.create()
    redactor = Redactor()
    with ExitStack() as stack:
        stack.enter_context(loud_log(paths, redactor))
        crash = CrashFile(paths.crash_dir, redactor)
        crash.start()
        stack.callback(crash.stop)
        settings = Settings(paths.settings_file)
        stack.callback(settings.close)
        reporter = ErrorReporter(redactor.clean)
        hooks = Hooks(reporter)
        hooks.install()
        stack.callback(hooks.uninstall)
        fake = FakeAlpaca(key=KEY, secret=SECRET)
        await fake.start()
        accounts = set_up_accounts(settings, paths, redactor, reporter.report, TradingMode.PAPER)
        if store is not None:
            accounts.connections.vault = KeyringVault(store, "the key store of this test")
        try:
            setup = await accounts.begin()
            program = Program(paths, settings, accounts, reporter, fake)
            reporter.tell(program.said.append, asyncio.get_running_loop())
            program.hear(setup.bus)
            await setup.open()
            yield program
        finally:
            await accounts.close()
            await accounts.store.close()
            await fake.stop()


def texts_of(value: object) -> Iterable[str]:
    """Every text that ``repr``, ``str`` or an attribute of an event or error gives away."""
    yield repr(value)
    yield str(value)
    if isinstance(value, BaseException):
        yield from (str(row) for row in (*value.args, vars(value)))
        yield from traceback.format_exception(value)
        deeper = value.__cause__ or (None if value.__suppress_context__ else value.__context__)
        if deeper is not None:
            yield from texts_of(deeper)


def files_with_a_leak(folder: Path) -> dict[str, list[str]]:
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            body = path.read_bytes()
            bad = [form for form in FORMS if form.encode() in body or form.encode("utf-16-le") in body]
            if bad:
                found[str(path.relative_to(folder))] = bad
    return found


# ---- what a spiteful broker does -----------------------------------------------------------------------------------


async def buy(program: Program, session: AccountSession, symbol: str) -> None:
    """A limit order below the market, sent whatever asks for a second look; what it becomes is kept."""
    quote = program.fake.market.quote(symbol)
    assert quote is not None
    limit = round(quote.bid * Decimal("0.99"), 2)
    terms = OrderTerms(symbol, OrderSide.BUY, OrderType.LIMIT, Decimal(10), limit_price=limit)
    try:
        program.said.append(await session.desk.trading.place_order(terms, confirmed=frozenset({"no_stop"})))
    except LegendError as error:
        program.errors.append(error)


async def refused_orders(program: Program, session: AccountSession) -> None:
    """Every kind of answer to an order, each with the keys in it."""
    faults = program.fake.faults
    page = f"<html><body><h1>401</h1>{ECHO}</body></html>"
    answers: list[dict[str, Any]] = [
        {"status": 422, "body": {"code": 42210000, "message": f"not with {ECHO}", "base_price": ECHO}},
        {
            "status": 403,
            "body": {
                "code": 40310000,
                "message": "insufficient buying power",
                "buying_power": ECHO,
                "cost_basis": ECHO,
            },
        },
        {"status": 422, "body": ECHO},
        {"status": 500, "body": {"message": ECHO}, "effect": True},
        {"status": 503, "body": page},
        {"status": 200, "body": {"id": ECHO, "symbol": ECHO}},
        {"status": 200, "body": ECHO},
    ]
    for symbol, answer in zip(("AAPL", "MSFT", "NVDA", "AMD", "TSLA", "META", "XOM"), answers, strict=True):
        headers = {"X-Request-ID": ECHO, "Retry-After": SECRET, "Server": ECHO}
        faults.add("status", "POST", "/v2/orders", headers=headers, **answer)
        await buy(program, session, symbol)
    faults.add("redirect", "POST", "/v2/orders", location=f"/elsewhere?key={quote(KEY)}&secret={quote(SECRET)}")
    await buy(program, session, "SPY")


async def told_by_stream(program: Program, session: AccountSession) -> None:
    """Order events with the keys in their reason, and answers with the keys in fields nobody asked for."""
    program.fake.faults.trading.rewrite = Rewrite(add={"reason": ECHO, "note": ECHO})
    program.fake.faults.add("rewrite", "POST", "/v2/orders", add={"note": ECHO, "hwm_text": ECHO})
    await buy(program, session, "KO")
    book = session.desk.core.context.book
    await until(lambda: any(row.terms.symbol == "KO" and row.broker_order_id for row in book.all()), "the order at KO")
    mine = next(row for row in program.fake.state.orders if row.symbol == "KO")
    program.fake.levers.reject(mine, ECHO)
    await until(lambda: not session.desk.core.context.open_orders("KO"), "the refusal of the stream")
    program.fake.faults.trading.rewrite = None


async def broken_reads(program: Program, session: AccountSession) -> None:
    """Account, orders and prices with the keys in them."""
    faults, broker = program.fake.faults, session.broker
    for kind, more in (
        ("status", {"status": 404, "body": {"message": ECHO}}),
        ("status", {"status": 403, "body": {"message": ECHO}}),
        ("status", {"status": 422, "body": ECHO}),
        ("status", {"status": 200, "body": {"message": ECHO}}),
        ("rewrite", {"add": {"status": ECHO, "currency": ECHO}}),
    ):
        rule = faults.add(kind, "GET", "*", times=None, **more)
        reads: list[Callable[[], Any]] = [
            broker.get_account,
            broker.get_positions,
            lambda: broker.get_quote("AAPL"),
            lambda: broker.find_instrument("AAPL"),
            broker.get_orders,
        ]
        for read in reads:
            async with program.failing():
                program.said.append(await read())
        rule.times = 0


async def crashes(program: Program, session: AccountSession) -> None:
    """A task, a listener, a thread and the log itself, each with the keys in its mouth."""
    before = len(program.said)

    async def fail() -> None:
        raise RuntimeError(f"could not log in with {ECHO}")

    task = session.supervisor.start(fail(), "canary")
    with suppress(RuntimeError):
        await task

    def fail_in_thread() -> None:
        raise ValueError(ECHO)

    thread = threading.Thread(target=fail_in_thread, name="canary")
    thread.start()
    thread.join()

    def listener(_: Notice) -> None:
        raise LegendError(f"It broke over {ECHO}.", advice=f"Do not show {ECHO}.")

    end = session.bus.subscribe(Notice, listener)
    session.desk.core.context.tell(NoticeLevel.INFO, "Canary", "A sentence.")
    end()
    log = logging.getLogger("legend_desktop.canary")
    log.debug("headers %s", {"APCA-API-KEY-ID": KEY, "Authorization": f"Basic {FORMS[0]}"})
    log.info("address %s", f"https://{KEY}:{SECRET}@paper-api.alpaca.markets/?key={quote(SECRET)}")
    await until(lambda: len(program.said) >= before + 3, "every fault was told")


async def ended_login(program: Program, session: AccountSession) -> None:
    """The broker ends the login with a page that quotes the keys."""
    page = f"<html><title>401</title><body>{ECHO}</body></html>"
    program.fake.faults.add("status", "*", "*", times=None, status=401, body=page, headers={"WWW-Authenticate": ECHO})
    async with program.failing():
        await session.desk.core.reconciler.run()
    await buy(program, session, "QQQ")
    async with program.failing():
        await session.broker.connect()
    async with program.failing():
        await program.add()
    program.fake.faults.trading.cut()
    await until(lambda: bool(session.problem), "the login ended")


ALL = (refused_orders, told_by_stream, broken_reads, crashes, ended_login)


# ---- the test ------------------------------------------------------------------------------------------------------


@pytest.mark.time_limit(120)
@pytest.mark.allow_log(r"")
@pytest.mark.parametrize("kept", ["key store", "memory"])
async def test_the_canary_is_nowhere(tmp_path: Path, kept: str) -> None:
    store = KeyStore() if kept == "key store" else None
    async with the_program(tmp_path, store) as program:
        session = await program.add()
        for spite in ALL:
            await spite(program, session)
        assert isinstance(program.accounts.connections.vault, KeyringVault if store else SessionVault)
        objects: list[object] = [
            session,
            session.broker,
            session.profile,
            session.broker.line,
            session.problem,
            program.accounts,
            program.accounts.connections.rows(),
            program.accounts.connections.vault,
            program.accounts.relay.notices,
            session.desk.core.context.book.all(),
            AlpacaConfig.from_credentials({"api_key": KEY, "api_secret": SECRET}, TradingMode.PAPER),
        ]
    if store is not None:
        assert sorted(store.rows.values()) == sorted([KEY, SECRET])  # the one place where they belong
    assert len(program.errors) > 15
    assert len(program.fake.faults.fired) > 30
    told = [text for value in (*program.said, *program.errors, *objects) for text in texts_of(value)]
    assert any("•••" in text for text in told)
    assert [text for text in told if leaks_in(text)] == []
    assert (program.paths.logs / "legend.log").stat().st_size > 5_000
    assert program.paths.connections_file.is_file()
    assert files_with_a_leak(tmp_path) == {}


@pytest.mark.allow_log("key store failed")
async def test_a_key_store_that_quotes_what_it_was_given_is_not_quoted(tmp_path: Path) -> None:
    store = KeyStore()
    async with the_program(tmp_path, store) as program:
        await program.add()
        store.broken = True
        profile = program.accounts.connections.profiles[-1]
        with pytest.raises(StoreError, match="key store refused") as caught:
            await program.accounts.connections.renew_keys(profile.id, {"api_key": KEY, "api_secret": SECRET})
    assert [text for text in texts_of(caught.value) if leaks_in(text)] == []
    assert files_with_a_leak(tmp_path) == {}


async def test_without_a_key_store_the_keys_end_with_the_program(tmp_path: Path) -> None:
    async with the_program(tmp_path, None) as program:
        await program.add()
    async with the_program(tmp_path, None) as program:
        profile = program.accounts.connections.profiles[-1]
        assert profile.broker is BrokerType.ALPACA
        with pytest.raises(LegendError, match="API key id of Alpaca is not in the key store"):
            await program.accounts.connections.prepare(profile.id)


def test_the_search_would_find_a_leak(tmp_path: Path) -> None:
    for number, form in enumerate(FORMS):
        (tmp_path / f"{number}.txt").write_text(f"before {form} after", encoding="utf-8")
        assert leaks_in(f"<{form}>")
    assert len(files_with_a_leak(tmp_path)) == len(FORMS)
