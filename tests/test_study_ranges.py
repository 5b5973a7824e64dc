"""Bookkeeping of ranges of trajectories, against sets of ids."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import saddlesim as ss
from saddlesim.study.block_length import default_block
from saddlesim.study.ranges import blocks, missing, overlap, prefix

IDS = st.integers(0, 60)


@st.composite
def wanted(draw: st.DrawFn) -> range:
    start = draw(IDS)
    return range(start, start + draw(st.integers(1, 40)))


@st.composite
def disjoint(draw: st.DrawFn) -> list[range]:
    cuts = sorted(draw(st.sets(IDS, max_size=12)))
    pairs = [range(a, b) for a, b in pairwise(cuts)]
    return [ids for ids in pairs if draw(st.booleans())]


def ids_of(ranges: list[range]) -> set[int]:
    return {i for ids in ranges for i in ids}


@given(wanted(), st.integers(1, 50))
def test_blocks_tile_the_range_at_multiples_of_their_length(trials: range, length: int) -> None:
    cut = blocks(trials, length)
    assert [i for ids in cut for i in ids] == list(trials)
    assert all(len({i // length for i in ids}) == 1 for ids in cut)
    assert len({ids.start // length for ids in cut}) == len(cut)


@given(wanted(), st.integers(1, 50), st.integers(0, 50))
def test_more_trials_only_add_blocks_or_lengthen_the_last(
    trials: range, length: int, more: int
) -> None:
    before = blocks(trials, length)
    after = blocks(range(trials.start, trials.stop + more), length)
    assert after[: len(before) - 1] == before[:-1]
    assert after[len(before) - 1].start == before[-1].start


@given(wanted(), disjoint())
def test_missing_is_the_difference(trials: range, present: list[range]) -> None:
    gaps = missing(trials, present)
    assert ids_of(gaps) == set(trials) - ids_of(present)
    assert sum(map(len, gaps)) == len(ids_of(gaps))
    assert gaps == sorted(gaps, key=lambda ids: ids.start)
    assert all(gaps)


@given(wanted(), disjoint())
def test_prefix_ends_at_the_first_gap(trials: range, present: list[range]) -> None:
    there = ids_of(present)
    found = prefix(trials, present)
    assert found.start == trials.start
    assert set(found) <= there
    assert found.stop == trials.stop or found.stop not in there


@given(st.lists(wanted(), max_size=6))
def test_overlap_finds_two_that_share_an_id(ranges: list[range]) -> None:
    ordered = sorted(ranges, key=lambda ids: ids.start)
    found = overlap(ordered)
    shared = sum(map(len, ranges)) > len(ids_of(ranges))
    assert (found is not None) == shared
    if found is not None:
        assert set(found[0]) & set(found[1])


def test_default_block_is_neither_tiny_nor_huge() -> None:
    lengths = {n: default_block(n) for n in (1, 10**5, 10**6, 10**7, 10**8, 10**10)}
    assert lengths == {
        1: 1000,
        10**5: 1000,
        10**6: 10**4,
        10**7: 10**5,
        10**8: 10**5,
        10**10: 10**5,
    }


def test_blocks_of_cheap_trajectories_are_longer() -> None:
    def length(method: ss.Method, **changes: Any) -> int:
        arguments = {"dims": [3, 5], "trials": 10**6, **changes}
        return ss.Study(ss.Octopus, methods=method, **arguments).block

    exact, noisy = ss.GradientDescent(0.25), ss.NoisyGradientDescent(0.25, noise_scale=0.1)
    assert length(exact) == length(exact, trials=10**7) == 10**5
    assert length(exact, trials=10**5) == 10**4
    assert length(exact, trials=99_999) == 1000
    assert length(exact, dims=[900], record=("points",)) == 10**4  # else it needs a gigabyte
    assert length(exact, dtype="float32", max_steps=None) == 10**4  # no exact path, no bound
    assert length(noisy, dims=[3]) == 10**5
    assert length(noisy, max_steps=1000) == 10**5
    assert length(noisy) == length(noisy, dims=[3], max_steps=None) == 10**4
    assert length(exact, escape=ss.CustomEscape(lambda x: x[:, 0] > 1)) == 10**4
