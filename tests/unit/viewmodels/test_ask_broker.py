"""The key that asks the broker, where the line itself is lost."""

from dataclasses import replace

from tests.fakes.clock import settle
from tests.unit.viewmodels.trading_fake import World


async def test_asking_while_the_line_is_lost_tries_the_line_though_no_order_is_unknown() -> None:
    world = World()
    world.with_keys()
    world.runner.facts = replace(world.facts, line_lost=lambda: True)
    world.router.trigger("order.ask_broker")
    await settle()
    assert [name for name, _ in world.trading.calls] == ["ask_broker"]
    assert world.done == ["The line to Simulator is tried again now."]
