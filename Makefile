# One target per job; `make help` lists them.

PYTHON ?= python3
ASSIGNMENT ?= assignment2
BIN := .venv/bin
RUN := $(BIN)/python -m autograder
# Processes of the test suite.
JOBS ?= 2
# Folder of the grader's wheel.
WHEELS ?= dist
# The course's files, and possibly the name of its folder, are in UTF-8 whatever the locale.
export PYTHONUTF8 := 1
# cython-lint starts pycodestyle, and nbgrader starts alembic, by name.
export PATH := $(CURDIR)/$(BIN):$(PATH)

PIP := $(BIN)/python -m pip install --disable-pip-version-check
# Print the requirements of the kit itself ("kit"), of what builds it ("build"), or of an extra in pyproject.toml.
define REQUIREMENTS
$(BIN)/python -c "import sys, tomllib; p = tomllib.load(open('pyproject.toml', 'rb')); \
lists = p['project']['optional-dependencies'] | {'kit': p['project']['dependencies'], 'build': p['build-system']['requires']}; \
print(*sorted({name for key in sys.argv[1:] for name in lists[key]}), sep='\n')"
endef
# Install extras of the kit: $(1) their names, $(2) what they are. To install the kit again would compile its kernels again.
define EXTRAS
@echo "make setup: installing $(2)"
@$(REQUIREMENTS) $(1) | $(PIP) -r /dev/stdin
endef

# The sandbox's outer layer is a program of the system. Without it the inner layer works alone, and every report says so.
# Formgrader and feedback are tested in Chromium, with the MathJax that they load from elsewhere. Without Chromium these
# tests are skipped with a message.
SANDBOX_PACKAGES := bubblewrap libseccomp2
BROWSER_PACKAGES := chromium-headless-shell libjs-mathjax
# Install Debian packages if root: $(1) a program in them, $(2) the packages, $(3) the consequence without them,
# $(4) their purpose.
define INSTALL
if [ "$$(uname -s)" != Linux ] || command -v $(1) >/dev/null; then :; \
elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
  { apt-get update -q && apt-get install -q -y --no-install-recommends $(2); } >/dev/null || \
    echo "make setup: $(2) could not be installed; $(3)" >&2; \
else echo "make setup: for $(4), run once: sudo apt-get install $(2)" >&2; fi
endef

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow lint docs bench wheel release lite autograde gradescope formgrader doctor mutants similarity feedback report export pictures data tidy translations clean

help:  ## list these commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.installed  ## create .venv and install what grading needs, compiled where there is a compiler

