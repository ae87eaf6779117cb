"""What is looked at before anything else is imported; each finding is one plain sentence."""

import ctypes
import importlib
import importlib.util
import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

OLDEST = (3, 11)
NEWEST_BEFORE = (3, 14)
DEBIAN_PACKAGES = "libgl1 libegl1 libfontconfig1 libx11-6 libglib2.0-0 libxkbcommon0 libfreetype6 libdbus-1-3"
X11_PACKAGES = (
    "libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0"
)


def python_problem(version: tuple[int, int] | None = None) -> str:
    """Empty where this Python can run the program."""
    found = version or (sys.version_info.major, sys.version_info.minor)
    if OLDEST <= found < NEWEST_BEFORE:
        return ""
    return f"Legend Desktop needs Python 3.11, 3.12 or 3.13; this is Python {found[0]}.{found[1]}."


def screen_problem(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> str:
    """Empty where a window can be shown, as far as the environment tells."""
    names = os.environ if environment is None else environment
    if not platform.startswith("linux") or names.get("QT_QPA_PLATFORM"):
        return ""
    if names.get("WAYLAND_DISPLAY"):
        return ""
    if names.get("DISPLAY"):
        return x11_problem(names["DISPLAY"])
    return "There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set)."


def x11_problem(display: str) -> str:
    """Empty unless ``display`` is of this machine and nobody serves it; Qt would end the process over it."""
    match = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", display)
    if match is None:
        return ""
    name = f"/tmp/.X11-unix/X{match[1]}"  # noqa: S108  the place is fixed by the X protocol
    for address in (name, f"\0{name}"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(address)
            except OSError:
                continue
            return ""
    return f"There is no screen here (DISPLAY is {display}, and nothing answers there)."


def plugin_problem(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> str:
    """Empty where Qt's part for X11 can be loaded, or is not needed; Qt would end the process over it.

    Only its libraries are tried, which the window needs a moment later anyway.
    """
    names = os.environ if environment is None else environment
    if not platform.startswith("linux") or names.get("QT_QPA_PLATFORM") or names.get("WAYLAND_DISPLAY"):
        return ""
    found = importlib.util.find_spec("PySide6")
    places = found.submodule_search_locations if found is not None else None
    for place in places or ():
        plugin = Path(place) / "Qt" / "plugins" / "platforms" / "libqxcb.so"
        if not plugin.is_file():
            continue
        try:
            ctypes.CDLL(str(plugin))
        except OSError as error:
            missing = str(error).split(":", 1)[0]
            return f"Qt cannot open a window: {missing} is missing. On Debian or Ubuntu: apt-get install {X11_PACKAGES}"
    return ""


def qt_problem(module: str = "PySide6.QtGui", platform: str = sys.platform) -> str:
    """Empty where Qt can draw; otherwise names what is missing and the packages that bring it."""
    try:
        importlib.import_module(module)
    except ImportError as error:
        missing = str(error).split(":", 1)[0]
        if platform.startswith("linux"):
            return f"Qt cannot draw here: {missing} is missing. On Debian or Ubuntu: apt-get install {DEBIAN_PACKAGES}"
        return f"Qt cannot draw here: {error}. Install the program again."
    return ""
