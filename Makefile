# make demo         install into .venv, train a small SEGAN, enhance a recording it has not seen, print the scores
# make test         install with the development extra, then lint, type check, import contracts and tests
# make notebooks    run those in docs/notebooks from top to bottom
# make browser      try the demo's page in the machine's own Chromium; skipped, saying so, where there is none
# make docs         build the documentation into build/site; a broken link is an error
# make wheel-check  build the wheel and try it in an environment that holds nothing but what it declares
# VENV and PYTHON choose the environment and the Python that makes it.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

.PHONY: demo test lint pytest notebooks browser docs wheel-check clean

demo: $(VENV)/.installed
	$(BIN)/python eval/demo.py

test: lint pytest

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pytest: $(VENV)/.installed-dev
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --ignore tests/docs/test_notebooks.py --ignore tests/browser

notebooks: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests/docs/test_notebooks.py

browser: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests/browser -rs

# The extra "docs" is among what developers install.
docs: $(VENV)/.installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

wheel-check: $(VENV)/.installed-dev
	$(BIN)/python .ci/wheel_check.py

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# The stamps make a second `make` skip the installation until pyproject.toml changes.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --editable .
	touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --editable '.[dev]'
	touch $@ $(VENV)/.installed
