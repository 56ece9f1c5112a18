"""A class on one machine with Docker: a container for each reader, who has its ports, files and processes alone."""

from pathlib import Path

c = get_config()  # noqa: F821  JupyterHub defines it
load_subconfig(str(Path(__file__).with_name("readers.py")))  # noqa: F821

# Nothing in this network reaches the outside, or another container: docker network create --internal
# --subnet 10.89.0.0/24 --gateway 10.89.0.1 --opt com.docker.network.bridge.enable_icc=false class
c.DockerSpawner.network_name = "class"
c.DockerSpawner.use_internal_ip = True
c.JupyterHub.hub_ip = "10.89.0.1"

c.JupyterHub.spawner_class = "docker"
c.DockerSpawner.image = "sockets"
c.DockerSpawner.pull_policy = "never"
c.DockerSpawner.cmd = ["jupyterhub-singleuser"]
c.DockerSpawner.remove = True

# What a reader writes is kept in a volume.
c.DockerSpawner.volumes = {"sockets-{username}": "/home/jovyan"}
c.DockerSpawner.notebook_dir = "/home/jovyan/sockets"

c.DockerSpawner.mem_limit = "1.5G"
c.DockerSpawner.cpu_limit = 2
c.DockerSpawner.extra_host_config = {
    "pids_limit": 512,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
}
