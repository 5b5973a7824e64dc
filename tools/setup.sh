#!/bin/sh
# Prepares a machine: a Python that is new enough, the system packages that the build needs, and .venv.
# PYTHON names the interpreter; without it the first one that is new enough is taken.
set -eu
cd "$(dirname "$0")/.."

say() { printf '==> %s\n' "$*"; }
fail() {
  printf '\nsaddlesim: %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '    %s\n' "$line" >&2; done
  exit 1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo 'not runnable'; }

if [ -e .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null; then
  new_enough .venv/bin/python || fail \
    ".venv has Python $(version_of .venv/bin/python), and 3.11 or newer is needed. Remove it, then run make again:" \
    "rm -rf .venv"
  if [ -n "${PYTHON:-}" ] && [ "$(version_of "$PYTHON")" != "$(version_of .venv/bin/python)" ]; then
    fail "PYTHON=$PYTHON is $(version_of "$PYTHON"), but .venv exists and has Python $(version_of .venv/bin/python)." \
      "rm -rf .venv       # to start again with $PYTHON" "unset PYTHON       # to keep .venv"
  fi
  python=.venv/bin/python
elif [ -n "${PYTHON:-}" ]; then
  new_enough "$PYTHON" || fail \
    "PYTHON=$PYTHON is $(version_of "$PYTHON"), and Python 3.11 or newer is needed. Name another one, for example:" \
    "make demo PYTHON=/usr/bin/python3.12"
  python=$PYTHON
else
  python=
  for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if new_enough "$candidate"; then
      python=$candidate
      break
    fi
  done
  [ -n "$python" ] || fail \
    "Python 3.11 or newer is needed, and python3 is $(version_of python3). Install one, or name one that is not on the PATH:" \
    "make demo PYTHON=/opt/python3.12/bin/python3.12"
fi

has_eigen() {
  for prefix in "${CONDA_PREFIX:-}" /usr /usr/local /opt/homebrew; do
    [ -e "$prefix/share/eigen3/cmake/Eigen3Config.cmake" ] && return 0
  done
  [ -n "${Eigen3_DIR:-}${CMAKE_PREFIX_PATH:-}${CMAKE_ARGS:-}" ]  # told where it is: CMake will see
}
has_headers() {
  "$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'
}

missing=
command -v "${CXX:-c++}" >/dev/null || missing="$missing g++"
has_eigen || missing="$missing libeigen3-dev"
has_headers || missing="$missing python$(version_of "$python")-dev"
"$python" -c 'import pip' 2>/dev/null && [ "$python" = .venv/bin/python ] ||
  "$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python$(version_of "$python")-venv"

if [ -n "$missing" ]; then
  command -v apt-get >/dev/null || fail \
    "these packages (by their Debian names) are needed and not installed:$missing" \
    "Install them with this system's package manager, then run make again."
  if [ "$(id -u)" = 0 ]; then
    root=
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    root='sudo -n'
  else
    fail "these system packages are needed and not installed:$missing. Install them, then run make again:" \
      "sudo apt-get install -y$missing"
  fi
  say "installing system packages:$missing"
  install="$root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 install -y --no-install-recommends"
  # A fresh machine has no package lists, and old lists name packages that are gone.
  # shellcheck disable=SC2086
  $install $missing >/dev/null 2>&1 || { $root apt-get -qq update && $install $missing >/dev/null; } || fail \
    "apt-get could not install$missing. See why with:" "sudo apt-get install$missing"
fi

if [ "$python" != .venv/bin/python ]; then
  say "making the virtual environment .venv with Python $(version_of "$python")"
  "$python" -m venv --clear .venv
elif ! .venv/bin/python -c 'import pip' 2>/dev/null; then
  .venv/bin/python -m ensurepip --default-pip >/dev/null
fi
