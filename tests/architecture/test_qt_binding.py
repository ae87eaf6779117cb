"""Guards against a Qt binding that loses a reference with each signal.

One release of PySide6 took a reference from ``True`` for each emission and from ``None`` for each timer start. On
Python 3.11 the interpreter ended with "deallocating True or False" after some 600 emissions. The probe emits far more.
"""

import subprocess
import sys

PROBE = """
import sys
from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal
class Sender(QObject):
    flag = Signal(bool)
    bare = Signal()
application = QCoreApplication([])
sender, timer, got = Sender(), QTimer(), []
sender.flag.connect(got.append)
sender.bare.connect(lambda: got.append(None))
before = [sys.getrefcount(thing) for thing in (True, False, None)]
for number in range(2000):
    sender.flag.emit(number % 2 == 0)
    sender.bare.emit()
    timer.start(10000)
    timer.stop()
got_count = len(got)
got.clear()
after = [sys.getrefcount(thing) for thing in (True, False, None)]
lost = [old - new for old, new in zip(before, after)]
print(got_count, max(lost) < 200)
"""


def test_four_thousand_signals_cost_no_reference() -> None:
    result = subprocess.run([sys.executable, "-c", PROBE], check=False, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "4000 True\n"), result.stderr
