"""Imported first by every process whose clock is to be wrong (see tests/faults/wrongclock.py).

libfaketime 0.9.10 fails a sleep by the monotonic clock (EINVAL) where that clock is left alone: so sleep another way.
"""

import select
import time
from typing import SupportsIndex


def _sleep(seconds: float | SupportsIndex) -> None:
    select.select((), (), (), float(seconds))


time.sleep = _sleep
