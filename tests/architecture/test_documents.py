"""Every command and every file that a document names is there."""

import importlib.util
import os
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from legend_desktop.cli.main import build_parser
from tests.architecture.tree import ROOT

NEEDS_NO_SCREEN = True
FENCE = re.compile(r"```(?:bash|sh|console)\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SCRIPTS = {**PROJECT["project"]["scripts"], **PROJECT["project"].get("gui-scripts", {})}
TOOLS = {"pytest", "ruff", "mypy", "lint-imports"}
OUTSIDE = {"git", "cd", "apt-get", "sudo", "chmod", "export", "xvfb-run", "curl", "docker", "make", "cp", "mkdir"}


def documents() -> list[Path]:
    found = list(ROOT.glob("*.md"))
    for top in ("legend_desktop", "packaging", "tests"):
        found += (ROOT / top).rglob("*.md")
    return sorted(found)


def commands(path: Path) -> Iterator[str]:
    for block in FENCE.findall(path.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            text = line.removeprefix("$ ").strip()
            if text and not text.startswith("#"):
                yield from (part.strip() for part in re.split(r"&&|;", text))


def check(words: list[str]) -> str:
    """Empty where the command can be run; otherwise why not."""
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    if not words:
        return ""
    head, rest = words[0], words[1:]
    if head == "uv":
        while rest and rest[0] in {"run", "--no-sync", "--all-extras"}:
            rest = rest[1:]
            if not rest:
                return "uv run what?"
            return check(rest)
        return ""
    if head in SCRIPTS:
        return check_own(rest)
    if head in {"python", "python3"} and rest[:1] == ["-m"]:
        if rest[1] in {"pip", "venv", "build"}:
            return ""
        found = importlib.util.find_spec(rest[1]) is not None or (ROOT / rest[1].replace(".", "/")).exists()
        return "" if found else f"no module {rest[1]}"
    if head in {"python", "python3", "bash", "sh"}:
        return check_file(rest[0]) if rest else ""
    if head in TOOLS or head in OUTSIDE or head == "pip":
        return ""
    return check_file(head) if "/" in head else f"nobody knows {head}"


def check_own(rest: list[str]) -> str:
    if {"--help", "--version"} & set(rest):
        return ""
    try:
        build_parser().parse_args([word for word in rest if not word.startswith("[")])
    except SystemExit:
        return "the command line does not take this"
    return ""


def check_file(name: str) -> str:
    path = ROOT / name
    if not path.exists():
        return f"no file {name}"
    return "" if os.access(path, os.X_OK) or name.endswith(".py") else f"{name} cannot be run"


def test_every_command_of_the_documents_can_be_run(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {}
    for path in documents():
        for text in commands(path):
            problem = check(shlex.split(text, comments=True))
            if problem:
                wrong[f"{path.relative_to(ROOT)}: {text}"] = problem
    assert wrong == {}


def test_every_link_leads_somewhere() -> None:
    dead = []
    for path in documents():
        for target in LINK.findall(path.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists():
                dead.append(f"{path.relative_to(ROOT)}: {target}")
    assert dead == []


def test_the_checker_would_notice() -> None:
    assert check(["uv", "run", "legend-desktop", "demo", "--headless"]) == ""
    assert check(["uv", "run", "legend-desktop", "dance"]) != ""
    assert check(["python", "-m", "tests.nowhere"]) != ""
    assert check(["uv", "run", "python", "-m", "tests.nowhere"]) != ""
    assert check([".ci/nothing"]) != ""
    assert check(["legend"]) != ""


@pytest.mark.parametrize("name", [".ci/run", ".ci/install-screen"])
def test_the_scripts_of_the_machine_parse(name: str) -> None:
    path = ROOT / name
    assert os.access(path, os.X_OK)
    assert subprocess.run(["bash", "-n", str(path)], check=False).returncode == 0
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")


def test_what_a_new_machine_needs_is_named_in_one_place_only() -> None:
    """The packages that the program names when Qt cannot draw are those that the script installs."""
    from legend_desktop.app.early_checks import DEBIAN_PACKAGES, X11_PACKAGES
    from tests.helpers.screen import PACKAGES

    script = (ROOT / ".ci" / "install-screen").read_text(encoding="utf-8")
    assert PACKAGES == DEBIAN_PACKAGES
    assert [name for name in (DEBIAN_PACKAGES + " " + X11_PACKAGES).split() if name not in script] == []
