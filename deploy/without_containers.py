"""A class on one machine without containers: each reader's server runs under the reader's own account, and the kernels
are in networks of the reader's own. The second choice: memory and the folder for temporary files belong to all.
"""

from pathlib import Path

c = get_config()  # noqa: F821  JupyterHub defines it
load_subconfig(str(Path(__file__).with_name("readers.py")))  # noqa: F821

# Names and passwords are those of the machine's accounts.
c.JupyterHub.authenticator_class = "pam"

c.JupyterHub.spawner_class = "localprocess"
c.Spawner.cmd = [str(Path(__file__).parents[1] / "binder" / "start"), "jupyterhub-singleuser"]
c.Spawner.notebook_dir = "~/sockets"
