"""The hub of `make class`, and of the tests: as deploy/without_containers.py has it, for readers without accounts."""

import os
from pathlib import Path

from lessons import REPOSITORY

c = get_config()  # noqa: F821  JupyterHub defines it
load_subconfig(str(REPOSITORY / "deploy" / "without_containers.py"))  # noqa: F821

# As with containers: the password is the one that was chosen at the first login.
c.JupyterHub.authenticator_class = "firstuseauthenticator.FirstUseAuthenticator"
c.JupyterHub.spawner_class = "simple"
homes = Path.cwd().parent / "homes"
c.SimpleLocalProcessSpawner.home_dir_template = str(homes / "{username}")

first_user = int(os.environ["CLASS_FIRST_USER"])
readers = os.environ["CLASS_READERS"].split()


def as_user_of_the_system(spawner) -> None:
    """Has the server run under a number of its own, where the hub may give out such."""
    home = Path(spawner.home_dir)
    homes.mkdir(mode=0o711, exist_ok=True)
    home.mkdir(mode=0o700, exist_ok=True)
    if first_user:
        number = first_user + readers.index(spawner.user.name)
        os.chown(home, number, number)
        become = ["setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups", "--"]
        spawner.cmd = [*become, *c.Spawner.cmd]


c.Spawner.pre_spawn_hook = as_user_of_the_system

load_subconfig(str(Path(__file__).with_name("on_loopback.py")))  # noqa: F821
