"""``legend-desktop settings``: every setting, its value and where that comes from."""

import argparse
import sys

from legend_desktop.cli.commands import EXIT_OK, Commands, CommonArgs


def add(parser: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def run(args: argparse.Namespace, common: CommonArgs, commands: Commands) -> int:  # noqa: ARG001  one shape for all
    """Print the settings; what is wrong with them goes to the error stream."""
    report = commands.settings(common)
    width = max(len(row.name) for row in report.rows)
    for row in report.rows:
        names = f"  [{', '.join(row.environment)}]" if row.environment else ""
        print(f"{row.name:<{width}}  {row.value or '—'}  ({row.source})")
        print(f"{'':<{width}}  {row.description}{names}")
    print(f"\nKept in {report.kept_in}. Order: command line, environment, .env, kept, default.")
    if any(row.source == ".env" for row in report.rows):
        print("The window does not read .env by itself: import it there, or with: legend-desktop import-env")
    for problem in report.problems:
        print(problem, file=sys.stderr)
    return EXIT_OK
