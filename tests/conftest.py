"""Property tests run the same examples every time; a machine under load is no failure."""

from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=60, database=None)
settings.load_profile("fixed")
