# make run opens the app, make install puts m1tui on PATH, make test checks everything. Each makes
# .venv itself, with the network; once it is complete, none needs the network again.

# The first Python that is new enough, the system's own before any other: one that was built by hand
# is often a fifth slower. Debian's makes no venv without its package python3-venv.
PYTHON ?= $(shell new='import sys; sys.exit(sys.version_info < (3, 11))'; \
	/usr/bin/python3 -c "import ensurepip; $$new" 2>/dev/null && echo /usr/bin/python3 && exit; \
	for python in python3 python3.12 python3.11 python3.13 python3.14 python; do \
	$$python -c "$$new" 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# $(call need,PROGRAM,PACKAGES): has Debian's root install what is missing, tells everybody else.
need = @command -v $(1) >/dev/null || { \
	if [ "$$(id -u)" = 0 ] && grep -qx 'ID=debian' /etc/os-release; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -qq --yes --no-install-recommends $(2) >/dev/null; \
	else echo '$(1) is missing. On Debian: sudo apt-get install $(2)' >&2; exit 2; fi; }

.PHONY: rehearse-mutants run install uninstall test bench campaign rehearse manners mutants sentences docs site fuzz alsa-vm jack pi wheel screenshots clean

# What is compiled is kept, tests as well, whatever the caller says: unchanged files are read once.
unexport PYTHONDONTWRITEBYTECODE

# Options for the app, for example: make run ARGS='--port virtual:low-battery'
ARGS ?=

run: $(VENV)/run.stamp
	@$(BIN)/python -m m1tui $(ARGS)

# One user's PATH, with man page, completion and desktop entry. Another place, for example:
# make install PREFIX=/opt/m1tui
install: $(VENV)/run.stamp
	@$(BIN)/python -m tools.install $(if $(PREFIX),--prefix '$(PREFIX)')

uninstall: $(VENV)/run.stamp
	@$(BIN)/python -m tools.install --remove $(if $(PREFIX),--prefix '$(PREFIX)')

test: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto --dist worksteal

bench: $(VENV)/dev.stamp
	$(BIN)/python -m tests.benchmarks

# Ten minutes, or FUZZ_SECONDS; what it finds lies in .fuzz/findings.
fuzz: $(VENV)/dev.stamp
	$(PIP) install --editable '.[fuzz]'
	$(BIN)/python -m tests.fuzz

# Seeded faults against backups and restores, for example: make campaign SEEDS=0:2000
SEEDS ?= 0:10000

campaign: $(VENV)/dev.stamp
	$(BIN)/python -m tests.campaign --seeds $(SEEDS)

# Seeded clumsy technicians in all procedures, for example: make rehearse SEEDS=0:500
rehearse: SEEDS = 0:2000
rehearse: $(VENV)/dev.stamp
	$(BIN)/python -m tests.rehearse --seeds $(SEEDS)

# The program broken in many ways: which seed of the clumsy technicians gives each away?
rehearse-mutants: $(VENV)/dev.stamp
	$(BIN)/python -m tests.rehearsing.mutants

# Restores, procedures and clumsy technicians on M1s of every manner, for example:
# make manners ARGS='--each 4 --mixtures 0:50'
manners: $(VENV)/dev.stamp
	$(BIN)/python -m tests.manners $(ARGS)

# The engine broken in many ways, one after the other: does the campaign's judge see each?
mutants: $(VENV)/dev.stamp
	$(BIN)/python -m tests.mutants $(ARGS)

# Every sentence that a person can meet, with its place.
sentences: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.sentences

# docs/troubleshooting.md and docs/hardware.md, from the source.
docs: $(VENV)/dev.stamp
	$(BIN)/python -m tests.troubleshooting
	$(BIN)/python -m tests.hardware

# The pages of docs/ as a website, in build/site.
site: docs
	$(PIP) install --editable '.[docs]'
	$(BIN)/python -m tools.site

# Debian's kernel with a fake USB-MIDI interface, in some six minutes. Another kernel, for example:
# make alsa-vm ARGS='--kernel linux-image-6.1.0-50-amd64=6.1.176-1'
alsa-vm: $(VENV)/dev.stamp
	$(call need,qemu-system-x86_64,qemu-system-x86)
	$(BIN)/python -m tests.alsa_vm $(ARGS)

# A JACK server of its own, and all data over it.
jack: $(VENV)/dev.stamp
	$(call need,jackd,jackd2)
	M1TUI_LONG=1 $(BIN)/python -m pytest tests/jack

# Whether an install on 64-bit ARM Linux needs no compiler.
pi: $(VENV)/dev.stamp
	$(BIN)/python -m tests.pi

wheel: $(VENV)/dev.stamp
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

screenshots: $(VENV)/dev.stamp
	$(BIN)/python -m tests.app.screenshots

clean:
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .fuzz
	find m1tui tests -name __pycache__ -type d -prune -exec rm -rf {} +

# What pip last installed from. While it is the same, there is nothing to install, whatever its time.
SAME = cmp -s pyproject.toml $(VENV)/$(1).toml

$(VENV)/run.stamp: pyproject.toml
	@test -n '$(PYTHON)' || { \
		echo 'm1tui needs Python 3.11 or newer, and none was found on PATH.' >&2; \
		echo 'Install one, or name it: make PYTHON=/path/to/python3.12' >&2; exit 1; }
	@$(call SAME,run) || { \
		$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv $(VENV) || { \
			echo 'On Debian, Ubuntu and Raspberry Pi OS: sudo apt install python3-venv' >&2; exit 1; }; \
		{ $(BIN)/python -m tools.complete || $(PIP) install --editable .; } && \
		: As pip does with what it copies: the first start is then as quick as every other. && \
		$(BIN)/python -m compileall -q m1tui && cp pyproject.toml $(VENV)/run.toml; }
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	@$(call SAME,dev) || { \
		$(PIP) install --editable '.[dev]' && cp pyproject.toml $(VENV)/dev.toml; }
	@touch $@
