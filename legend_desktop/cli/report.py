"""``legend-desktop report``: the best-execution report of a period as a file, or the check of such a file."""

import argparse
from datetime import date, datetime
from pathlib import Path

from legend_desktop.cli.commands import Commands, CommonArgs, ReportArgs, VerifyArgs
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.services.report_terms import FORMATS, HTML

USUAL_NAME = "best-execution"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--from", dest="since", type=date.fromisoformat, metavar="DAY", help="first day, like 2026-11-02 (first order)"
    )
    parser.add_argument("--to", dest="until", type=date.fromisoformat, metavar="DAY", help="last day (today)")
    parser.add_argument("--broker", choices=[each.value for each in BrokerType], default="", help="of one broker alone")
    parser.add_argument("--symbol", default="", help="of one symbol alone")
    parser.add_argument(
        "--mode", choices=[each.value for each in TradingMode], default="paper", help="simulated or real money (paper)"
    )
    parser.add_argument("--format", choices=FORMATS, help="what kind of file (by the name of --out, else html)")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help=f"the file to write ({USUAL_NAME}.html of this folder)"
    )
    parser.add_argument(
        "--as-of",
        dest="as_of",
        type=datetime.fromisoformat,
        metavar="TIME",
        help="leave out what was learned later, like 2026-11-20T21:00:00+00:00 (end of the last day)",
    )
    parser.add_argument(
        "--verify",
        type=Path,
        metavar="FILE",
        help="make this report anew and compare; code 1 where anything differs. Goes alone",
    )


def run(args: argparse.Namespace, common: CommonArgs, commands: Commands) -> int:
    """Write the report, or verify one; 1 where that fails or something differs."""
    if args.verify is not None:
        if any((args.since, args.until, args.broker, args.symbol, args.format, args.out, args.as_of)):
            raise InvalidInput("--verify takes its terms from the file.", advice="Leave the other options away.")
        return commands.verify(VerifyArgs(common, args.verify), _say)
    wanted = args.format or (args.out.suffix.lower().removeprefix(".") if args.out is not None else HTML)
    if wanted not in FORMATS:
        raise InvalidInput(
            f"The name {args.out.name} does not say what kind of file it is.",
            advice=f"Add --format with one of: {', '.join(FORMATS)}.",
        )
    out = args.out if args.out is not None else Path(f"{USUAL_NAME}.{wanted}")
    return commands.report(
        ReportArgs(
            common=common,
            mode=TradingMode(args.mode),
            format=wanted,
            out=out,
            since=args.since,
            until=args.until,
            as_of=args.as_of,
            broker=args.broker,
            symbol=args.symbol,
        ),
        _say,
    )


def _say(line: str) -> None:
    print(line, flush=True)
