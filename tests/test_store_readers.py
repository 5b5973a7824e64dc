"""What other programs make of a store: rows, types and selections are those of the study."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import saddlesim as ss
from studies import files, grid

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


def test_a_selection_reads_no_other_rows(tmp_path: Path) -> None:
    pl, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    study = grid(methods=ss.GradientDescent(0.25), trials=101)
    expected = study.run(store=tmp_path)["GradientDescent", 3].median().value
    for path in files(tmp_path):
        if path.parent.name == "cell-0000":  # dimension 2: whoever reads its steps fails
            group = pq.read_metadata(path).row_group(0)
            chunks = [group.column(i) for i in range(group.num_columns)]
            (steps,) = (chunk for chunk in chunks if chunk.path_in_schema == "steps")
            first, size = steps.data_page_offset, steps.total_compressed_size
            content = path.read_bytes()
            path.write_bytes(content[:first] + b"\xff" * size + content[first + size :])
    rows = pl.scan_parquet(f"{tmp_path}/data/**/*.parquet").select("dim", "steps")
    with pytest.raises(pl.exceptions.PolarsError):
        rows.collect()
    assert rows.filter(pl.col("dim") == 3).collect()["steps"].median() == expected
    query = f"SELECT median(steps) FROM '{tmp_path}/data/**/*.parquet' WHERE dim = "
    with pytest.raises(duckdb.Error):
        duckdb.sql(query + "2").fetchall()
    assert duckdb.sql(query + "3").fetchall() == [(expected,)]
