"""Where the hub of classroom/hub.py listens, and for whom. A hub's settings load it last."""

import os

from lessons import REPOSITORY

c = get_config()  # noqa: F821  JupyterHub defines it

port, hub_port, proxy_port = os.environ["CLASS_PORTS"].split()
c.JupyterHub.bind_url = f"http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{hub_port}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.command = [str(REPOSITORY / "node_modules" / ".bin" / "configurable-http-proxy")]

c.Authenticator.allowed_users = set(os.environ["CLASS_READERS"].split())
c.Spawner.env_keep = ["CLASS_HUB", "LANG", "PATH", "TMPDIR"]
