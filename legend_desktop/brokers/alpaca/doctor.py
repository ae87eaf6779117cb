"""Looks at an Alpaca login step by step and says the one thing to do where something is wrong.

Nothing is traded and nothing is changed. Steps that an earlier failure makes pointless are skipped in words.
"""

import ssl
from collections.abc import AsyncIterator, Callable

from legend_desktop.brokers.alpaca.client import AlpacaClient
from legend_desktop.brokers.alpaca.config import AlpacaConfig, looks_like
from legend_desktop.brokers.alpaca.feed import FeedChoice
from legend_desktop.brokers.alpaca.market_data import MarketData
from legend_desktop.brokers.alpaca.order_desk import OrderDesk
from legend_desktop.brokers.alpaca.parse import blocks
from legend_desktop.brokers.alpaca.payloads import AccountRow, Unreadable, decode
from legend_desktop.brokers.alpaca.reference_data import ReferenceData
from legend_desktop.brokers.alpaca.refusals import login_refused, read_error
from legend_desktop.brokers.alpaca.stream import OrderStream, is_read_here
from legend_desktop.brokers.alpaca.urls import host_rules
from legend_desktop.brokers.base import UnknownSymbol
from legend_desktop.brokers.errors import AuthExpired, RateLimited
from legend_desktop.brokers.health_check import Health, HealthCheck
from legend_desktop.brokers.http import HttpAnswer, HttpSession
from legend_desktop.brokers.rate_limit import RequestBudget
from legend_desktop.brokers.reach import Resolve, reach, resolve_name
from legend_desktop.brokers.tasks import TaskStarter, start_plain_task
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import InvalidInput, LegendError
from legend_desktop.domain.feeds import feed_name

ADDRESSES = "Addresses are allowed"
ANSWER = "Alpaca answers"
KEYS = "Keys are right"
KIND = "Account is of the right kind"
SAME = "Account is the one of this connection"
TRADES = "Account may trade"
CLOCK = "Clock agrees"
STREAM = "Order events arrive"
QUOTES = "Quotes are granted"
BUDGET = "Requests are left"
_AFTER_ANSWER = (KEYS, KIND, SAME, TRADES, CLOCK, STREAM, QUOTES, BUDGET)
_WARN_MS, _BAD_MS = 1_000.0, 5_000.0
_FEW_LEFT = 0.25
_SAMPLE = "SPY"


async def examine(
    config: AlpacaConfig,
    clock: Clock,
    redact: Callable[[str], str] = str,
    *,
    start_task: TaskStarter = start_plain_task,
    ssl_context: ssl.SSLContext | None = None,
    resolve: Resolve = resolve_name,
) -> AsyncIterator[HealthCheck]:
    """The findings one after the other, each as soon as it is known."""
    allowed = _addresses(config)
    yield allowed
    well = allowed.health is Health.GOOD
    if well:
        async for row in reach("Alpaca", config.urls.trading, ssl_context=ssl_context, resolve=resolve):
            yield row
            well = well and row.health is Health.GOOD
    if not well:
        for name in (ANSWER, *_AFTER_ANSWER):
            yield HealthCheck(name, Health.SKIPPED, "Not looked at: Alpaca cannot be reached.")
        return
    visit = _Visit(config, clock, redact, start_task, ssl_context)
    try:
        async for row in visit.findings():
            yield row
    finally:
        await visit.close()


def _addresses(config: AlpacaConfig) -> HealthCheck:
    rules, urls = host_rules(config.mode), config.urls
    for url in (urls.trading, urls.order_stream, urls.data, urls.data_stream):
        try:
            rules.check(url)
        except InvalidInput as error:
            advice = "Clear the address to use Alpaca's own, or make a connection of the other mode for it."
            return HealthCheck(ADDRESSES, Health.BAD, error.message, advice)
    return HealthCheck(ADDRESSES, Health.GOOD, f"All of them may be talked to in {config.mode.value} mode.")


