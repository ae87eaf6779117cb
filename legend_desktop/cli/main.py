"""The frame of the command line: arguments for all, one file a sub-command."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from legend_desktop.cli import demo, import_env, report, settings
from legend_desktop.cli.commands import EXIT_FAILED, EXIT_OK, Commands, CommonArgs, DemoArgs
from legend_desktop.domain.errors import LegendError
from legend_desktop.version import __version__

INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class SubCommand:
    """A word after the program's name."""

    name: str
    help: str
    add: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, CommonArgs, Commands], int]


SUB_COMMANDS = (
    SubCommand("demo", "trade through the main job on the simulator, with pictures and a report", demo.add, demo.run),
    SubCommand(
        "import-env",
        "check the broker keys of a .env file and put them into the key store",
        import_env.add,
        import_env.run,
    ),
    SubCommand("report", "write the best-execution report of a period, or verify one", report.add, report.run),
    SubCommand("settings", "list every setting, its value and where it comes from", settings.add, settings.run),
)


def _add_common(parser: argparse.ArgumentParser, *, top: bool) -> None:
    """The same two on every level; below the top they have no default, which would undo what stood before."""
    unset: Any = argparse.SUPPRESS
    parser.add_argument(
        "--profile-dir",
        type=Path,
        metavar="DIR",
        default=None if top else unset,
        help="keep every file of the program in this folder (LEGEND_PROFILE_DIR does the same)",
    )
    parser.add_argument(
        "--headless", action="store_true", default=False if top else unset, help="no window: run where no screen is"
    )


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="legend-desktop",
        description="A trading desk for one active trader. Without a sub-command the window opens.",
    )
    parser.add_argument("--version", action="version", version=f"Legend Desktop {__version__}")
    _add_common(parser, top=True)
    below = parser.add_subparsers(dest="command", metavar="COMMAND")
    for sub in SUB_COMMANDS:
        child = below.add_parser(sub.name, help=sub.help, description=sub.help[0].upper() + sub.help[1:] + ".")
        _add_common(child, top=False)
        sub.add(child)
    return parser


def run(argv: Sequence[str] | None, commands: Commands) -> int:
    """Do what ``argv`` asks and return the exit code. A wrong command line ends with code 2, as usual."""
    args = build_parser().parse_args(argv)
    common = CommonArgs(profile_dir=args.profile_dir, headless=args.headless)
    try:
        for sub in SUB_COMMANDS:
            if sub.name == args.command:
                return sub.run(args, common, commands)
        if common.headless:
            return commands.demo(DemoArgs(common, out=demo.DEFAULT_OUT))
        return commands.window(common)
    except LegendError as error:
        print(error.sentence, file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader, as in "settings | head", has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
