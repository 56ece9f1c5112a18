# Everything that is installed goes into this folder: .venv, node_modules and .build.
# setup.sh decides by content, not by time, what is still to be done.

.PHONY: setup

setup:
	@sh tools/setup.sh
