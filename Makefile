# Two commands do everything: `make film` and `make test`. Both need Python 3.11 or newer and the
# package registries, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: film test check lint types imports bench soak lock schema clean

film: $(VENV)/.film
	$(BIN)/matchcut rehearse examples/courier/film.yaml

test: check
	$(BIN)/python -m pytest -n auto

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/.test
	$(BIN)/python bench/run.py

# The schema that editors use, from the types.
schema: $(VENV)/.film
	$(BIN)/matchcut schema > src/matchcut/film/film.schema.json

# Exact versions with hashes, for every platform, and no index address.
lock:
	sh scripts/lock.sh

$(VENV)/bin/python:
	sh scripts/environment.sh "$(PYTHON)" "$(VENV)"

$(VENV)/.film: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.film
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	touch $@

clean:
	rm -rf $(VENV) examples/*/out examples/*/.matchcut
