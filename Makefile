# `make demo` and `make test` do all set-up themselves; once it is done they start at once.
# PYTHON chooses the interpreter (3.11 or newer); pip's own settings (index, find-links) are honoured.

PYTHON ?= python3
VENV := .venv
READY := $(VENV)/ready
OUT ?= runs
# `make demo` fits into so many minutes, set-up apart: on a slow machine it leaves grids out, and says which.
MINUTES ?= 12

.PHONY: demo test test-all lint setup release-page

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "set-up: virtual environment in $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV)
	@echo "set-up: installing the tested versions, once: 1.7 GB on the disk with torch's CPU build. On Linux a plain" >&2
	@echo "set-up: index serves torch with CUDA, several GB more; README.md, Set-up, says how to get the CPU build" >&2
	@$(VENV)/bin/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)
	@echo "set-up: done" >&2

# The main job, short grids and Table 1 on text that the project generates itself, and the report of them. What only
# counts comes first, so that there is a page to read after a minute. Cells that are not done show in the report, which
# is built all the same; then the exit status is 1.
COUNTED := operations-self-attention,operations-restricted,operations-recurrent,operations-convolution*,sequential-*,path-*,footnote
demo: $(READY)
	@echo "demo: training, measuring and the report, on generated text, in about $(MINUTES) minutes" >&2
	@$(VENV)/bin/ablate run counting --out $(OUT) >/dev/null && \
		$(VENV)/bin/ablate run complexity --rows '$(COUNTED)' --out $(OUT) >/dev/null && \
		$(VENV)/bin/report build $(OUT) --out $(OUT)/report >/dev/null && \
		echo "demo: a first page is $(OUT)/report/index.html, of Table 1; load it again later" >&2
	@$(VENV)/bin/repro suite --scale demo --minutes $(MINUTES) --out $(OUT); status=$$?; \
		[ $$status -le 1 ] || exit $$status; \
		$(VENV)/bin/repro check --json $(OUT)/checks.json >/dev/null || status=1; \
		$(VENV)/bin/report build $(OUT) --out $(OUT)/report || exit $$?; \
		if [ -d $(OUT)/demo/main ]; then \
			echo "demo: its two models beside published runs with other seeds" >&2; \
			$(VENV)/bin/report compare $(OUT)/demo/main; \
		fi; exit $$status

# The default tests: a few minutes. Those that need real corpora run where REPRO_DATA names their folder.
test: $(READY)
	@echo "test: the default tests" >&2
	@$(VENV)/bin/python -m pytest --numprocesses auto --dist loadscope -m "not slow and not network and not gpu"

# All tests: kills, data-parallel runs, trainings that must learn, downloads.
test-all: $(READY)
	@echo "test-all: every test" >&2
	@$(VENV)/bin/python -m pytest

lint: $(READY)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy

# The report of all published records, as one HTML file that opens without anything installed. Once a release.
release-page: $(READY)
	@$(VENV)/bin/report build reports/published --out dist/report
	@cp dist/report/index.html "dist/report-$$($(VENV)/bin/report --version | cut -d' ' -f2).html"
	@ls dist/report-*.html
