"""Runs the acceptance table and prints it: ``python -m tests.contract [what pytest takes, such as -k bracket]``.

Ends with 1 where a cell failed or, in a whole run, where a topic has no row.
"""

import contextlib
import io
import sys
from pathlib import Path

import pytest

from tests.contract.adapters import HARNESSES
from tests.contract.table import Table

FOLDER = Path(__file__).resolve().parent


def main(arguments: list[str]) -> int:
    """Run, print, and say by the exit code whether every adapter does what it declares."""
    table = Table(HARNESSES)
    files = sorted(str(path) for path in FOLDER.glob("test_acceptance_*.py"))
    options = ["-n", "0", "-q", "--capture=no", "-p", "no:cacheprovider", f"--rootdir={FOLDER.parents[1]}"]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = pytest.main([*options, *arguments, *files], plugins=[table])
    print("\n".join(table.lines()))
    if not table.rows:
        print(said.getvalue())
    missing = [] if arguments else table.missing_topics()
    for topic in missing:
        print(f"The table has no row for: {topic}")
    return 1 if code != pytest.ExitCode.OK or table.failures() or table.broken or missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
