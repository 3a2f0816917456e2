# Two commands matter: `make quickstart` walks the whole study, `make test` checks everything.
PYTHON ?= python3.11
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check

INTERCHANGE := .venv-interchange

.PHONY: quickstart test venv interchange lint types contracts check clean help

help:
	@echo "make quickstart   environment + the whole study on a tiny model (about 4 minutes on two cores)"
	@echo "make test         environment with the test dependencies + every test"
	@echo "make venv         the environment alone, with the test dependencies"
	@echo "make interchange  the tests against the packages of Label Studio and Argilla, in an environment of their own"
	@echo "make check        lint, types, import contracts and tests, as in CI"

# A stamp is written last, so that an interrupted installation is repeated.
$(VENV)/core.stamp: requirements/core.lock pyproject.toml
	$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(PIP) -r requirements/core.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev.stamp: requirements/dev.lock pyproject.toml
	$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(PIP) -r requirements/dev.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

venv: $(VENV)/dev.stamp

quickstart: $(VENV)/core.stamp
	$(PY) -m study run examples/quickstart.toml

test: venv
	$(PY) -m pytest

# Their pins are not ours, so these packages live apart; the lock lists all that they import, hence --no-deps.
$(INTERCHANGE)/made.stamp: requirements/interchange.lock
	$(PYTHON) -m venv --clear $(INTERCHANGE)
	$(INTERCHANGE)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps -r $<
	touch $@

interchange: venv $(INTERCHANGE)/made.stamp
	ABILITYMIX_INTERCHANGE=$(CURDIR)/$(INTERCHANGE)/bin/python $(PY) -m pytest tests/curation/review/test_interchange.py

lint: venv
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: venv
	$(VENV)/bin/mypy

contracts: venv
	$(VENV)/bin/lint-imports

check: lint types contracts test

clean:
	rm -rf $(VENV) $(INTERCHANGE) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
