"""Run the fake alone: ``python -m tests.fakes.alpaca --port 0 [--faults FILE] [--auto] [--live]``.

Prints ``READY http://127.0.0.1:PORT`` and serves until SIGTERM or Ctrl+C. The key pair is the one printed on the line
``KEY ... SECRET ...`` before it, or given with ``--key`` and ``--secret``.
"""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

from tests.fakes.alpaca.server import FakeAlpaca


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.alpaca", description="A fake of Alpaca on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="a fault plan in JSON")
    parser.add_argument("--auto", action="store_true", help="prices move by themselves")
    parser.add_argument("--live", action="store_true", help="behave as the live host: paper keys are refused")
    parser.add_argument("--key", help="the key id that is accepted")
    parser.add_argument("--secret", help="the secret that is accepted")
    return parser.parse_args(arguments)


async def serve(options: argparse.Namespace) -> None:
    """Serve until told to stop."""
    keys: dict[str, Any] = {name: value for name in ("key", "secret") if (value := getattr(options, name))}
    fake = FakeAlpaca(auto=options.auto, live=options.live, **keys)
    if options.faults is not None:
        fake.faults.load(json.loads(options.faults.read_text(encoding="utf-8")))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(name, stop.set)
        except NotImplementedError:  # Windows: the interpreter's own handler sets it from its thread
            signal.signal(name, lambda *_: loop.call_soon_threadsafe(stop.set))
    url = await fake.start(options.port)
    try:
        print(f"KEY {fake.key} SECRET {fake.secret}", flush=True)
        print(f"READY {url}", flush=True)
        await stop.wait()
    finally:
        await fake.stop()


def main() -> int:
    options = parse()
    try:
        asyncio.run(serve(options))
    except (OSError, ValueError) as problem:
        print(f"The fake cannot serve: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
