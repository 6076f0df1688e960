# The two commands of this project: make paper, make test. `make help` lists the others.

PYTHON ?= python3
CORES ?= all
SCALE ?= $(shell sed -n 's/^scale: *\([^ #]*\).*/\1/p' config.yaml)
VENV := .venv
BIN := $(VENV)/bin
# The commands beside it name their Python in a way that some folders' names break.
RUN := $(BIN)/python -m

.DEFAULT_GOAL := help
.PHONY: help setup folder latex paper report verify reference bench test slurm stress lint lock

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18

setup: latex $(VENV)/installed ## Install all that is needed: .venv, and LaTeX where it is missing

# As rethinking.commands.account has it, before anything is installed.
folder:
	@case "$$(pwd -P)" in *[{}:]*) \
		echo "error: $$(pwd -P): Snakemake misreads { } : in the path of a project;" \
			"rename or move the folder"; exit 1;; esac

$(VENV)/installed: requirements.lock pyproject.toml | folder
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: $(PYTHON) is older than 3.11; make PYTHON=python3.12 names another"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
		|| { echo "error: $(PYTHON) cannot make environments; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Installing into $(VENV) (6 GB once installed; a few minutes)"
	$(PYTHON) -m venv $(VENV)
	$(RUN) pip install --quiet --require-hashes -r requirements.lock
	$(RUN) pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

latex: | folder
	@sh envs/latex.sh

paper: setup ## Build results/demo/paper.pdf, or go on with it (another scale: make paper SCALE=smoke)
	$(RUN) rethinking run --cores $(CORES) --config scale=$(SCALE)

report: paper ## Results as one HTML page, results/report-demo.html
	$(RUN) snakemake --report results/report-$(SCALE).html --config scale=$(SCALE)

verify: $(VENV)/installed ## Compare results with the published ones, results/reference/
	$(RUN) rethinking verify $(SCALE)

# What README.md shows.
PICTURES := figures/learning_curves.png figures/decision_planes.png figures/two_stage.png

reference: $(VENV)/installed ## Publish the results at hand: copy their summaries to results/reference/
	@test -f results/$(SCALE)/paper.pdf \
		|| { echo "error: results/$(SCALE)/paper.pdf is not built; build it first"; exit 1; }
	cd results/$(SCALE) && for name in tables/*/summary* claims.json $(PICTURES); do \
		install -D -m 644 $$name ../reference/$(SCALE)/$$name; done
	$(RUN) rethinking forecast --config scale=$(SCALE) \
		$(if $(CONFIGFILES),--configfile $(CONFIGFILES)) \
		--write-times results/reference/$(SCALE)/times.csv

bench: $(VENV)/installed ## Training beside a plain PyTorch loop; on a GPU: make bench DEVICE=cuda
	$(RUN) benchmarks.bench --device $(or $(DEVICE),cpu) --output results/reference/bench

lint: $(VENV)/installed ## Check format, types, the order of the stages, and the workflow
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(RUN) snakefmt --check Snakefile workflow
	$(RUN) mypy
	$(BIN)/lint-imports --no-cache
	$(RUN) snakemake --lint

test: setup lint ## Check everything and run all tests
	$(RUN) pytest --numprocesses auto --maxschedchunk 1
	@echo "Skipped: tests on a Slurm cluster (make slurm), and hours of kills and damage (make stress)"

slurm: setup ## Run the workflow on a private Slurm cluster, and break that (as root, with Slurm installed)
	$(RUN) pytest -m slurm -s

stress: setup ## Kill and damage runs for long, or for a while: make stress SECONDS=300
	$(if $(SECONDS),STRESS_SECONDS=$(SECONDS)) $(RUN) pytest -m stress -s

lock: ## Choose new versions for requirements.lock, with uv (the only target that needs it)
	uv pip compile pyproject.toml --extra workflow --extra test --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate \
		--custom-compile-command "make lock" --upgrade --output-file requirements.lock
