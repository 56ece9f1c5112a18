"""The settings in deploy/ are some that JupyterHub takes as they are."""

import subprocess
import sys
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest
from dockerspawner import DockerSpawner
from firstuseauthenticator import FirstUseAuthenticator
from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator
from jupyterhub.spawner import Spawner
from lessons import REPOSITORY
from traitlets.config.loader import PyFileConfigLoader

CLASSES = [JupyterHub, Authenticator, FirstUseAuthenticator, Spawner, DockerSpawner]
FILES = [("jupyterhub_config.py", "docker"), ("without_containers.py", "localprocess")]


@pytest.mark.parametrize(("file", "starts_by"), FILES)
def test_the_hub_takes_them(tmp_path: Path, file: str, starts_by: str) -> None:
    command = [sys.executable, "-m", "jupyterhub", f"--config={REPOSITORY / 'deploy' / file}", "--show-config"]
    shown = subprocess.run(command, cwd=tmp_path, stdout=PIPE, stderr=STDOUT, text=True)
    assert shown.returncode == 0, shown.stdout
    assert f".spawner_class = '{starts_by}'" in shown.stdout
    assert "'reader30'" in shown.stdout  # of the file that both load


@pytest.mark.parametrize("file", [file for file, _ in FILES])
def test_none_is_misspelt(file: str) -> None:
    """Of a name that it does not know, a hub only says so."""
    settings = PyFileConfigLoader(file, str(REPOSITORY / "deploy")).load_config()
    known = {each.__name__: set(each.class_trait_names(config=True)) for each in CLASSES}
    for name, section in settings.items():
        assert set(section) <= known[name]