# The compiler works while pip fetches and unpacks the libraries: each of the two takes half a minute or more.
.venv/.installed: pyproject.toml autograder/gradebook/formgrader_sanitizer.json cs231n/_fast.pyx $(wildcard cs231n/kernels/*)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "make setup: expected Python 3.11 or newer: name one with 'make setup PYTHON=python3.x'" >&2; exit 2; }
	@test -x $(BIN)/pip || { echo "make setup: creating the virtual environment .venv, about 5 seconds"; \
	  $(PYTHON) -m venv .venv; } || \
	  { rm -rf .venv; \
	    why='see the line above'; $(PYTHON) -c 'import ensurepip' 2>/dev/null || why='on Debian: apt-get install python3-venv'; \
	    echo "make setup: Python cannot create a virtual environment: $$why" >&2; exit 2; }
	@echo "make setup: installing Cython, setuptools and a newer pip, about 10 seconds"
	@{ $(REQUIREMENTS) build; echo pip; } | $(PIP) -q --upgrade -r /dev/stdin
	@echo "make setup: compiling the fast layers and installing the libraries, about a minute"
	@# compat: a course's folder autograder/, which holds its assignments, must not hide the package. The warning that is
	@# ignored says that setuptools may change how pyproject.toml declares an extension.
	@PYTHONWARNINGS=ignore $(PIP) -q --no-deps --no-build-isolation --config-settings=editable_mode=compat -e . & kit=$$!; \
	  trap 'kill $$kit 2>/dev/null' EXIT; \
	  $(REQUIREMENTS) kit grader | $(PIP) -r /dev/stdin && wait $$kit
	@$(call INSTALL,bwrap,$(SANDBOX_PACKAGES),grading then uses the inner layer alone,grading)
	@mkdir -p .venv/etc/jupyter/jupyter_server_config.d
	@cp autograder/gradebook/formgrader_sanitizer.json .venv/etc/jupyter/jupyter_server_config.d/
	@$(BIN)/python -c 'from cs231n import fast_layers; print("fast layers:", *fast_layers.backend(), sep=" ")'
	@touch $@

.venv/.dev: .venv/.installed
	$(call EXTRAS,dev docs packaging,the developers' packages; about a minute)
	@$(call INSTALL,chromium-headless-shell,$(BROWSER_PACKAGES),the tests in a browser are skipped,the tests in a browser)
	@touch $@

.venv/.lite: .venv/.installed
	$(call EXTRAS,lite,JupyterLite and a compiler of 400 MB for WebAssembly; about a minute)
	@touch $@

.venv/.similarity: .venv/.installed
	$(call EXTRAS,similarity,copydetect; a few seconds)
	@touch $@

demo: setup  ## run the whole pipeline on a sample class: release, scores, gradebook, feedback, report
	@$(RUN) release $(ASSIGNMENT)
	@$(RUN) sample-class --assignment $(ASSIGNMENT)
	@$(RUN) grade $(ASSIGNMENT) || test $$? -eq 1  # 1: a submission needs attention, as it should here
	@$(RUN) report $(ASSIGNMENT)

test: .venv/.dev .venv/.lite lint  ## run the linters and all tests except the slow ones, as CI does
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -m 'not slow'

test-slow: .venv/.dev .venv/.lite  ## run the longest tests
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -m slow

bench: .venv/.dev .venv/.lite  ## measure, and write docs/benchmarks.md
	$(BIN)/python -m benchmarks

lint: .venv/.dev  ## run ruff, cython-lint and mypy
	$(BIN)/ruff check .
	$(BIN)/cython-lint cs231n
	$(BIN)/mypy

wheel: setup  ## build the grader's wheel for other courses, in dist/ or WHEELS (docs/own_course.md)
	@stage=$$(mktemp -d) && trap 'rm -rf "$$stage"' EXIT && mkdir -p $(WHEELS) && \
	  cp -R autograder student_tools LICENSE "$$stage" && rm -rf "$$stage/autograder/assignments" && \
	  cp autograder/grader_pyproject.toml "$$stage/pyproject.toml" && \
	  $(BIN)/python -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w $(WHEELS) "$$stage"
	@ls $(WHEELS)/assignment_kit_grader-*.whl

release: setup  ## make the student version of ASSIGNMENT and prove that nothing leaks; LANG_CODE=zh for Chinese
	@$(RUN) release $(ASSIGNMENT) $(if $(LANG_CODE),--language $(LANG_CODE))

lite: .venv/.lite  ## make dist/<ASSIGNMENT>-lite/, a site that runs the notebooks in a browser; PYODIDE=DIR for one without a CDN
	@$(RUN) lite $(ASSIGNMENT) $(if $(LANG_CODE),--language $(LANG_CODE)) $(if $(PYODIDE),--pyodide "$(PYODIDE)")

autograde: setup  ## score submitted/<student>/<ASSIGNMENT>/ into gradebook.db and feedback/
	@$(RUN) grade $(ASSIGNMENT)

gradescope: setup  ## make dist/<ASSIGNMENT>-gradescope.zip, to upload to Gradescope
	@$(RUN) gradescope $(ASSIGNMENT)

formgrader: setup  ## open formgrader in a browser: read answers, give points, write comments
	@$(BIN)/python -m autograder.gradebook.formgrader_server --ServerApp.default_url=/formgrader/gradebook/$(ASSIGNMENT)

doctor: setup  ## examine this machine, and prove that the sandbox for students' code works
	@$(RUN) doctor

mutants: setup  ## prove the hidden tests with mutants and correct variants, and write docs/mutants.md
	@$(RUN) mutants $(ASSIGNMENT) --page docs/mutants.md

similarity: .venv/.similarity  ## list submissions that share rare code, for manual review
	@$(RUN) similarity $(ASSIGNMENT)

feedback: setup  ## write all feedback pages of ASSIGNMENT again (autograde writes those that changed)
	@$(RUN) feedback $(ASSIGNMENT)

report: setup  ## write the class report, reports/ASSIGNMENT/index.html
	@$(RUN) report $(ASSIGNMENT)

export: setup  ## write the marks of ASSIGNMENT to grades.csv
	@$(RUN) export $(ASSIGNMENT)

docs: .venv/.dev  ## build the documentation site in dist/docs/; a broken link is an error
	$(BIN)/python docs/reference_pages.py
	$(BIN)/python docs/build_site.py

pictures: .venv/.dev  ## take the pictures of the documentation, and record `make demo`
	$(BIN)/python tests/pictures.py
	$(BIN)/python tests/recording.py

data: setup  ## download CIFAR-10 into data/
	@$(BIN)/python -m cs231n.datasets cifar10

tidy: setup  ## put the source notebooks into canonical form, and list new texts for translators
	@$(RUN) tidy $(ASSIGNMENT)

translations: setup  ## update and compile the catalogues of messages for students; LANG_CODE=fr starts new ones
	@$(RUN) translations $(ASSIGNMENT) $(if $(LANG_CODE),--language $(LANG_CODE))

clean:  ## remove generated files, except the virtual environment, data, submissions and gradebook
	rm -rf grades.csv grades.json grades-*.csv build dist autograded feedback results reports .cache .pytest_cache .ruff_cache *.egg-info
	find cs231n student_tools autograder tests -name __pycache__ -prune -exec rm -rf {} +
