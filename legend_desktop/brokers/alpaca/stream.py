"""The order stream of Alpaca: ``trade_updates`` over a web socket, as order events.

One socket a key, shared by all readers. There is no replay: what happens while it is away is found by the comparison
over REST, which the services make after every break. Silence is normal here, so only pings and that comparison can
tell a dead line from a quiet one.
"""

import asyncio
import logging
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import partial

import msgspec

from legend_desktop.brokers.alpaca.client import AlpacaClient
from legend_desktop.brokers.alpaca.config import AlpacaConfig
from legend_desktop.brokers.alpaca.mute_watch import MuteWatch
from legend_desktop.brokers.alpaca.order_desk import OrderDesk
from legend_desktop.brokers.alpaca.parse import has_ended, number, time_of
from legend_desktop.brokers.alpaca.payloads import OrderRow, Unreadable, decode
from legend_desktop.brokers.alpaca.refusals import ErrorWords, login_refused
from legend_desktop.brokers.alpaca.urls import host_rules
from legend_desktop.brokers.base import OrderReport, OrderStreamEvent, OrderStreamKind
from legend_desktop.brokers.errors import BrokerDown, RateLimited
from legend_desktop.brokers.shared_line import SharedLine, SharedStream
from legend_desktop.brokers.socket import Socket, SocketClosed, open_socket
from legend_desktop.brokers.tasks import TaskStarter
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import ExecutionKind
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.money import ZERO

log = logging.getLogger(__name__)
NAME = "Alpaca's order stream"
CHANNEL = "trade_updates"
LOGIN_SECONDS = 10.0
PING_SECONDS, PONG_SECONDS = 15.0, 25.0
BUSY_SECONDS = 30.0
"""How long to stay away where the key's only order stream is taken: sooner only prolongs the refusal."""
_REPLACED_CODE = 1008
_FILLS = frozenset({"fill", "partial_fill"})
_AMENDMENTS = {"trade_bust": ExecutionKind.BUST, "trade_correct": ExecutionKind.CORRECTION}
_KINDS = {
    "order_cancel_rejected": OrderStreamKind.CANCEL_REFUSED,
    "order_replace_rejected": OrderStreamKind.REPLACE_REFUSED,
}
_PLAIN = frozenset(
    {
        "accepted",
        "pending_new",
        "new",
        "held",
        "canceled",
        "expired",
        "done_for_day",
        "replaced",
        "rejected",
        "pending_cancel",
        "pending_replace",
        "stopped",
        "suspended",
        "calculated",
    }
)
"""Events after which the order that comes with them says all there is to say. After any other it is read again."""


_READ_HERE: set[tuple[str, str]] = set()
"""Address and key id of every order stream that this program has open."""


def is_read_here(config: AlpacaConfig) -> bool:
    """True while this program itself reads the order stream of this key: to open it again might end the first one."""
    return _place(config) in _READ_HERE


def _place(config: AlpacaConfig) -> tuple[str, str]:
    return config.urls.order_stream, config.api_key.reveal()


class Envelope(msgspec.Struct, kw_only=True):
    """What is around every message."""

    stream: str = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")


class Update(msgspec.Struct, kw_only=True):
    """The data of a trade update, or of an answer to the log-in (``status``) or to ``listen`` (``streams``)."""

    event: str = ""
    timestamp: str | None = None
    at: str | None = None
    execution_id: str | None = None
    previous_execution_id: str | None = None
    previous_id: str | None = None
    price: Decimal | None = None
    qty: Decimal | None = None
    reason: str | None = None
    status: str | None = None
    streams: list[str] | None = None


class _Carried(msgspec.Struct, kw_only=True):
    """The order of a trade update, decoded by itself: a field beside it that cannot be read must not cost it."""

    order: msgspec.Raw = msgspec.Raw(b"{}")


