"""One thread a process: the workers of pytest-xdist share the cores, and so do their children."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
