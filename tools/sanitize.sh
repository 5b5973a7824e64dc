#!/bin/sh
# Runs the tests on a core with the address and undefined-behaviour sanitizers: `tools/sanitize.sh`; the tests of threads on
# one with the thread sanitizer: `tools/sanitize.sh threads`. Further words are what pytest is to run instead. The runtime
# must be loaded before Python is; Python's own leaks, and the threads of other libraries, are not our subject.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
preset=sanitize
runtime=libasan.so
if [ "${1:-}" = threads ]; then
  shift
  preset=sanitize-threads
  runtime=libtsan.so
  [ $# != 0 ] || set -- tests/test_threads.py
  set -- --capture=sys "$@"  # reports go past pytest, and the exit status says that there were some
fi
site=build/$preset/site

cmake --preset "$preset"
cmake --build --preset "$preset"
cmake --install "build/$preset" --prefix "$site" >/dev/null
cp python/saddlesim/*.py "$site/saddlesim/"
find python/saddlesim -mindepth 1 -maxdepth 1 -type d -not -name __pycache__ -exec cp -r {} "$site/saddlesim/" \;

compiler=${CXX:-c++}
export LD_PRELOAD="$($compiler -print-file-name=$runtime) $($compiler -print-file-name=libstdc++.so)"
export ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=ignore_noninstrumented_modules=1 PYTHONPATH="$site"
# The thread sanitizer wants its parts of the address space: no random ones.
exec setarch --addr-no-randomize python -m pytest -q "$@"