class OrderStream(SharedLine[OrderStreamEvent]):
    """The order stream of one key. ``desk`` remembers the orders, ``client`` reads one again where an event asks."""

    def __init__(
        self,
        config: AlpacaConfig,
        client: AlpacaClient,
        desk: OrderDesk,
        clock: Clock,
        start_task: TaskStarter,
        *,
        login_seconds: float = LOGIN_SECONDS,
    ) -> None:
        super().__init__("orders", clock, start_task, keep=None, cut_after=PING_SECONDS + PONG_SECONDS)
        self._config = config
        self._desk = desk
        self._client = client
        self._hosts = host_rules(config.mode)
        self._login_seconds = login_seconds
        self._mute = MuteWatch()
        self._readings: set[asyncio.Task[None]] = set()

    def events(self) -> SharedStream[OrderStreamEvent]:
        """A new reader; its ``open`` returns once Alpaca sends order events."""
        return self.join()

    def listed(self, reports: Iterable[OrderReport]) -> None:
        """Tell what a list of orders over REST showed, so that a stream that keeps silent about it is found."""
        self._mute.listed(reports, self._clock.monotonic_ns())

    # ---- the line -------------------------------------------------------------------------------------------------

    async def _session(self) -> None:
        self._mute = MuteWatch()
        try:
            async with await self._opened_socket() as socket:
                await self._log_in(socket)
                await self._listen(socket)
                _READ_HERE.add(_place(self._config))
                self._is_up()
                async for frame in socket:
                    await self._take_frame(frame)
        except SocketClosed as error:
            if error.close_code == _REPLACED_CODE:
                raise RateLimited(
                    "Another program took over the order stream of this key. Alpaca allows a key one.",
                    retry_after=BUSY_SECONDS,
                ) from error
            raise
        finally:
            _READ_HERE.discard(_place(self._config))
            for task in self._readings:
                task.cancel()
            if self._readings:
                await asyncio.wait(self._readings)

    async def _opened_socket(self) -> Socket:
        try:
            return await open_socket(
                self._config.urls.order_stream,
                self._hosts,
                name=NAME,
                ping_seconds=PING_SECONDS,
                pong_seconds=PONG_SECONDS,
                redact=self._config.hide,
                mask=self._config.mask,
            )
        except BrokerDown as error:
            if error.code == "upgrade_406":
                raise RateLimited(
                    "Another program uses the order stream of this key. Alpaca allows a key one.",
                    retry_after=BUSY_SECONDS,
                ) from error
            raise

    async def _log_in(self, socket: Socket) -> None:
        """Prove the login: in the form that Alpaca's own client uses, then once in the one its pages show."""
        key, secret = self._config.api_key.reveal(), self._config.api_secret.reveal()
        forms = (
            {"action": "authenticate", "data": {"key_id": key, "secret_key": secret}},
            {"action": "auth", "key": key, "secret": secret},
        )
        for attempt, form in enumerate(forms):
            try:
                await socket.send(msgspec.json.encode(form).decode())
                answer = await self._answer(socket, "authorization")
            except SocketClosed:
                if attempt == 0:
                    raise
                break  # refused the first form, and does not wait for a second one
            if answer.status == "authorized":
                return
        words = ErrorWords("unauthorized", structured=True)
        raise login_refused(words, self._config.mode, self._config.api_key.reveal())

    async def _listen(self, socket: Socket) -> None:
        wish = {"action": "listen", "data": {"streams": [CHANNEL]}}
        await socket.send(msgspec.json.encode(wish).decode())
        answer = await self._answer(socket, "listening")
        if CHANNEL not in (answer.streams or []):
            raise BrokerDown(f"{NAME} does not offer order events.", code="no_stream")

    async def _answer(self, socket: Socket, stream: str) -> Update:
        """The next message of ``stream``; events that overtake it are taken in."""
        try:
            async with asyncio.timeout(self._login_seconds):
                async for frame in socket:
                    envelope, update = _read(frame)
                    if envelope.stream == stream:
                        return update
                    await self._take_frame(frame)
        except TimeoutError:
            seconds = f"{self._login_seconds:g} s"
            raise BrokerDown(f"{NAME} did not answer the log-in within {seconds}.", code="timeout") from None
        raise BrokerDown(f"{NAME} was closed.", code="closed")

    async def _check(self) -> None:
        if self._mute.overdue(self._clock.monotonic_ns()):
            raise BrokerDown(f"{NAME} brought nothing of a change that its lists show.", code="mute")

    # ---- messages -------------------------------------------------------------------------------------------------

    async def _take_frame(self, frame: bytes | str) -> None:
        self._heard()
        envelope, update = _read(frame)
        if envelope.stream == "authorization" and update.status == "unauthorized":
            words = ErrorWords("unauthorized", structured=True)
            raise login_refused(words, self._config.mode, self._config.api_key.reveal())
        if envelope.stream != CHANNEL:
            return
        try:
            row = decode(bytes(decode(bytes(envelope.data), _Carried).order), OrderRow)
            events = await self._events(update, row)
        except Unreadable as error:
            # a spread of options has neither side nor symbol; anything else is found by the next comparison
            log.info("An order event (%s) is left out: %s.", update.event, error)
            return
        for event in events:
            self._give(event)

    async def _events(self, update: Update, row: OrderRow) -> list[OrderStreamEvent]:
        self._mute.streamed(row.id, number(row.filled_qty) or ZERO, ended=has_ended(row))
        at = time_of(update.timestamp) or time_of(update.at) or self._clock.now()
        report = await self._desk.report_update(row, update.reason or "")
        if update.event in _FILLS:
            return await self._fills(update, row, report, at)
        if update.event in _AMENDMENTS:
            return await self._amendments(update, row, report, at)
        if update.event not in _PLAIN:
            self._read_again(row.id)
        return [OrderStreamEvent(_KINDS.get(update.event, OrderStreamKind.STATUS), report, at)]

    async def _fills(self, update: Update, row: OrderRow, report: OrderReport, at: datetime) -> list[OrderStreamEvent]:
        """The fill, with those before it that the stream did not bring; without its figures the order's total tells."""
        executions = await self._desk.executions_of_update(row, update.execution_id or "", update.qty, update.price, at)
        if not executions:
            return [OrderStreamEvent(OrderStreamKind.STATUS, report, at)]
        return [OrderStreamEvent(OrderStreamKind.EXECUTION, report, at, execution) for execution in executions]

    async def _amendments(
        self, update: Update, row: OrderRow, report: OrderReport, at: datetime
    ) -> list[OrderStreamEvent]:
        """A bust or correction; of a fill that nobody here knows the activities tell."""
        amendment = self._desk.amendment(
            row,
            _AMENDMENTS[update.event],
            key=update.execution_id or "",
            previous_key=update.previous_execution_id or update.previous_id or "",
            quantity=update.qty,
            price=update.price,
            at=at,
        )
        self._read_again(row.id)
        found = [amendment] if amendment is not None else await self._desk.executions_of_order(row.id)
        if not found:
            return [OrderStreamEvent(OrderStreamKind.STATUS, report, at)]
        return [OrderStreamEvent(OrderStreamKind.EXECUTION, report, at, execution) for execution in found]

    def _read_again(self, broker_order_id: str) -> None:
        """Ask for the order once more, beside the stream: the event may have changed it in ways it does not tell."""
        work = self._guarded(partial(self._reread, broker_order_id))
        task = self._start_task(work, "orders: reading again")
        self._readings.add(task)
        task.add_done_callback(self._readings.discard)

    async def _reread(self, broker_order_id: str) -> None:
        try:
            row = await self._client.order(broker_order_id)
            rows = self._desk.learn([row]) if row is not None else []
            reports = self._desk.reports(rows)
        except LegendError as error:
            log.info("Order %s could not be read again: %s", broker_order_id, error)
            return
        for report in reports:
            self._give(OrderStreamEvent(OrderStreamKind.STATUS, report, report.updated_at))


def _read(frame: bytes | str) -> tuple[Envelope, Update]:
    """A frame of either kind. Raises ``BrokerDown``: what it said is lost, so the line must begin anew."""
    body = frame.encode() if isinstance(frame, str) else frame
    try:
        envelope = decode(body, Envelope)
        return envelope, decode(bytes(envelope.data), Update)
    except Unreadable as error:
        raise BrokerDown(f"{NAME} sent what cannot be read.", code="garbled") from error
