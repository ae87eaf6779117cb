"""Run benchmarks: ``python -m tests.benchmarks [NAME...] [--json]``. Exit code 1 where a goal is missed."""

import argparse
import importlib
import sys

from tests.benchmarks.harness import machine

NAMES = ("startup", "quotes", "key_to_wire", "decode", "store", "simulator", "replay", "analytics", "scorecard")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--json", action="store_true", help="one JSON line a figure")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"no benchmark called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    if not options.json:
        print(machine())
    missed = False
    for name in options.names or NAMES:
        module = importlib.import_module(f"tests.benchmarks.bench_{name}")
        for row in module.run():
            print(row.as_json() if options.json else row.as_text(), flush=True)
            missed = missed or row.ok is False
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
