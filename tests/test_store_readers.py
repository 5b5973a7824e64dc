"""What other programs make of a store: rows, types and selections are those of the study."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import saddlesim as ss
from studies import grid

GOLDEN = Path(__file__).parent / "data" / "store-1"
RECORD = ("saddle_exits", "points")
Medians = dict[tuple[str, int], float]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with files of an older version, and one that another process is just writing."""
    folder = tmp_path_factory.mktemp("readers") / "store"
    shutil.copytree(GOLDEN, folder)
    grid(trials=101, record=RECORD).run(store=folder)
    half = folder / "data" / "cell-0000" / ".000.parquet.0123456789ab.tmp"
    half.write_bytes(b"half of it")
    return folder


def by_pandas(store: Path) -> tuple[Medians, int, list[list[float]]]:
    pd = pytest.importorskip("pandas")
    frame = pd.read_parquet(store / "data")
    medians = frame.groupby(["method", "dim"], observed=True).steps.median().to_dict()
    chosen = frame[(frame.method == "noisy") & (frame.dim == 3)].sort_values("trajectory")
    return medians, int(chosen.redone.isna().sum()), [list(row) for row in chosen.points]


def by_polars(store: Path) -> tuple[Medians, int, list[list[float]]]:
    pl = pytest.importorskip("polars")
    rows = pl.scan_parquet(f"{store}/data/**/*.parquet")
    medians = rows.group_by("method", "dim").agg(pl.col("steps").median()).collect()
    chosen = rows.filter((pl.col("method") == "noisy") & (pl.col("dim") == 3))
    chosen = chosen.sort("trajectory").collect()
    found = {(method, dim): steps for method, dim, steps in medians.iter_rows()}
    return found, chosen["redone"].null_count(), chosen["points"].to_list()


def by_duckdb(store: Path) -> tuple[Medians, int, list[list[float]]]:
    duckdb = pytest.importorskip("duckdb")
    files = f"'{store}/data/**/*.parquet'"
    medians = duckdb.sql(f"SELECT method, dim, median(steps) FROM {files} GROUP BY ALL").fetchall()
    chosen = duckdb.sql(
        f"SELECT redone, points FROM {files} WHERE method = 'noisy' AND dim = 3 ORDER BY trajectory"
    ).fetchall()
    found = {(method, dim): steps for method, dim, steps in medians}
    return found, sum(row[0] is None for row in chosen), [list(row[1]) for row in chosen]


@pytest.mark.parametrize("read", [by_pandas, by_polars, by_duckdb])
def test_other_programs_read_a_store(
    read: Callable[[Path], tuple[Medians, int, list[list[float]]]], store: Path
) -> None:
    medians, empty, points = read(store)
    result = ss.load_study(store).result()
    assert medians == {key: float(times.median().value) for key, times in result.cells.items()}
    times = result["noisy", 3]
    assert empty == len(times) == 101
    assert times.points is not None
    assert points == times.points.tolist()
