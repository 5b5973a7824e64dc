"""Property tests run the same examples every time; a machine under load is no failure."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from saddlesim.precision import compiled

settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=60, database=None)
settings.load_profile("fixed")


@pytest.fixture
def solo_again() -> Iterator[None]:
    """Compute single networks alone after a test that has had them in lanes."""
    yield
    for dtype in ("float64", "float32"):
        compiled(dtype).use_solo(True)
