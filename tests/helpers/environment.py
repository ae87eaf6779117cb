"""A test sees no account, no key ring, no screen and no network but its own loopback."""

import os
import sys
from collections.abc import Iterable

OWN_PREFIXES = ("LEGEND_", "ALPACA_", "TD_AMERITRADE_", "SCHWAB_", "IB_", "TRADESTATION_", "BROKER_")
OWN_NAMES = ("DEFAULT_BROKER", "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "HTTP_PROXY", "HTTPS_PROXY")
FIXED = {
    "QT_QPA_PLATFORM": "offscreen",
    "QT_API": "pyside6",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    "TZ": "UTC",
}


def clean_names(names: Iterable[str]) -> list[str]:
    """The variables that would let a machine's own set-up reach a test."""
    return [name for name in names if name.startswith(OWN_PREFIXES) or name.upper() in OWN_NAMES]


def clean_process() -> None:
    """Do it once for this process, before anything of ours or Qt is imported."""
    for name in clean_names(list(os.environ)):
        del os.environ[name]
    os.environ.update(FIXED)


def _is_loopback(host: object) -> bool:
    return isinstance(host, str) and (host.startswith("127.") or host in {"::1", "localhost", ""})


def _refuse_far_hosts(event: str, args: tuple[object, ...]) -> None:
    if event != "socket.connect" or len(args) < 2:
        return
    address = args[1]
    if isinstance(address, tuple) and address and not _is_loopback(address[0]):
        raise RuntimeError(f"a test tried to reach {address[0]}: only loopback is allowed")


def guard_network() -> None:
    """Refuse each connection that leaves the machine (an audit hook cannot be taken away again)."""
    sys.addaudithook(_refuse_far_hosts)
