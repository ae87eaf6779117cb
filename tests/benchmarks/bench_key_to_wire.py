"""From the quick-entry key to the request bytes on a loopback socket, with the intent on disk before, under quotes."""

from collections.abc import Iterator

from tests.benchmarks.harness import Row, at_least, at_most, quantile
from tests.benchmarks.processes import run_json

NAME = "key_to_wire"
SENDS = 210
QUOTES = 5_000


def run() -> Iterator[Row]:
    found = run_json(["-m", "tests.benchmarks.child_key_to_wire", str(SENDS), str(QUOTES)], seconds=1_200)
    sent = found["key_to_wire"]
    yield at_least(NAME, "sends", len(sent), "", 200)
    yield at_least(NAME, "quotes meanwhile", found["quotes_a_second"], "/s", QUOTES * 0.99)
    yield at_most(NAME, "key event to bytes on the socket, p50", quantile(sent, 0.5), "ms", 3.0)
    yield at_most(NAME, "key event to bytes on the socket, p99", quantile(sent, 0.99), "ms", 10.0)
    yield Row(NAME, "key event to bytes read by the other end, p50", quantile(found["key_to_reader"], 0.5), "ms")
    yield Row(NAME, "of it: to the decision, p50", quantile(found["stages"]["decided"], 0.5), "ms")
    yield Row(NAME, "of it: to the intent on disk, p50", quantile(found["stages"]["committed"], 0.5), "ms")
    yield Row(NAME, "bare fdatasync on the same disk, p50", quantile(found["bare_sync"], 0.5), "ms")
    yield Row(NAME, "bare fdatasync on the same disk, p99", quantile(found["bare_sync"], 0.99), "ms")
