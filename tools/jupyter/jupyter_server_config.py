"""Settings of every server of the lessons, whoever starts it: `make lab`, an image, or a hub."""

import logging
import os
import re
from pathlib import Path

c = get_config()  # noqa: F821  Jupyter defines it

HERE = Path(__file__).parent

c.Application.log_level = "WARN"

# Reachable from this machine only. A system where everything runs as root, as in a container, is no obstacle.
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.allow_root = True
c.ServerApp.port_retries = 200

# The page of a codespace has an address of which the server knows nothing; none but that one may speak to it.
if codespace := os.environ.get("CODESPACE_NAME"):
    domain = os.environ.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "app.github.dev")
    c.ServerApp.allow_origin_pat = rf"https://{re.escape(codespace)}-\d+\.{re.escape(domain)}$"

# Tornado takes Jupyter's milliseconds for seconds and warns that they do not fit; nothing follows from it.
logging.getLogger("tornado.general").addFilter(lambda record: "websocket_ping_timeout" not in record.getMessage())

# Nothing here needs the internet: no news, no look for updates or extensions.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"

# The folders as they are listed, also while a file in one comes or goes.
c.ServerApp.contents_manager_class = "contents.ContentsManager"

# The style sheet custom/custom.css. Jupyter offers no setting for the folder in which it looks for that.
c.LabApp.custom_css = True
c.ServerApp.tornado_settings = {"static_custom_path": [str(HERE / "custom")]}

# JupyterLab's own settings: overrides.json and page_config.json.
c.LabApp.app_settings_dir = str(HERE / "lab")

# The first page, where neither a command nor a hub names one: the pair of the echo.
c.LabApp.default_url = "/lab/workspaces/01-echo"

# Each kernel is in the network of its lesson, where the system allows one: see tools/network.py.
c.KernelProvisionerFactory.default_provisioner_name = "network"

# The kernel of a new notebook, and the first one that the launcher offers.
c.MultiKernelManager.default_kernel_name = "tslab"

# A kernel that nobody has used for so many seconds is ended, though its notebook is still open. One whose cell runs is
# in use, and to wait in `accept` is to run. `make lab` ends none; where many share a machine an hour is a good time.
idle_limit = int(os.environ.get("KERNEL_IDLE_LIMIT", "0"))
c.MappingKernelManager.cull_idle_timeout = idle_limit
c.MappingKernelManager.cull_interval = max(1, min(300, idle_limit // 4))
c.MappingKernelManager.cull_connected = True

# Otherwise it starts npm to search for language servers, at each start.
c.LanguageServerManager.autodetect = False

# The menu File, Save and Export Notebook As: the handouts under their names, and nothing that needs what is not here:
# LaTeX, Qt, Python's Playwright, or pandoc among the commands.
c.ServerApp.extra_services = ["handout.menu", "lesson_list"]
for exporter in ["PDF", "Latex", "RST", "ASCIIDoc", "WebPDF", "QtPDF", "QtPNG"]:
    c[f"{exporter}Exporter"].enabled = False
