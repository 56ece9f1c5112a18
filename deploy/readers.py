"""Who the readers are, and what holds for their servers however they are started. The files beside this one load it."""

c = get_config()  # noqa: F821  JupyterHub defines it

# The names that you give out. A reader's first login chooses the password.
c.Authenticator.allowed_users = {f"reader{number:02}" for number in range(1, 31)}
c.JupyterHub.authenticator_class = "firstuseauthenticator.FirstUseAuthenticator"
c.FirstUseAuthenticator.create_users = False
c.FirstUseAuthenticator.min_password_length = 12

# Only this machine reaches the hub. What speaks TLS to the readers is in front of it.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"

# Seconds: when all come at once, a server waits for the processors.
c.Spawner.start_timeout = 180
c.Spawner.http_timeout = 180

c.Spawner.default_url = "/lab/workspaces/01-echo"

# Seconds. A kernel ends when it was idle for an hour. One whose cell runs is not idle, and waiting in `accept` is
# running. A server ends when there has been no kernel and no terminal for a while.
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=3600",
    "--TerminalManager.cull_inactive_timeout=3600",
    "--ServerApp.shutdown_no_activity_timeout=1200",
]
