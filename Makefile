# Every target sets up what it needs in .venv, from nothing. PYTHON chooses the interpreter.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check docs wheel clean

demo: .venv/cli.stamp  ## parse the sample callbacks, of which one is malformed
	@for sample in tests/samples/*.json; do \
		echo "── $$sample"; \
		$(BIN)/python -m bandwidth_events parse "$$sample" || test $$? -eq 1 || exit; \
	done

test: .venv/test.stamp  ## run the tests, and demand full branch coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: .venv/test.stamp .venv/lint.stamp  ## lint, and run the type checkers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	PATH="$(CURDIR)/$(BIN):$$PATH" pyright --verifytypes bandwidth_events --ignoreexternal
	$(BIN)/ty check
	$(BIN)/pyrefly check

docs: .venv/docs.stamp  ## build the documentation into docs/_build
	$(BIN)/sphinx-build --fail-on-warning --fresh-env docs docs/_build

wheel: .venv/build.stamp  ## build wheel and sdist, and test them as a user would install them
	rm -rf dist build/wheel
	$(BIN)/python -m build
	# Each holds what it should, and nothing else.
	test "$$($(BIN)/python -m zipfile --list dist/*.whl | sed -n 's/^\(bandwidth_events\/[^ ]*\).*/\1/p' | sort)" \
		= "$$(git ls-files bandwidth_events | sort)"
	test "$$(tar --list --file dist/*.tar.gz | sed 's/[^/]*\///; /^PKG-INFO$$/d' | sort)" \
		= "$$(git ls-files | grep --invert-match '^\.ci/' | sort)"
	# Alone in an empty environment, it works, and says what is missing for the rest.
	$(PYTHON) -m venv build/wheel
	build/wheel/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	build/wheel/bin/python -m pip install --quiet dist/*.whl
	test "$$(build/wheel/bin/python -m pip list --format freeze --exclude pip --exclude setuptools \
		| sed 's/==.*//' | sort | xargs)" \
		= "annotated-types bandwidth-events pydantic pydantic_core typing-inspection typing_extensions"
	cd build/wheel && bin/python -I -m bandwidth_events parse --json ../../tests/samples/inbound-sms.json
	cd build/wheel && bin/python -I -m bandwidth_events parse /dev/null; test $$? -eq 2
	# The tests pass against it, where no source is in reach.
	build/wheel/bin/python -m pip install --quiet --group test "$$(echo dist/*.whl)[cli]"
	cp -r tests docs pyproject.toml README.md CHANGELOG.md build/wheel
	cd build/wheel && bin/python -m pytest

clean:  ## remove everything that the other targets made
	rm -rf .venv build dist docs/_build .coverage* .hypothesis .*_cache

.venv/pip.stamp:
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'  # the first that knows --group
	touch $@

.venv/cli.stamp: .venv/pip.stamp pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[cli]'
	touch $@

.venv/%.stamp: .venv/cli.stamp
	$(BIN)/python -m pip install --quiet --group $*
	touch $@