class _Visit:
    """One look with the keys."""

    def __init__(
        self,
        config: AlpacaConfig,
        clock: Clock,
        redact: Callable[[str], str],
        start_task: TaskStarter,
        ssl_context: ssl.SSLContext | None,
    ) -> None:
        def hide(text: str) -> str:
            return redact(config.hide(text))

        rules = host_rules(config.mode)
        self._config = config
        self._budget = RequestBudget(200, clock)
        self._http, self._data_http = (
            HttpSession(name, rules, budget, clock, headers=config.headers, redact=hide, ssl_context=ssl_context)
            for name, budget in (("Alpaca", self._budget), ("Alpaca market data", RequestBudget(200, clock)))
        )
        client = AlpacaClient(self._http, config.urls.trading, config.mode, config.api_key.reveal())
        reference = ReferenceData(self._http, config.urls.trading, clock)
        self._data = MarketData(self._data_http, config.urls.data, reference, FeedChoice(config.feed), clock)
        self._stream = OrderStream(config, client, OrderDesk(client, clock), clock, start_task)

    async def close(self) -> None:
        """Free the order stream and the connections."""
        await self._stream.close()
        await self._data_http.close()
        await self._http.close()

    async def findings(self) -> AsyncIterator[HealthCheck]:
        """What the account, the streams and the data say."""
        try:
            answer = await self._http.read(f"{self._config.urls.trading}/v2/account")
        except LegendError as error:
            yield HealthCheck(ANSWER, Health.BAD, error.message, error.advice or "Wait a moment.")
            for row in self._skipped(
                (KEYS, KIND, SAME, TRADES, CLOCK, STREAM, QUOTES, BUDGET), "Alpaca does not answer"
            ):
                yield row
            return
        account = _account(answer)
        speaks = _speaks(answer, account)
        yield speaks
        if speaks.health is not Health.GOOD:
            for row in self._skipped(_AFTER_ANSWER, "something else answers"):
                yield row
            return
        yield self._keys(answer, account)
        for row in self._account_findings(account):
            yield row
        yield self._clock_finding()
        if account is None:
            for row in self._skipped((STREAM, QUOTES, BUDGET), "the keys are not accepted"):
                yield row
            return
        yield await self._stream_finding()
        yield await self._quotes_finding()
        yield self._budget_finding()

    @staticmethod
    def _skipped(names: tuple[str, ...], why: str) -> list[HealthCheck]:
        return [HealthCheck(name, Health.SKIPPED, f"Not looked at: {why}.") for name in names]

    def _keys(self, answer: HttpAnswer, account: AccountRow | None) -> HealthCheck:
        """Whether the keys are accepted; what they look like is a hint, for only the answer proves it."""
        mode, key = self._config.mode, self._config.api_key.reveal()
        if account is not None:
            return HealthCheck(KEYS, Health.GOOD, f"Alpaca accepts them for the {mode.value} account.")
        words = read_error(answer)
        if answer.status in {401, 403}:
            refused = login_refused(words, mode, key)
            sentence, seems = refused.message, looks_like(key)
            if seems is not None and seems is not mode:
                sentence = f"These are keys of a {seems.value} account by their look; Alpaca refuses them here."
            return HealthCheck(KEYS, Health.BAD, sentence, refused.advice, f"{answer.status} {words.message}")
        sentence = f"Alpaca answered {answer.status}: '{words.message}'."
        return HealthCheck(KEYS, Health.DOUBTFUL, sentence, "Wait a moment and look again.", answer.request_id)

    def _account_findings(self, account: AccountRow | None) -> list[HealthCheck]:
        if account is None:
            return self._skipped((KIND, SAME, TRADES), "the account could not be read")
        return [self._kind(account), self._same(account), _may_trade(account)]

    def _kind(self, account: AccountRow) -> HealthCheck:
        """Numbers of paper accounts begin with PA: a habit of Alpaca's, so a doubt and no proof."""
        mode = self._config.mode
        number = account.account_number or ""
        paper = number.upper().startswith("PA")
        if not number or paper is (mode is TradingMode.PAPER):
            return HealthCheck(KIND, Health.GOOD, f"It is the {mode.value} account ending {number[-4:] or 'unknown'}.")
        other = TradingMode.LIVE if mode is TradingMode.PAPER else TradingMode.PAPER
        return HealthCheck(
            KIND,
            Health.DOUBTFUL,
            f"Its number looks like that of a {other.value} account, and this is a {mode.value} connection.",
            f"Check the trading address; use a {other.value} connection for that account.",
        )

    def _same(self, account: AccountRow) -> HealthCheck:
        pinned = self._config.account_id
        if not pinned:
            return HealthCheck(SAME, Health.GOOD, "It will be remembered: later keys must be for the same account.")
        if pinned == account.id:
            return HealthCheck(SAME, Health.GOOD, "It is the account that this connection was made for.")
        return HealthCheck(
            SAME,
            Health.BAD,
            "The keys belong to another account than the one this connection was made for. Nothing is traded.",
            "Enter the keys of the first account, or make a new connection for the other one.",
        )

    def _clock_finding(self) -> HealthCheck:
        offset = self._http.clock_offset_ms
        if offset is None:
            return HealthCheck(CLOCK, Health.SKIPPED, "Not looked at: Alpaca did not tell its time.")
        seconds = abs(offset) / 1000
        if abs(offset) <= _WARN_MS:
            return HealthCheck(CLOCK, Health.GOOD, "This computer's clock agrees with Alpaca's within a second.")
        way = "behind" if offset > 0 else "ahead of"
        health = Health.BAD if abs(offset) > _BAD_MS else Health.DOUBTFUL
        sentence = f"This computer's clock is {seconds:.0f} s {way} Alpaca's."
        return HealthCheck(CLOCK, health, sentence, "Let the system set its clock by the network.")

    async def _stream_finding(self) -> HealthCheck:
        """Open the order stream, prove the login on it and close it again; one that is read here is left alone."""
        if is_read_here(self._config):
            return HealthCheck(STREAM, Health.GOOD, "This program reads the order stream of this key now.")
        reader = self._stream.events()
        try:
            await reader.open()
        except RateLimited as error:
            return HealthCheck(
                STREAM,
                Health.DOUBTFUL,
                error.message,
                "Where this program is connected with the same key all is well; else close the other program.",
            )
        except AuthExpired as error:
            return HealthCheck(STREAM, Health.BAD, f"The order stream refuses the keys. {error.message}", error.advice)
        except LegendError as error:
            advice = error.advice or "Check the order stream address, and whether a firewall blocks web sockets."
            return HealthCheck(STREAM, Health.BAD, error.message, advice)
        finally:
            await reader.aclose()
            await self._stream.close()
        return HealthCheck(STREAM, Health.GOOD, "The order stream opens, accepts the keys and offers order events.")

    async def _quotes_finding(self) -> HealthCheck:
        try:
            await self._data.get_quote(_SAMPLE)
        except UnknownSymbol:
            pass  # no quote of the sample, and the feed is granted
        except LegendError as error:
            advice = error.advice or "Check the market data address, or wait a moment."
            return HealthCheck(QUOTES, Health.BAD, error.message, advice)
        feed = self._data.feed
        return HealthCheck(QUOTES, Health.GOOD, f"The feed is {feed_name(feed.current)}. {feed.note}".strip())

    def _budget_finding(self) -> HealthCheck:
        left, limit = self._budget.left, self._budget.limit
        sentence = f"{left} of {limit} requests a minute are left."
        if left >= limit * _FEW_LEFT:
            return HealthCheck(BUDGET, Health.GOOD, sentence)
        advice = "Another program uses this key: give each program a key of its own, or close the other one."
        return HealthCheck(BUDGET, Health.DOUBTFUL, sentence, advice)


