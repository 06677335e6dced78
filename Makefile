# Two commands for newcomers: `make demo` and `make test`. Both set up all they need.

PYTHON ?= python3

.PHONY: demo test test-quick lint example schemas

demo: ## the main job from nothing, with the embedded engine
	$(PYTHON) tools/demo.py

test: ## every test, under every supported Python on this machine
	$(PYTHON) tools/test.py

test-quick: ## no model, no real builds: some three minutes
	$(PYTHON) tools/test.py quick

lint: ## format, rules and strict types
	$(PYTHON) tools/environments.py
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

example: ## the example project as its users build it, from its lock
	$(PYTHON) tools/environments.py
	.venv/bin/python -m hatch_intent check --root example_project
	.venv/bin/python -m build --no-isolation --outdir example_project/dist example_project

schemas: ## hatch_intent/schemas/settings.json, after a change of the settings
	$(PYTHON) tools/environments.py
	.venv/bin/python tools/schemas.py
