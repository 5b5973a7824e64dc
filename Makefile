# `make demo` and `make test` do all their own set-up, in .venv and build/; `make help` lists the rest.
.SUFFIXES:
.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
PY := $(VENV)/bin/python
DONE := $(VENV)/.make
SPHINX := $(PY) -m sphinx --fail-on-warning --keep-going --quiet
PIP := $(PY) -m pip --disable-pip-version-check --quiet install --prefer-binary --no-compile

# The folders are in the list too: their time changes when a file in them is removed.
SOURCES := $(shell find cpp python -not -name '*.pyc' -not -name __pycache__) CMakeLists.txt pyproject.toml

##@ Use
.PHONY: demo test
demo: $(DONE)/run $(DONE)/package  ## Escape time against dimension on the octopus: table and picture
	$(PY) $(VENV)/bin/saddlesim demo

test: $(DONE)/test $(DONE)/package  ## Run all tests
	$(PY) -m pytest -q

##@ Develop
.PHONY: setup lint format types stubs stub-check sanitize sanitize-threads bench docs linkcheck
setup: $(DONE)/dev $(DONE)/package  ## Make .venv with everything that developing needs

lint: $(DONE)/dev  ## Check style and formatting of Python (ruff) and C++ (clang-format)
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	find cpp -name '*.[ch]pp' | xargs $(VENV)/bin/clang-format --dry-run --Werror

format: $(DONE)/dev  ## Format Python and C++ in place
	$(PY) -m ruff check --fix-only --quiet
	$(PY) -m ruff format
	find cpp -name '*.[ch]pp' | xargs $(VENV)/bin/clang-format -i

types: $(DONE)/dev  ## Check the types (mypy --strict)
	$(PY) -m mypy
	$(PY) -m mypy tools

stubs: $(DONE)/dev $(DONE)/package  ## Regenerate the type stub of the compiled core
	$(PY) tools/stubs.py

stub-check: $(DONE)/dev $(DONE)/package  ## Check that the type stub is that of the built core
	$(PY) tools/stubs.py --check

sanitize: $(DONE)/test  ## Run the tests on a core with the address and undefined-behaviour sanitizers
	tools/sanitize.sh

sanitize-threads: $(DONE)/test  ## Run the tests of threads, five seconds each, on a core with the thread sanitizer
	SADDLESIM_STRESS_SECONDS=5 tools/sanitize.sh threads

bench: $(DONE)/bench $(DONE)/package  ## Measure the speed beside Numba
	$(PY) benchmarks/throughput.py

docs: $(DONE)/docs $(DONE)/package  ## Build the documentation site, its gallery executed, in docs/_build/html
	$(SPHINX) -b html docs docs/_build/html
	@echo 'the site begins at docs/_build/html/index.html'

linkcheck: $(DONE)/docs $(DONE)/package  ## Follow the external links of the documentation
	$(SPHINX) -b linkcheck -D plot_gallery=0 docs docs/_build/linkcheck

##@ Tidy
.PHONY: clean help
clean:  ## Remove everything that was built, and .venv
	rm -rf build dist docs/_build docs/generated $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

help:  ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\nPYTHON=... chooses the interpreter that makes .venv (3.11 or newer).\n'

# Each of these is done again when what it depends on has changed, and only then is the network used.
$(DONE)/venv:
	@PYTHON='$(PYTHON)' tools/setup.sh
	@mkdir -p $(DONE) && touch $@

$(DONE)/build $(DONE)/run $(DONE)/test $(DONE)/dev $(DONE)/bench $(DONE)/docs: pyproject.toml tools/requirements.py tools/constraints.txt | $(DONE)/venv
	@echo '==> installing requirements into $(VENV): $(EXTRAS)'
	@$(PY) tools/requirements.py $(EXTRAS) > $@.txt
	@$(PIP) --requirement $@.txt --constraint tools/constraints.txt
	@touch $@

$(DONE)/build: EXTRAS := build
$(DONE)/run: EXTRAS := all
$(DONE)/test: EXTRAS := all test
$(DONE)/dev: EXTRAS := all test dev
$(DONE)/bench: EXTRAS := all bench
$(DONE)/docs: EXTRAS := all docs

# CMake remembers what it was told: other settings than those of the last build need a new configuration.
SETTINGS := $(CXX) $(CXXFLAGS) $(CMAKE_ARGS)
build/settings: FORCE
	@mkdir -p build
	@echo '$(SETTINGS)' | cmp -s - $@ || { rm -rf build/cp*; echo '$(SETTINGS)' > $@; }
FORCE:

# Without build isolation CMake's folder in build/ stays valid, and only what changed is compiled again.
$(DONE)/package: $(SOURCES) $(DONE)/build build/settings
	@echo '==> building and installing saddlesim into $(VENV)'
	@touch $@.begun  # a source that is edited meanwhile is newer than this
	@$(PIP) --no-build-isolation --no-deps .
	@mv $@.begun $@
