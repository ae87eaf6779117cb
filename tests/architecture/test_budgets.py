"""Small enough to read: lines of a module, of a function, of the main window."""

import ast

from tests.architecture.tree import modules, name_of, nodes

MODULE_LINES = 600
FUNCTION_LINES = 50
MAIN_WINDOW_LINES = 300


def lines_of(text: str) -> int:
    return text.count("\n") + (not text.endswith("\n"))


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """What a function tells its reader does not make it long."""
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1 if ast.get_docstring(node) is not None else 0


def test_modules_are_short() -> None:
    limits = {"legend_desktop/views/main_window.py": MAIN_WINDOW_LINES}
    sizes = {name_of(path): lines_of(path.read_text(encoding="utf-8")) for path in modules()}
    assert {name: size for name, size in sizes.items() if size > limits.get(name, MODULE_LINES)} == {}


def test_functions_are_short() -> None:
    long = {}
    for name, node in nodes():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines(node)
            if size > FUNCTION_LINES:
                long[f"{name}:{node.lineno} {node.name}"] = size
    assert long == {}
