# Everything that is installed or built goes into this folder: .venv, node_modules, .build and handouts.

python = .venv/bin/python
ts-node = node --require ts-node/register/transpile-only
lesson = $(if $(PAIR),--pair "$$PAIR")
stored = $(if $(filter 0,$(RUN)),--stored)

# As it was typed, in capitals or not: neither make nor a shell looks into it.
override PAIR := $(or $(value PAIR),$(value pair))
export PAIR

# Jupyter reads its settings from tools/jupyter and writes only below .venv, whatever else is installed for this user.
export JUPYTER_CONFIG_PATH := $(CURDIR)/tools/jupyter
export JUPYTER_CONFIG_DIR := $(CURDIR)/.venv/etc/jupyter
export JUPYTER_DATA_DIR := $(CURDIR)/.venv/share/jupyter
export JUPYTER_RUNTIME_DIR := $(CURDIR)/.venv/share/jupyter/runtime
export JUPYTERLAB_SETTINGS_DIR := $(CURDIR)/.venv/etc/jupyter/lab/user-settings
export JUPYTERLAB_WORKSPACES_DIR := $(CURDIR)/.venv/etc/jupyter/lab/workspaces
export IPYTHONDIR := $(CURDIR)/.venv/etc/ipython
unexport JUPYTER_PATH JUPYTERLAB_DIR PYTHONPATH PYTHONHOME

# What the reader calls needs nothing that only tests do.
reader = lab console run fresh handouts
$(reader): FOR = readers

.PHONY: help setup lab console doctor run fresh handouts check test reference bench matrix soak class fuzz clean

help:
	@echo 'make lab        open the lesson that you had last in JupyterLab, or the first one; with PAIR=01-echo that one'
	@echo 'make console    open the same kernel in this terminal'
	@echo 'make run        execute every notebook without a browser and store what it prints'
	@echo 'make fresh      set a lesson back to its original, without outputs; what you wrote is kept (PAIR=01-echo)'
	@echo 'make handouts   turn every lesson into pages of HTML and PDF, from a fresh run; RUN=0 takes the stored outputs'
	@echo 'make doctor     show what this machine has, and who holds the ports of the lessons'
	@echo 'make test       check the code, then run every test'
	@echo 'make check      types, lint and format only'
	@echo 'make reference  write docs/reference from the comments in helpers/'
	@echo 'make bench      time the sockets and the kernel against others (BENCH=roundtrip: a part)'
	@echo 'make matrix     run the tests of sockets and kernel on Node.js 20, 22, 24 and 26'
	@echo 'make soak       run every lesson ten times, stop at the first failure (TIMES=3: three times; CROWD=12: a pair'
	@echo '                twelve times at once, on one processor)'
	@echo 'make class      have readers come to a hub on this machine, and run a lesson: what that takes (READERS=16; WITHIN=120:'
	@echo '                one after another within so many seconds)'
	@echo 'make fuzz       try random calls on the sockets, beside Python and with values that no type lets through (SEED=7)'
	@echo 'make setup      install what the others need; each of them begins with it (FOR=readers: nothing that only'
	@echo '                tests need, which is enough for lab, console, run, fresh and handouts)'
	@echo 'make clean      remove what was installed and built'
	@echo
	@echo 'PAIR=NN-topic narrows lab, console, run, fresh, soak and handouts to one lesson, as in: make lab PAIR=01-echo'
	@echo 'A part of its name that no other one has is enough: PAIR=01, PAIR=choosing'
	@echo 'NETWORK=host has lab, run, console, soak and handouts use the network of this machine'

setup:
	@sh tools/setup.sh $(FOR)

lab: setup
	@exec $(python) tools/lab.py $(lesson)

console: setup
	@exec $(python) tools/console.py $(lesson)

doctor:
	@sh tools/doctor.sh

run: setup
	@exec $(python) tools/run.py $(lesson)

fresh: setup
	@exec $(python) tools/fresh.py $(lesson)

handouts: setup
	@exec $(python) tools/handouts.py $(lesson) $(stored)

check: setup
	node node_modules/@biomejs/biome/bin/biome check
	node node_modules/typescript/bin/tsc --noEmit
	node node_modules/typescript/bin/tsc --noEmit --project extension
	$(python) -m ruff check
	$(python) -m ruff format --check

test: check
	@exec $(ts-node) tools/test.ts

reference: setup
	@$(ts-node) tools/reference.ts

bench: setup
	@$(ts-node) bench/main.ts $(BENCH)

matrix: setup
	@sh tools/matrix.sh

ifdef CROWD
soak: setup
	@exec sh tools/crowd.sh "$(CROWD)" "$$PAIR"
else
soak: setup
	@$(python) tools/run.py --soak "$(or $(TIMES),10)" $(lesson)
	@$(ts-node) --test --test-reporter=spec tests/soak/lessons.test.ts
endif

class: setup
	@exec $(python) tools/network.py $(python) -m classroom --readers "$(or $(READERS),3)" --within "$(or $(WITHIN),0)"

fuzz: setup
	@SEQUENCES="$(or $(SEQUENCES),20000)" CALLS="$(or $(CALLS),100000)" \
		$(ts-node) --test --test-reporter=spec tests/fuzz/fuzz.test.ts

clean:
	rm -rf .venv node_modules .build handouts
	find . -name __pycache__ -prune -exec rm -rf {} +
	find . -name .ipynb_checkpoints -prune -exec rm -rf {} +
