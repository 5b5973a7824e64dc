"""A process that runs a study in a store, to be killed, interrupted, or run beside another."""

from __future__ import annotations

import sys

from studies import slow

if __name__ == "__main__":
    slow().run(store=sys.argv[1], threads=1)
