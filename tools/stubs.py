"""Generate the type stub of the compiled core from the installed module, or check it.

``stubs.py`` writes python/saddlesim/_core.pyi; ``stubs.py --check`` compares it with what the
module says and ends with status 1, and the difference, when they are not the same.
"""

from __future__ import annotations

import ast
import difflib
import subprocess
import sys
import tempfile
from pathlib import Path

STUB = Path(__file__).parents[1] / "python" / "saddlesim" / "_core.pyi"
HEADER = "# Generated from the compiled module by `make stubs`; do not edit.\n"


class Signatures(ast.NodeTransformer):
    """Reduces a stub to signatures: what stays the same on every machine."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        """Drop the values of constants (the number of lanes depends on the instruction set)."""
        if not (isinstance(node.target, ast.Name) and node.target.id == "__all__"):
            node.value = None
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        """Drop the docstrings: they are in the module itself."""
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Fill a body that had nothing but a docstring."""
        super().generic_visit(node)
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.body:
            node.body = [ast.Expr(ast.Constant(...))]
        return node


def run(*arguments: str, cwd: str | None = None, text: str | None = None) -> str:
    """Run a Python module and return its output; say what went wrong when it fails."""
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=cwd, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"stubs.py: {arguments[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def generate() -> str:
    """Return the stub of the installed module, formatted."""
    # Run elsewhere, so that the module comes from the environment and not from the source tree.
    with tempfile.TemporaryDirectory() as folder:
        run("pybind11_stubgen", "saddlesim._core", "--output-dir", ".", "--exit-code", cwd=folder)
        raw = (Path(folder) / "saddlesim" / "_core.pyi").read_text(encoding="utf-8")
    signatures = ast.unparse(Signatures().visit(ast.parse(raw)))
    return run(
        *("ruff", "format", "--isolated", "--line-length=100", "--stdin-filename=_core.pyi", "-"),
        text=HEADER + signatures,
    )


def check(fresh: str) -> None:
    """End with status 1, and the difference, when the stub of the source tree is stale."""
    present = STUB.read_text(encoding="utf-8") if STUB.exists() else ""
    if present == fresh:
        print(f"{STUB.name} is fresh")
        return
    difference = difflib.unified_diff(
        present.splitlines(keepends=True),
        fresh.splitlines(keepends=True),
        f"{STUB.name} in the source tree",
        f"{STUB.name} of the built module",
    )
    sys.stdout.writelines(difference)
    sys.exit(f"{STUB} is not that of the built module; run `make stubs` and commit what it wrote.")


def main(words: list[str]) -> None:
    """Write the stub, or check it."""
    if words not in ([], ["--check"]):
        sys.exit(f"stubs.py: unknown arguments {words}; usage: stubs.py [--check]")
    fresh = generate()
    if words:
        check(fresh)
    else:
        STUB.write_text(fresh, encoding="utf-8")
        print(f"wrote {STUB}")


if __name__ == "__main__":
    main(sys.argv[1:])
