"""Named places at which a test may kill the process, to prove that nothing is lost there.

Enabled only by the environment variable ``LEGEND_FAILPOINT=NAME``; a frozen release ignores it.
"""

import os
import signal
import sys

_NAME = "" if getattr(sys, "frozen", False) else os.environ.get("LEGEND_FAILPOINT", "")


def failpoint(name: str) -> None:
    """Kill this process without any clean-up when ``name`` is the one asked for."""
    if _NAME and name == _NAME:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
