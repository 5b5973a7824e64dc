"""The compiled core: of its builds, the one for the best instruction set of this processor."""

import sys

from saddlesim import isa

sys.modules[__name__] = isa.load()
