# Hubbub in two commands: `make run` and `make test`. Nothing has to be installed first.

.PHONY: help run test soak bench screenshots scale check fix lock clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

run:  ## set everything up and serve on http://127.0.0.1:8000 (honours HUBBUB_*)
	@scripts/setup run
	@exec .venv/bin/hubbub serve

# In the order of the files: the long stories come first, and the short tests at the end fill both processes.
test:  ## set everything up and run every test; choose with ARGS="-k name"
	@scripts/setup test
	@exec .venv/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

soak:  ## audit every message under random faults, for MINUTES=10, from a SEED=
	@scripts/setup soak
	@exec .venv/bin/python -m tests.faults.audit $(or $(MINUTES),10) $(SEED)

bench:  ## measure one process beside its limit and peers, and write docs/performance.md; two minutes with QUICK=1
	@scripts/setup $(if $(QUICK),check,test)
	@exec .venv/bin/python -m bench $(if $(QUICK),--quick)

screenshots:  ## play a scene and take pictures of every state into test-results/screenshots, and those of the README
	@scripts/setup test
	@exec .venv/bin/python -m tests.screenshots $(ARGS)

scale:  ## measure one to eight processes, and write docs/scaling.md (five minutes)
	@scripts/setup test
	@set -e; for part in units processes forecast; do .venv/bin/python -m bench.$$part; done

check:  ## format, lint, types, requirements, import map
	@scripts/setup check
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/python -m pip check
	.venv/bin/python -m pytest --quiet tests/unit/test_import_map.py

fix:  ## format, and repair what the linter can
	@scripts/setup check
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

LOCK = .venv/bin/uv pip compile pyproject.toml --quiet --no-config --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(ARGS)

lock:  ## pin the requirements of pyproject.toml anew; all newest with ARGS=--upgrade
	@scripts/setup check
	$(LOCK) --group build --output-file requirements.txt
	$(LOCK) --group build --group dev --constraint requirements.txt --output-file requirements-dev.txt
	$(subst pyproject.toml,bench/peers/requirements.in,$(LOCK)) --output-file bench/peers/requirements.txt

clean:  ## remove what was built and installed here, but no data
	rm -rf .venv bench/peers/.venv bench/peers/node_modules build dist test-results .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
