"""Settings of the JupyterLab that `make lab` starts."""

c = get_config()  # noqa: F821  Jupyter defines it

c.Application.log_level = "WARN"

# Reachable from this machine only. A system where everything runs as root, as in a container, is no obstacle.
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.allow_root = True
c.ServerApp.port_retries = 200

# Jupyter's default is longer than the interval between two pings, which Tornado shortens with a warning.
c.ServerApp.tornado_settings = {"ws_ping_timeout": 30_000}

# Nothing here needs the internet: no news, no look for updates or extensions.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"

# Otherwise it starts npm to search for language servers, at each start.
c.LanguageServerManager.autodetect = False
