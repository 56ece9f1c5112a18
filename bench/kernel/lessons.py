"""Runs lessons as `make run` does, and prints the seconds that they took, and their seconds of processor time.

Usage: lessons.py [OPTION OF tools/run.py]...

Of all processes: also of those that belong to no kernel, which Linux gives to this one when they are nobody's.
"""

import ctypes
import os
import resource
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

RUN = Path(__file__).parents[2] / "tools" / "run.py"
PR_SET_CHILD_SUBREAPER = 36

if sys.platform == "linux":
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
begun = time.perf_counter()
subprocess.run([sys.executable, RUN, "--check", *sys.argv[1:]], stdout=subprocess.DEVNULL, check=True)
seconds = time.perf_counter() - begun
with suppress(ChildProcessError):
    while True:
        os.wait()
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(seconds, used.ru_utime + used.ru_stime, flush=True)
