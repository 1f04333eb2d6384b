# Each target makes its own virtual environment first; nothing else needs to be installed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-run
TEST_STAMP := $(VENV)/.installed-test

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

run: $(STAMP)  ## the demonstration, or your own settings named by TOCSIN_CONFIG
	$(BIN)/tocsin run

test: $(TEST_STAMP)  ## everything CI runs but the static checks
	$(BIN)/python -m pytest

check: $(TEST_STAMP)  ## static checks: style, types, tiers, our own policies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/tocsin check rules/demo
	$(BIN)/tocsin test rules/demo --min-coverage 100%

bench: $(TEST_STAMP)  ## figures of speed and memory
	$(BIN)/python benchmarks/pipeline.py
	$(BIN)/python benchmarks/backtest.py

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache
