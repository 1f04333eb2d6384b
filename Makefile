# Each target makes its own virtual environment first; nothing else needs to be installed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-run
TEST_STAMP := $(VENV)/.installed-test
BENCH_VENV ?= .venv-bench
BENCH_STAMP := $(BENCH_VENV)/.installed-bench

.PHONY: run test check bench clean
.DEFAULT_GOAL := run

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Tocsin needs Python 3.11 or newer: make PYTHON=python3.11")'
	@echo 'Installing Tocsin into $(VENV): a minute or two, once.'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(TEST_STAMP): $(STAMP)
	@echo 'Installing what the tests need as well: a minute, once.'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@

$(BENCH_STAMP): pyproject.toml constraints.txt
	@echo 'Installing Tocsin and what it is measured against into $(BENCH_VENV): a minute or two, once.'
	@test -x $(BENCH_VENV)/bin/python || $(PYTHON) -m venv $(BENCH_VENV)
	@grep -Ev '^(click|huggingface_hub|python-dateutil)==' constraints.txt > $(BENCH_VENV)/constraints.txt
	@$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(BENCH_VENV)/constraints.txt --editable '.[bench]'
	@touch $@

run: $(STAMP)  ## the demonstration, or your own settings named by TOCSIN_CONFIG
	$(BIN)/tocsin run

test: $(TEST_STAMP)  ## everything CI runs but the static checks
	$(BIN)/python -m pytest -n logical --benchmark-disable

check: $(TEST_STAMP)  ## static checks: style, types, tiers, our own policies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/tocsin check rules/demo
	$(BIN)/tocsin test rules/demo --min-coverage 100%

bench: $(BENCH_STAMP)  ## figures of speed and memory
	$(BENCH_VENV)/bin/python benchmarks/rules.py
	$(BENCH_VENV)/bin/python benchmarks/pipeline.py
	$(BENCH_VENV)/bin/python benchmarks/backtest.py
	$(BENCH_VENV)/bin/python benchmarks/spikes.py
	$(BENCH_VENV)/bin/python benchmarks/windows.py
	$(BENCH_VENV)/bin/python benchmarks/redaction.py

clean:
	rm -rf $(VENV) $(BENCH_VENV) var .mypy_cache .ruff_cache .pytest_cache
