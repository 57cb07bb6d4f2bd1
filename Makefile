PYTHON ?= python3
PY := .venv/bin/python

run: .venv ## Start everything on http://localhost:8000, with demo data
	@exec $(PY) -m launcher run

.venv: FORCE
	@$(PYTHON) -m launcher.bootstrap
FORCE:
.PHONY: run FORCE
