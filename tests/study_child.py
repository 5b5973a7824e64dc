"""A process that runs a study in a store, to be killed, interrupted, or run beside another."""

from __future__ import annotations

import sys

import saddlesim as ss
from studies import slow

if __name__ == "__main__":
    store, *relative = sys.argv[1:]
    until = ss.Precision(relative=float(relative[0])) if relative else None
    slow().run(store=store, threads=1, until=until)
