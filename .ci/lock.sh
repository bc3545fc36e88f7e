#!/bin/sh
# Resolve requirements*.in into locks that name versions and hashes only.
set -eu
compile() {
    .venv/bin/uv pip compile "$@" --universal --python-version 3.11 --generate-hashes --quiet \
        --no-emit-index-url --no-emit-find-links --no-header --no-strip-extras --no-annotate
}
compile requirements.in -o requirements.lock
compile requirements-dev.in -c requirements.lock -o requirements-dev.lock
