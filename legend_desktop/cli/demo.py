"""``legend-desktop demo``: the main job from end to end on the simulator."""

import argparse
from pathlib import Path

from legend_desktop.cli.commands import Commands, CommonArgs, DemoArgs

DEFAULT_OUT = Path("legend-demo")


def whole_number(word: str) -> int:
    """A start number of the simulator: 0 or more."""
    number = int(word)
    if number < 0:
        raise ValueError(word)
    return number


whole_number.__name__ = "whole number from 0"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, metavar="DIR", help="where pictures and report go")
    parser.add_argument("--seed", type=whole_number, metavar="N", help="start number of the simulator's market")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play a CSV file of quotes in place of the market")


def run(args: argparse.Namespace, common: CommonArgs, commands: Commands) -> int:
    """Run the demo; 0 only where every step reached the state it had to."""
    return commands.demo(DemoArgs(common, out=args.out, seed=args.seed, replay=args.replay))
