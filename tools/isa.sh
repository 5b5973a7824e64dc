#!/bin/sh
# Builds a wheel with a core for every instruction set of this architecture, checks its manylinux tag, runs the tests
# that pin bits on each core that the processor can run, and compares their speed. `make setup` comes first; building
# takes some ten minutes on two processors, less when done again. Arguments go to benchmarks/throughput.py.
set -eu
cd "$(dirname "$0")/.."
python=$PWD/.venv/bin/python
folder=$PWD/build/isa
case $(uname -m) in
  x86_64 | amd64) sets='x86-64-v2;x86-64-v3;x86-64-v4' ;;
  *) sets=baseline ;;
esac

"$python" -m pip --quiet install auditwheel
"$python" -m pip wheel . --quiet --no-deps --no-build-isolation --wheel-dir "$folder/wheels" \
  --config-settings="build-dir=$folder/cmake" --config-settings="cmake.define.SADDLESIM_ISA=$sets"
wheel=$(ls -t "$folder"/wheels/*.whl | head -n 1)
"$python" -m auditwheel show "$wheel"
rm -rf "$folder/site"
"$python" -m pip --quiet install --no-deps --target "$folder/site" "$wheel"
export PYTHONPATH="$folder/site"

builds=$(cd "$folder" && "$python" -c 'from saddlesim import isa; print(*filter(isa.runs_here, isa.built()))')
for build in $builds; do
  echo "==> $build: tests that pin bits"
  SADDLESIM_ISA=$build "$python" -m pytest -q -p no:cacheprovider \
    tests/test_golden_landscapes.py tests/test_determinism.py tests/test_elementary.py tests/test_isa.py tests/test_exact_runs.py \
    tests/test_spectrum_batches.py tests/test_density.py tests/test_golden_methods.py tests/test_flow_numeric.py \
    tests/test_stochastic.py tests/test_minibatches.py
done
# shellcheck disable=SC2086
"$python" benchmarks/throughput.py --peers --builds $builds "$@"
