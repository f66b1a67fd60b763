# The everyday commands. Only a Python from 3.11 on, with venv, has to be there.
#   make PYTHON=python3.12 test     with another Python
#   make test-quick ARGS="tests/smtp -k reply"

PYTHON ?= $(shell .ci/python)
VENV ?= .venv
DEMO_VENV ?= .venv-demo
BENCH_VENV ?= .venv-bench
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -le 4 ] || n=4; echo $$n)
COVERAGE ?= 98
ARGS ?=

BIN := $(VENV)/bin
PIP := -m pip --disable-pip-version-check
READY := $(VENV)/.ready
DEMO_READY := $(DEMO_VENV)/.ready
BENCH_READY := $(BENCH_VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test test-quick lint types format bench profile scale build clean setup \
	servers environment demo-environment bench-setup bench-environment

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) \
	| awk -F '\t' '{ printf "  make %-11s %s\n", $$1, $$2 }'

demo: demo-environment ## send 1,000 private messages on this machine and prove it
	@$(MAKE) -s --no-print-directory $(DEMO_READY)
	@$(DEMO_VENV)/bin/safesend demo $(ARGS)

test: setup servers lint types ## set up everything, then run every check and test
	@echo "tests ($(WORKERS) at a time)"
	@$(BIN)/python -m coverage erase
	@$(BIN)/python -m coverage run -m pytest -q -n $(WORKERS) --dist worksteal $(ARGS)
	@$(BIN)/python -m coverage combine -q
	@$(BIN)/python -m coverage report --fail-under=$(COVERAGE)

test-quick: setup ## the tests that need no server and little time; ARGS= for pytest
	@$(BIN)/python -m pytest -q -m "not server and not slow" $(ARGS)

lint: setup ## style, formatting and who may import whom
	@echo "ruff, import-linter"
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check . || { echo "run: make format"; exit 1; }
	@$(BIN)/lint-imports --no-logo > $(VENV)/imports.log 2>&1 || { cat $(VENV)/imports.log; exit 1; }

types: setup ## mypy, strict
	@echo "mypy"
	@$(BIN)/mypy --no-error-summary

format: setup ## put the source into its form
	@$(BIN)/ruff check -q --fix-only . ; $(BIN)/ruff format .

bench: bench-setup servers ## measure against everybody, write docs/benchmarks; ARGS=--full for all of it
	@$(BENCH_VENV)/bin/python -m benchmarks $(ARGS)

profile: bench-setup servers ## where the microseconds of one message go: docs/benchmarks/profile.md
	@$(BENCH_VENV)/bin/python -m benchmarks.profile $(ARGS)

scale: setup servers ## what millions of recipients cost: docs/explanation/ten-million.md
	@$(BIN)/python -m benchmarks.scale $(ARGS)

build: setup ## wheel and source archive in dist/
	@$(BIN)/python $(PIP) install -q build
	@$(BIN)/python -m build -q --outdir dist . && ls dist

clean: ## remove what these commands made
	@rm -rf $(VENV) $(DEMO_VENV) $(BENCH_VENV) .tools dist build .coverage .coverage.* htmlcov \
		.mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup: environment
	@$(MAKE) -s --no-print-directory $(READY)

environment:
	@.ci/venv "$(PYTHON)" $(VENV)

$(READY): pyproject.toml
	@echo "installing safesend and its tools"
	@$(BIN)/python $(PIP) install -q --upgrade "pip>=25.1"
	@$(BIN)/python $(PIP) install -q --editable ".[bounces,celery,cli,crypto,css,dkim,documents,keyring,parquet,postgres,redis,ses,unsubscribe]" --group dev
	@PATH="$(abspath $(BIN)):$$PATH" npm install --prefix .tools --no-audit --no-fund --silent aws-ses-v2-local \
	|| echo "without aws-ses-v2-local: npm could not install it; tests that need it will say so"
	@touch $@

demo-environment:
	@.ci/venv "$(PYTHON)" $(DEMO_VENV)

$(DEMO_READY): pyproject.toml
	@echo "installing safesend"
	@$(DEMO_VENV)/bin/python $(PIP) install -q --editable ".[cli]"
	@touch $@

bench-setup: bench-environment
	@$(MAKE) -s --no-print-directory $(BENCH_READY)

bench-environment:
	@.ci/venv "$(PYTHON)" $(BENCH_VENV)

$(BENCH_READY): pyproject.toml
	@echo "installing safesend and whom it is measured against"
	@$(BENCH_VENV)/bin/python $(PIP) install -q --upgrade "pip>=25.1"
	@$(BENCH_VENV)/bin/python $(PIP) install -q --editable ".[cli,crypto,documents,postgres]" --group bench
	@command -v npm >/dev/null \
	&& npm install --prefix .tools --no-audit --no-fund --silent nodemailer \
	|| echo "without nodemailer: there is no npm, or it could not install it"
	@touch $@

servers:
	@.ci/servers
