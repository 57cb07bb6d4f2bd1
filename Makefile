PYTHON ?= python3
PY := .venv/bin/python
LOCKED := requirements requirements-bot requirements-dev
# Settings as in production, without the secrets of one.
PRODUCTION := APP_ENV=production PUBLIC_URL=https://osmtalk.example.com \
	ALLOWED_HOSTS=osmtalk.example.com \
	DJANGO_SECRET_KEY=m9Zt4cQ7wXe2Rb8nVk5Lp1Hs6Jd3Fg0YaUiOoTxCvBzNqMEWSRDF \
	INTERNAL_API_SECRET=m9Zt4cQ7wXe2Rb8nVk5Lp1Hs6Jd3Fg0Y
DEV := APP_ENV=dev

run: .venv          ## Start everything, with demo data, on http://localhost:8000
	@exec $(PY) -m launcher run

test: .venv lint    ## Lint, check types and layers, run every test, and audit what is pinned
	$(PY) -m launcher browser
	$(PY) -m pytest
	@$(PY) -m launcher.audit

lint: .venv
	$(PY) -m ruff check . && $(PY) -m ruff format --check .
	$(DEV) $(PY) -m mypy .
	.venv/bin/lint-imports
	$(DEV) $(PY) -W ignore manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING

audit: .venv        ## Ask whether a pinned package has a known fault
	@$(PY) -m launcher.audit

fix: .venv          ## Format, and mend what can be mended
	$(PY) -m ruff check --fix . && $(PY) -m ruff format .

fuzz: .venv         ## Ask the api whatever its document allows, and what it does not, for long
	FUZZ_EXAMPLES=200 $(PY) -m pytest tests/test_fuzz.py

bench: .venv        ## Measure everything against its references
	$(PY) -m benchmarks

manage: .venv       ## A command of manage.py on what runs: make manage ARGS="backup DIR"
	@$(PY) -m launcher manage $(ARGS)

prove: .venv        ## Cause faults, and see that the capacity gate holds
	$(PY) -m prove

screenshots: .venv  ## Take the pictures of every page that docs/ shows
	$(PY) -m launcher browser
	$(PY) -m launcher.screenshots

lock: .venv         ## Pin the newest versions that fit together
	for name in $(LOCKED); do $(PY) -m uv pip compile --quiet --upgrade \
		--no-emit-index-url --no-header --python-version 3.11 $$name.in -o $$name.txt; done

up:                 ## Everything in containers
	docker compose up --build

.venv: FORCE
	@$(PYTHON) -m launcher.bootstrap
FORCE:
.PHONY: run test lint audit fix fuzz bench manage prove screenshots lock up FORCE
