# Everything that is installed goes into this folder: .venv, node_modules and .build.

python = .venv/bin/python

# Jupyter reads its settings from tools/jupyter and writes only below .venv, whatever else is installed for this user.
export JUPYTER_CONFIG_PATH := $(CURDIR)/tools/jupyter
export JUPYTER_CONFIG_DIR := $(CURDIR)/.venv/etc/jupyter
export JUPYTER_DATA_DIR := $(CURDIR)/.venv/share/jupyter
export JUPYTER_RUNTIME_DIR := $(CURDIR)/.venv/share/jupyter/runtime
export JUPYTERLAB_SETTINGS_DIR := $(CURDIR)/.venv/etc/jupyter/lab/user-settings
export JUPYTERLAB_WORKSPACES_DIR := $(CURDIR)/.venv/etc/jupyter/lab/workspaces
export IPYTHONDIR := $(CURDIR)/.venv/etc/ipython
unexport JUPYTER_PATH JUPYTERLAB_DIR PYTHONPATH PYTHONHOME

.PHONY: setup lab

setup:
	@sh tools/setup.sh

lab: setup
	@exec $(python) tools/lab.py $(if $(PAIR),--pair "$(PAIR)")
