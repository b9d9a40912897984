# Everything runs in virtual environments of its own, with the versions of constraints.txt.
# `make help` lists what there is.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV := $(shell command -v uv)
MATRIX ?= 1.4 1.6 1.8 newest
WORKERS ?= 2

TEST := .venv
DEMO := .venv-demo
OUT := demo-output
SOURCES := converters runtime tests fixtures benchmarks

# What each environment holds; variables, because a comma would end an argument of a call.
FOR_DEMO := --constraint constraints.txt -e '.[sklearn,skops,jvm]'
# JPMML-Evaluator is AGPL-3.0: an oracle of the tests, never installed for users unless they ask for it.
FOR_ALL := -e '.[sklearn,skops,xgboost,lightgbm,jvm,jpmml]' --group test --group lint
FOR_MATRIX := -e '.[sklearn,skops]' --group test
FOR_BENCH := -e '.[sklearn,skops,jvm,jpmml]' --group bench 'scikit-learn==1.8.*'

# $(call environment,FOLDER,WHAT) makes a virtual environment and installs WHAT.
ifdef UV
environment = $(UV) venv --quiet --clear --python $(PYTHON) $(1) && \
	$(UV) pip install --quiet --python $(1)/bin/python $(2)
else
environment = $(PYTHON) -m venv --clear $(1) && \
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check $(addprefix --constraint ,$(wildcard constraints.txt)) 'pip>=25.1' && \
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check $(2)
endif

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench matrix constraints clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

demo: $(DEMO)/installed ## Convert two real pipelines to PMML and ONNX, score them on every engine, compare
	@mkdir -p $(OUT)
	@PATH="$(CURDIR)/$(DEMO)/bin:$$PATH" sh fixtures/demo.sh $(OUT)

test: $(TEST)/installed ## Lint, check types and run every test; what CI runs
	$(TEST)/bin/ruff check $(SOURCES)
	$(TEST)/bin/ruff format --check $(SOURCES)
	$(TEST)/bin/mypy
	$(TEST)/bin/pytest -n $(WORKERS) --dist loadfile

format: $(TEST)/installed ## Format the code and mend what the linter can mend
	$(TEST)/bin/ruff check --fix $(SOURCES)
	$(TEST)/bin/ruff format $(SOURCES)

bench: .venv-bench/installed ## Measure conversion, loading and scoring beside the peers; writes benchmarks/RESULTS.md, DOCUMENTS.md and VALIDATE.md
	.venv-bench/bin/python benchmarks/run.py
	.venv-bench/bin/python benchmarks/documents.py
	.venv-bench/bin/python benchmarks/validate.py

matrix: ## Run the readers' tests with scikit-learn 1.4, 1.6, 1.8 and the newest
	@for version in $(MATRIX); do $(MAKE) --no-print-directory .venv-sklearn-$$version || exit 1; done

.venv-sklearn-%: FORCE
	@echo "== scikit-learn $*"
	@$(call environment,$@,$(FOR_MATRIX) $(if $(filter newest,$*),,'scikit-learn==$*.*'))
	@# Old versions use what their newer dependencies deprecate: their warnings are not ours to mend.
	@$@/bin/pytest -W ignore::DeprecationWarning -W ignore::FutureWarning tests/readers tests/files \
		--ignore tests/readers/xgboost --ignore tests/readers/lightgbm

constraints: ## Write constraints.txt anew with today's newest versions
	$(call environment,.venv-constraints,$(FOR_ALL) hatchling pip)
	.venv-constraints/bin/python -m pip freeze --all --exclude-editable --exclude modelport --exclude setuptools | sort -f > constraints.txt
	rm -rf .venv-constraints

clean: ## Remove environments, caches and what the demo wrote
	rm -rf .venv .venv-* $(OUT) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(DEMO)/installed: pyproject.toml constraints.txt
	$(call environment,$(DEMO),$(FOR_DEMO))
	@touch $@

$(TEST)/installed: pyproject.toml constraints.txt
	$(call environment,$(TEST),--constraint constraints.txt $(FOR_ALL))
	@touch $@

# sklearn2pmml refuses the newest scikit-learn, so both sides are measured with an older one.
.venv-bench/installed: pyproject.toml
	$(call environment,.venv-bench,$(FOR_BENCH))
	@touch $@

FORCE:
