#!/bin/sh
# Runs the tests (or what the arguments tell pytest) on a core with the address and undefined-behaviour
# sanitizers. The runtime must be loaded before Python is, and Python's own leaks are not our subject.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
site=build/sanitize/site

cmake --preset sanitize
cmake --build --preset sanitize
cmake --install build/sanitize --prefix "$site" >/dev/null
cp python/saddlesim/*.py "$site/saddlesim/"
find python/saddlesim -mindepth 1 -maxdepth 1 -type d -not -name __pycache__ -exec cp -r {} "$site/saddlesim/" \;

compiler=${CXX:-c++}
export LD_PRELOAD="$($compiler -print-file-name=libasan.so) $($compiler -print-file-name=libstdc++.so)"
export ASAN_OPTIONS=detect_leaks=0 PYTHONPATH="$site"
python -m pytest -q "$@"
