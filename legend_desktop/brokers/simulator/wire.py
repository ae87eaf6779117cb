"""The way to the simulated broker: what the fault plan does to a request before, during and after it acts."""

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from legend_desktop.brokers.errors import BrokerDown, OutcomeUnknown
from legend_desktop.brokers.simulator.backstage import Backstage
from legend_desktop.brokers.simulator.engine import Engine
from legend_desktop.brokers.simulator.faults import (
    Delay,
    DropRequest,
    FailRead,
    Fault,
    FaultPlan,
    FillAfterCancel,
    FillInstead,
    GarbledAnswer,
    LoseAnswer,
    NeverSent,
    Overfill,
    Refuse,
    RefuseLeg,
    RejectAfterAccept,
    UnknownStatus,
)
from legend_desktop.brokers.simulator.sim_order import SimOrder
from legend_desktop.domain.clock import Clock

T = TypeVar("T")


class Request:
    """One request on its way: call ``depart``, then ``arrive``, act, then ``after`` and ``answer``."""

    def __init__(self, plan: FaultPlan, route: str, clock: Clock, latency: float) -> None:
        self._faults: list[Fault] = plan.take(route)
        self._clock = clock
        self._leg = latency / 2

    def depart(self) -> None:
        """Before any byte leaves; raises ``BrokerDown`` where none can, or the error of a failed read."""
        for fault in self._faults:
            if isinstance(fault, NeverSent):
                raise BrokerDown(f"{fault.words}.", advice="Nothing was sent.")

    async def arrive(self) -> None:
        """The way there; raises ``OutcomeUnknown`` for a lost request, ``OrderRefused`` for a planned refusal."""
        await self._wait(self._leg + sum(fault.before for fault in self._faults if isinstance(fault, Delay)))
        for fault in self._faults:
            if isinstance(fault, DropRequest):
                await self._wait(fault.seconds)
                raise OutcomeUnknown(f"{fault.words}.")
            if isinstance(fault, Refuse):
                raise fault.error()
            if isinstance(fault, FailRead):
                raise fault.error()

    def before_change(self, engine: Engine, order: SimOrder | None) -> None:
        """A cancel or change meets the order: perhaps it was just filled."""
        for fault in self._faults:
            if isinstance(fault, FillInstead) and order is not None and not order.state.is_terminal:
                feed = engine.source.feed(order.symbol)
                price = fault.price or (feed.to_quote().ask if order.buy else feed.to_quote().bid)
                Backstage(engine).fill(order.broker_id, order.remaining, price)

    def after(self, engine: Engine, orders: Sequence[SimOrder]) -> None:
        """What the plan makes of the orders that the request touched."""
        if not self._faults:
            return
        stage = Backstage(engine)
        for fault in self._faults:
            for order in orders:
                self._spoil(engine, stage, fault, order)

    def _spoil(self, engine: Engine, stage: Backstage, fault: Fault, order: SimOrder) -> None:
        broker_id = order.broker_id
        if isinstance(fault, RejectAfterAccept):
            engine.after(fault.seconds, partial(stage.reject, broker_id, fault.words))
        elif isinstance(fault, RefuseLeg) and order.role is fault.role and order.parent_id is not None:
            stage.reject(broker_id, fault.words)
        elif isinstance(fault, UnknownStatus):
            stage.tell_strange_word(broker_id, fault.word, fault.reads)
        elif isinstance(fault, Overfill):
            stage.overfill(broker_id, fault.quantity)
        elif isinstance(fault, FillAfterCancel):
            late = partial(stage.fill, broker_id, fault.quantity, fault.price)
            if fault.seconds:
                engine.after(fault.seconds, late)
            else:
                late()

    async def answer(self, result: T) -> T:
        """The way back; raises ``OutcomeUnknown`` where the answer is lost or cannot be read."""
        await self._wait(self._leg + sum(fault.after for fault in self._faults if isinstance(fault, Delay)))
        for fault in self._faults:
            if isinstance(fault, LoseAnswer):
                await self._wait(fault.seconds)
                raise OutcomeUnknown(f"{fault.words}.")
            if isinstance(fault, GarbledAnswer):
                raise OutcomeUnknown("The broker's answer cannot be read.", raw=fault.raw)
        return result

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            await self._clock.sleep(seconds)
