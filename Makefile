# make up starts the platform; make test and make check are what the continuous integration runs.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
MEMBERS := $(patsubst %/pyproject.toml,%,$(wildcard libs/*/pyproject.toml services/*/pyproject.toml deploy/local/pyproject.toml clients/python/pyproject.toml))
COMPILE := pip compile --quiet --generate-hashes --universal --no-emit-index-url --no-header --python-version 3.11

# Whatever environment the shell is in, uv installs into this one.
export VIRTUAL_ENV := $(CURDIR)/.venv

# Processes start here by the hundred: what they load is compiled once, also where the shell tells Python to keep nothing.
export UV_COMPILE_BYTECODE ?= 1
COMPILED := libs services deploy/local clients tests bench

# uv reads neither pip's settings nor, by itself, the machine's certificates.
export UV_SYSTEM_CERTS ?= true
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

.PHONY: up down status logs demo compose-up compose-down test torture check rules fmt lock schemas client release clean

up: .venv/run.stamp
	@$(BIN)/keten up

down status demo: .venv/run.stamp
	@$(BIN)/keten $@

logs: .venv/run.stamp
	@$(BIN)/keten logs -f

# The same services on the engines of many machines, in containers: needs Docker with compose, and nothing else besides.
compose-up compose-down: .venv/run.stamp
	@$(BIN)/keten $@

test: .venv/dev.stamp
	$(BIN)/pytest -n 2 --dist loadfile -q --durations=25 --durations-min=10

# For so many seconds and by a seed: make torture SECONDS=60 SEED=7 SHAPE=compose; WRITE=1 adds the figures to bench/RESULTS.md.
torture: .venv/dev.stamp
	@$(BIN)/python -m tests.torture $(if $(SHAPE),--shape $(SHAPE)) $(if $(SECONDS),--seconds $(SECONDS)) \
	    $(if $(SEED),--seed $(SEED)) $(if $(WRITE),--write)

check: .venv/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@# one member at a time: each has a folder `tests`
	set -e; for member in $(MEMBERS) tests policies bench; do echo "mypy $$member"; $(BIN)/mypy $$member; done
	$(BIN)/lint-imports
	$(BIN)/python -m keten.checks policies
	$(BIN)/python -m keten.checks schemas
	$(BIN)/python -m keten.checks promises
	$(BIN)/python -m keten.checks client

rules: .venv/dev.stamp
	$(BIN)/python -m keten.checks rules

fmt: .venv/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schemas: .venv/dev.stamp
	$(BIN)/python -m keten.checks schemas --write

# From here on, what the documents of the API and of the events say is promised.
release: check
	$(BIN)/python -m keten.checks promises --write

client: .venv/dev.stamp
	$(BIN)/python -m keten.checks client --write

lock: .venv/dev.stamp
	cd requirements && set -e && for name in uv run local dev; do ../$(UV) $(COMPILE) --output-file $$name.txt $$name.in; done

clean:
	@if [ -x $(BIN)/keten ]; then $(BIN)/keten down; fi
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@echo "The data in .keten is kept."

.venv/uv.stamp: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
	    "Keten needs Python 3.11 or newer and this is " + sys.version.split()[0] + ". Say which one to use: make PYTHON=python3.13 up")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/run.stamp: .venv/uv.stamp requirements/local.txt $(MEMBERS:=/pyproject.toml)
	@$(UV) pip install --quiet --require-hashes -r requirements/local.txt
	@$(UV) pip install --quiet --no-deps $(addprefix -e ,$(MEMBERS))
	@$(BIN)/python -m compileall -q -j 0 $(COMPILED)
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements/dev.txt
	@$(UV) pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@
