# make install | demo | test | clean.  Everything goes into .venv/; nothing else on the machine is touched.
# TORCH_INDEX_URL=<url>  take torch from another package index, for instance the PyTorch project's CPU one.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: install demo test clean

PYTHON ?= python3
TORCH ?= torch==2.13.0
TORCH_INDEX_URL ?=

BIN := .venv/bin
STAMP := .venv/.omd3d-installed
NEEDS := pyproject.toml setup.py package.xml CMakeLists.txt \
	$(wildcard cmake/*.cmake cmake/*/* cmake/*/msg/* action/* msg/* srv/* scripts/* launch/* config/*)

install: $(STAMP)
	@echo "omd3d is installed: $(BIN)/omd3d --help"

demo: $(STAMP)
	@$(BIN)/omd3d demo
	@echo "demo done: the pictures are in omd3d_demo/"

test: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -m "not slow"
	@echo "all checks passed"

clean:
	@rm -rf .venv build install log omd3d_demo .mypy_cache .pytest_cache .ruff_cache ./*.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "clean: .venv, build products and caches are gone"

$(STAMP): $(NEEDS)
	@PYTHON=$(PYTHON) scripts/check_system
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=23.2" "setuptools>=77,<90" wheel
	@if [ -z "$(TORCH_INDEX_URL)" ] && ! command -v nvidia-smi >/dev/null; then \
	  echo "no NVIDIA GPU found: if pip now downloads CUDA libraries, set TORCH_INDEX_URL to a CPU index (README)"; fi
	@$(BIN)/python -m pip install $(if $(TORCH_INDEX_URL),--index-url "$(TORCH_INDEX_URL)") "$(TORCH)"
	@$(BIN)/python scripts/build_requires | xargs -d '\n' $(BIN)/python -m pip install --quiet
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-build-isolation -e ".[test]"
	@touch $@
