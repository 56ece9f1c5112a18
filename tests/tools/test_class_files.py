"""The files by which others build and start the lessons: Binder, dev containers, VS Code."""

import json
import re
import subprocess
import sys
from pathlib import Path

import json5
import pytest
from jsonschema import Draft201909Validator
from lessons import find_lessons
from terminal import REPOSITORY
from traitlets.config import PyFileConfigLoader

DOCKERFILE = REPOSITORY / "binder" / "Dockerfile"
DEVCONTAINER = REPOSITORY / ".devcontainer" / "devcontainer.json"
SCHEMA = Draft201909Validator(json.loads(Path(__file__).with_name("devcontainer.schema.json").read_text()))


def test_binder_builds_the_image_from_our_dockerfile() -> None:
    """jupyter-repo2docker says what it would build. Without that folder it would take requirements.txt."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(REPOSITORY)]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert DOCKERFILE.read_text() in said.stderr + said.stdout


def test_the_badge_and_the_docs_open_a_lesson_that_there_is() -> None:
    for name in ["README.md", "docs/class.md"]:
        lessons = re.findall(r"lab/workspaces/([\w-]+)", (REPOSITORY / name).read_text())
        assert lessons
        assert set(lessons) <= set(find_lessons())


def test_the_dev_container_has_the_form_of_its_schema() -> None:
    found = json5.loads(DEVCONTAINER.read_text())
    assert [error.message for error in SCHEMA.iter_errors(found)] == []


@pytest.mark.parametrize("change", [{"forwardPorts": "8888"}, {"onCreateCommands": "make setup"}, {"image": "debian"}])
def test_the_schema_refuses_what_is_wrong(change: dict) -> None:
    assert not SCHEMA.is_valid({**json5.loads(DEVCONTAINER.read_text()), **change})


def test_the_dev_container_builds_a_stage_that_there_is_and_calls_what_make_has() -> None:
    found = json5.loads(DEVCONTAINER.read_text())
    folder = DEVCONTAINER.parent
    assert (folder / found["build"]["dockerfile"]).resolve() == DOCKERFILE
    assert (folder / found["build"]["context"]).resolve() == REPOSITORY
    assert f"AS {found['build']['target']}\n" in DOCKERFILE.read_text()
    assert f"NB_USER={found['remoteUser']}\n" in DOCKERFILE.read_text()
    targets = re.findall(r"^(\w+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    for name in ["onCreateCommand", "postStartCommand"]:
        assert set(re.findall(r"make (\w+)", found[name])) <= set(targets)


def origins(monkeypatch: pytest.MonkeyPatch, codespace: str | None) -> str:
    """The pattern of the pages, beside the server's own, that may speak to it."""
    monkeypatch.delenv("CODESPACE_NAME", raising=False)
    if codespace:
        monkeypatch.setenv("CODESPACE_NAME", codespace)
    config = PyFileConfigLoader("jupyter_server_config.py", str(REPOSITORY / "tools" / "jupyter")).load_config()
    return config.ServerApp.get("allow_origin_pat", "")


def test_in_a_codespace_its_own_page_may_speak_to_the_server_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = origins(monkeypatch, "quiet-tea-9x.y")
    assert re.match(pattern, "https://quiet-tea-9x.y-8888.app.github.dev")
    for other in ["https://quiet-tea-9xzy-8888.app.github.dev", "https://quiet-tea-9x.y-8888.app.github.dev.example"]:
        assert not re.match(pattern, other)
    assert origins(monkeypatch, None) == ""


def test_vs_code_is_told_of_the_environment_in_which_the_kernel_is() -> None:
    settings = json5.loads((REPOSITORY / ".vscode" / "settings.json").read_text())
    python = settings["python.defaultInterpreterPath"].replace("${workspaceFolder}", str(REPOSITORY))
    assert Path(python).parents[1].joinpath("share/jupyter/kernels/tslab/kernel.json").exists()
    proposed = json5.loads((REPOSITORY / ".vscode" / "extensions.json").read_text())["recommendations"]
    assert proposed == json5.loads(DEVCONTAINER.read_text())["customizations"]["vscode"]["extensions"]


def test_what_set_up_makes_is_not_sent_to_whoever_builds_the_image() -> None:
    ignored = (REPOSITORY / ".dockerignore").read_text().splitlines()
    made = ["node_modules/", ".venv/", ".build/", "handouts/", "kept/"]
    assert {".git/", *made} <= set(ignored)
