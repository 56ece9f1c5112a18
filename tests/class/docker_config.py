"""The hub of deploy/jupyterhub_config.py, on loopback."""

from lessons import REPOSITORY

load_subconfig(str(REPOSITORY / "deploy" / "jupyterhub_config.py"))  # noqa: F821  JupyterHub defines it
load_subconfig(str(REPOSITORY / "tools" / "classroom" / "on_loopback.py"))  # noqa: F821
