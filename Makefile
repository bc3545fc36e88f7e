# demo: the main job on synthetic registers    test: every fast test and check
# docs: the pages of the quality catalogue, from the headers of sql/checks
# calibration: public figures beside the synthetic ones, docs/calibration.md
# recovery: thousands of replicates of each estimator, docs/recovery.md; some four hours
# check: style, types, SQL, import rules       test-slow, bench: long proofs, outside CI

PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo test check docs calibration recovery test-slow bench lock runtime dev browser

help:
	@grep -E '^# ' Makefile | cut -c3-

demo: runtime
	$(BIN)/evaluation demo

test: dev check browser
	$(BIN)/python -m pytest -n auto --dist loadscope --no-loadscope-reorder

check: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar sql
	$(BIN)/lint-imports

docs: dev
	$(BIN)/python -m evaluation.quality.pages sql docs/checks

calibration: dev
	$(BIN)/python -m synthetic_data.calibration docs/calibration.md

recovery: dev
	$(BIN)/python -m synthetic_data.recovery docs/recovery.md --work .recovery --gate 20

test-slow: dev browser
	$(BIN)/python -m pytest -m slow -s

bench: dev
	$(BIN)/python tests/bench.py

# A lock is installed when it differs from the one installed last.
runtime:
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@cmp -s requirements.lock .venv/runtime.lock || cmp -s requirements-dev.lock .venv/dev.lock || \
		{ echo "installing from requirements.lock"; sh .ci/install.sh requirements.lock; \
		cp requirements.lock .venv/runtime.lock; }

dev:
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@cmp -s requirements-dev.lock .venv/dev.lock || \
		{ echo "installing from requirements-dev.lock"; sh .ci/install.sh requirements-dev.lock; \
		cp requirements-dev.lock .venv/dev.lock; cp requirements.lock .venv/runtime.lock; }

# The report is tested in a real browser: Debian's Chromium.
browser:
	@sh .ci/browser.sh

# New locks: every version with its hashes, no index and no address.
lock: dev
	$(BIN)/python -m pip install --quiet uv
	sh .ci/lock.sh