def _account(answer: HttpAnswer) -> AccountRow | None:
    if not answer.ok:
        return None
    try:
        row = decode(answer.body, AccountRow)
    except Unreadable:
        return None
    return row if row.id else None


def _speaks(answer: HttpAnswer, account: AccountRow | None) -> HealthCheck:
    """Whether it is Alpaca that answers: an account, its JSON, or its front server's page about missing keys."""
    words = read_error(answer)
    if account is not None or (words.structured and not answer.ok):
        return HealthCheck(ANSWER, Health.GOOD, f"It answered within {answer.elapsed_ms:.0f} ms.")
    if answer.status == 401:
        return HealthCheck(
            ANSWER,
            Health.BAD,
            "The keys did not get through: Alpaca's front server asks for them.",
            "Check the trading address, and whether something in the network changes what is sent.",
            f"401 {words.message}",
        )
    return HealthCheck(
        ANSWER,
        Health.BAD,
        f"What answers at this address is not Alpaca ({answer.status}).",
        "Check the trading address, or log in to the network first: a hotel's page may stand before it.",
        f"{answer.status} {words.message}",
    )


def _may_trade(account: AccountRow) -> HealthCheck:
    blocked = blocks(account)
    if not blocked:
        return HealthCheck(TRADES, Health.GOOD, "It is active and not blocked.")
    return HealthCheck(TRADES, Health.BAD, " ".join(blocked), "Log in at Alpaca and read what it asks for.")
