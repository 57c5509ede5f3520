# Two commands do everything: `make film` and `make test`. Both need Python 3.11 or newer and the
# package registries, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One more than there are processors: tests that play a slow server mostly wait.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

# What Python compiles is kept, whatever the shell says: the tests start a command hundreds of times.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: film test check lint types imports bench soak lock generated clean

film: $(VENV)/.film
	$(BIN)/matchcut rehearse examples/courier/film.yaml

test: check
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/.test
	$(BIN)/python bench/run.py

soak: $(VENV)/.test
	rm -f $(VENV)/soak.jsonl
	MATCHCUT_RECORD=$(CURDIR)/$(VENV)/soak.jsonl MATCHCUT_KILLS=200 MATCHCUT_FAULTS=all MATCHCUT_AWAY=60 \
	MATCHCUT_EXAMPLES=200 $(BIN)/python -m pytest -n $(WORKERS) --timeout 7200 tests/render/test_kill.py \
	tests/render/test_hosted_kill.py tests/render/test_workers.py tests/render/test_hosted_faults.py \
	tests/render/test_hosted_reroll.py tests/render/test_staleness_law.py
	$(BIN)/python scripts/soak_page.py $(VENV)/soak.jsonl

# What is generated and committed: the schema editors use, the reference, the README's picture.
generated: $(VENV)/.film
	$(BIN)/matchcut schema > src/matchcut/film/film.schema.json
	$(BIN)/python scripts/reference.py
	$(BIN)/python scripts/frame_strip.py examples/courier/out/courier.mp4 docs/images/courier.jpg

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
	sh scripts/postgres.sh
	touch $@

clean:
	rm -rf $(VENV) examples/*/out examples/*/.matchcut
