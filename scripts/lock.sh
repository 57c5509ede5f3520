#!/bin/sh
# Writes the lock files: exact versions with hashes for every platform, and no index address.
set -eu
uv=${UV:-.venv/bin/uv}
if ! command -v "$uv" >/dev/null; then
    .venv/bin/python -m pip install --quiet uv
fi
common="--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet"
# flit_core builds the package itself, so it is pinned like everything else.
$uv pip compile $common pyproject.toml --group build -o requirements.lock
$uv pip compile $common pyproject.toml --group build --group test -c requirements.lock -o requirements-test.lock
# The detectors' own environment is installed without resolving: what its wheels name and do not need
# is left out.
look=src/matchcut/look
$uv pip compile $common --no-deps --no-annotate $look/requirements.in -o $look/requirements.txt
