#!/bin/sh
# Install a lock into .venv, then the project itself; nothing is resolved here.
set -eu
python=.venv/bin/python
unset PYTHONDONTWRITEBYTECODE
"$python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$1"
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
