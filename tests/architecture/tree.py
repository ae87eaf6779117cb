"""The program's source as the architecture tests read it."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "legend_desktop"


@functools.cache
def modules() -> tuple[Path, ...]:
    """Every module of the program."""
    return tuple(sorted(path for path in PACKAGE.rglob("*.py") if "_resources" not in path.parts))


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(path: Path) -> str:
    """The path from the top of the repository, with forward slashes."""
    return path.relative_to(ROOT).as_posix()


def nodes() -> Iterator[tuple[str, ast.AST]]:
    """Every syntax node with the name of its module."""
    for path in modules():
        name = name_of(path)
        for node in ast.walk(parsed(path)):
            yield name, node


def calls() -> Iterator[tuple[str, int, str, ast.Call]]:
    """Every call: module, line, and the last part of what is called."""
    for name, node in nodes():
        if isinstance(node, ast.Call):
            target = node.func
            word = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
            yield name, node.lineno, word, node


def text_files() -> list[Path]:
    """Every text file that is shipped or tells how to build and test."""
    tops = [PACKAGE, ROOT / "tests", ROOT / "packaging", ROOT / ".ci", ROOT / "resources"]
    files = [path for top in tops if top.exists() for path in top.rglob("*") if path.is_file()]
    files += [path for path in ROOT.iterdir() if path.is_file() and path.name != "uv.lock" and path.name != ".env"]
    skip = {".otf", ".ttf", ".png", ".ico", ".icns", ".gz", ".pyc", ".sqlite3"}
    return [path for path in files if path.suffix not in skip and "__pycache__" not in path.parts]
