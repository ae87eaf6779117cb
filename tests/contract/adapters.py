"""The columns of the acceptance table: each adapter adds one harness, the simulator first."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from tests.contract.alpaca_harness import open_alpaca
from tests.contract.harness import Harness
from tests.contract.simulator_harness import open_simulator

Open = Callable[[], AbstractAsyncContextManager[Harness]]

HARNESSES: dict[str, Open] = {"simulator": open_simulator, "alpaca": open_alpaca}
