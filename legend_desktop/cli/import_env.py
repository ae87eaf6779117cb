"""``legend-desktop import-env``: the logins of a ``.env`` file, checked and put into the key store."""

import argparse
from pathlib import Path

from legend_desktop.cli.commands import Commands, CommonArgs, ImportEnvArgs

USUAL_FILE = Path(".env")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file", type=Path, nargs="?", default=USUAL_FILE, metavar="FILE", help="the file (.env of this folder)"
    )
    parser.add_argument(
        "--live", action="store_true", help="these are keys for real money; kept apart, and armed before each use"
    )


def run(args: argparse.Namespace, common: CommonArgs, commands: Commands) -> int:
    """Import the file; 0 only where every whole login of it was kept. No value is ever printed."""
    return commands.import_env(ImportEnvArgs(common, args.file, live=args.live), lambda line: print(line, flush=True))
