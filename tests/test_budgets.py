"""Files, functions and templates stay small enough to be read in one go."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILE_LINES, FUNCTION_LINES, PARAMETERS, TEMPLATE_LINES = 300, 40, 5, 120
# One file, grouped by concern: to split it would hide what belongs together.
LONGER = {"osmtalk/settings.py"}


def tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        name
        for name in listed.stdout.splitlines()
        if "/migrations/" not in name and (ROOT / name).exists()
    ]


PYTHON = tracked("*.py")


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    names = [argument.arg for argument in function.args.args + function.args.kwonlyargs]
    return len([name for name in names if name not in ("self", "cls")])


@pytest.mark.parametrize("name", PYTHON)
def test_a_python_file_is_within_its_budget(name: str) -> None:
    lines = len((ROOT / name).read_text().splitlines())

    assert name in LONGER or lines <= FILE_LINES


@pytest.mark.parametrize("name", [n for n in PYTHON if "/tests/" not in n])
def test_functions_are_within_their_budget(name: str) -> None:
    found = list(functions(ROOT / name))

    assert [f.name for f in found if body_lines(f) > FUNCTION_LINES] == []
    assert [f.name for f in found if parameters(f) > PARAMETERS] == []


@pytest.mark.parametrize("name", tracked("templates/*.html"))
def test_a_template_is_within_its_budget(name: str) -> None:
    assert len((ROOT / name).read_text().splitlines()) <= TEMPLATE_LINES
