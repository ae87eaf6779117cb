"""Habits that a linter does not know."""

import ast
import io
import re
import tokenize
import tomllib

from legend_desktop import __version__
from tests.architecture.tree import ROOT, calls, modules, name_of, nodes, text_files

TASK_HOMES = {
    "legend_desktop/services/task_supervisor.py",  # the home of every task
    "legend_desktop/app/qt_loop.py",  # the main task
    "legend_desktop/app/shutdown.py",  # runs when the supervisor is stopped
    "legend_desktop/brokers/tasks.py",  # callers of the SDK have no supervisor
}
THEME_FILES = ("legend_desktop/views/theme.py",)
COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{6})\b")
COLOUR_CLASSES = {"QColor", "QPen", "QBrush", "mkColor", "mkPen", "mkBrush"}
HOSTS = re.compile(r"\b(?:https?|wss?)://(\[[0-9a-f:]+\]|[A-Za-z0-9.-]+)")
OWN_DOMAINS = (
    "localhost",
    "127.0.0.1",
    "[::1]",
    "192.0.2.1",
    "example",
    "invalid",
    "example.com",
    "example.org",
    "w3.org",
    "gnu.org",
    "apache.org",
    "debian.org",
    "github.com",
    "githubusercontent.com",
    "opensource.org",
    "scripts.sil.org",
    "openfontlicense.org",
    "python.org",
    "qt.io",
    "alpaca.markets",
    "schwab.com",
    "schwabapi.com",
    "tdameritrade.com",
    "interactivebrokers.com",
    "ibkr.com",
    "tradestation.com",
    "sec.gov",
    "finra.org",
)
HOSTILE = ("tests/unit/brokers/test_hosts.py", "tests/unit/brokers/test_oauth_listener.py")
"""Tests that hand in addresses made to deceive."""
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}|\bxox[bp]-[0-9A-Za-z-]{20,}"
    r"|\bPK[A-Z0-9]{18}\b|\beyJ[A-Za-z0-9_-]{20,}\.eyJ"
)
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|(?i:coming soon|not implemented yet)")


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    holders = [name_of(path) for path in modules() if f'"{__version__}"' in path.read_text(encoding="utf-8")]
    assert holders == ["legend_desktop/version.py"]


def test_no_nested_event_loop() -> None:
    """A dialog's own loop stops the coroutine that runs for ever; the loop's start in app/ is the only one."""
    found = [
        f"{name}:{line} {word}"
        for name, line, word, _ in calls()
        if word in {"exec", "exec_", "processEvents"} and not name.startswith("legend_desktop/app/")
    ]
    assert found == []


def test_no_blocking_message_box() -> None:
    found = []
    for name, line, word, call in calls():
        target = call.func
        owner = getattr(target.value, "id", "") if isinstance(target, ast.Attribute) else ""
        if owner in {"QMessageBox", "QInputDialog", "QFileDialog"} and word[0].islower():
            found.append(f"{name}:{line} {owner}.{word}")
    assert found == []


def test_every_task_has_its_home() -> None:
    words = {"create_task", "ensure_future"}
    found = {f"{name}:{line}" for name, line, word, _ in calls() if word in words and name not in TASK_HOMES}
    assert found == set()


def test_nothing_sleeps_on_the_loop() -> None:
    found = [
        f"{name}:{line}"
        for name, line, word, call in calls()
        if word == "sleep" and isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "time"
    ]
    assert found == []


def test_colours_come_from_the_theme() -> None:
    found = []
    for name, node in nodes():
        if name in THEME_FILES:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and COLOUR.search(node.value):
            found.append(f"{name}:{node.lineno} {node.value[:40]!r}")
        if isinstance(node, ast.Attribute) and node.attr != "transparent":
            owner = getattr(node.value, "attr", "")
            found += [f"{name}:{node.lineno} GlobalColor.{node.attr}"] if owner == "GlobalColor" else []
    for name, line, word, call in calls():
        if name not in THEME_FILES and word in COLOUR_CLASSES and call.args:
            first = call.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str | int):
                found.append(f"{name}:{line} {word}({first.value!r})")
    assert found == []


def test_nothing_is_left_unfinished() -> None:
    found = []
    for path in modules():
        source = path.read_text(encoding="utf-8")
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in {tokenize.COMMENT, tokenize.STRING} and UNFINISHED.search(token.string):
                found.append(f"{name_of(path)}:{token.start[0]}")
        found += [f"{name_of(path)} raises NotImplementedError"] if "raise NotImplementedError" in source else []
    assert found == []


def test_certificates_are_always_checked() -> None:
    found = []
    for name, line, _, call in calls():
        for keyword in call.keywords:
            if keyword.arg == "verify" and isinstance(keyword.value, ast.Constant) and keyword.value.value is False:
                found.append(f"{name}:{line}")
    assert found == []


def allowed(host: str) -> bool:
    host = host.lower().rstrip(".")
    return any(host == known or host.endswith(f".{known}") for known in OWN_DOMAINS) or host.startswith("127.")


def test_no_strange_host_and_no_secret_in_any_file() -> None:
    found = []
    for path in text_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [
            f"{name_of(path)}: {host}"
            for host in HOSTS.findall(text)
            if not allowed(host) and name_of(path) not in HOSTILE
        ]
        found += [f"{name_of(path)}: {secret[:12]}…" for secret in SECRETS.findall(text)]
    assert found == []
