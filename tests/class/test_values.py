"""deploy/values.yaml, by the schema of the chart that it is for, and beside the settings of the other ways."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import ValidationError, validate
from lessons import REPOSITORY
from traitlets.config.loader import PyFileConfigLoader

SCHEMA = json.loads(Path(__file__).with_name("values.schema.json").read_text())
VALUES = (REPOSITORY / "deploy" / "values.yaml").read_text()


def test_they_are_what_the_chart_takes() -> None:
    validate(yaml.safe_load(VALUES), SCHEMA)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("networkPolicy:", "networkPolicies:"), ("nonPrivateIPs: false", "nonPrivateIPs: none"), ("cull:", "culls:")],
)
def test_the_schema_finds_what_the_chart_would_not_take(right: str, wrong: str) -> None:
    assert right in VALUES
    with pytest.raises(ValidationError):
        validate(yaml.safe_load(VALUES.replace(right, wrong)), SCHEMA)


def test_readers_have_what_they_have_on_one_machine() -> None:
    there = yaml.safe_load(VALUES)
    hub, server = there["hub"]["config"], there["singleuser"]
    here = PyFileConfigLoader("readers.py", str(REPOSITORY / "deploy")).load_config()
    assert hub["JupyterHub"]["authenticator_class"] == here.JupyterHub.authenticator_class
    assert hub["FirstUseAuthenticator"] == here.FirstUseAuthenticator
    assert set(hub["Authenticator"]["allowed_users"]) == here.Authenticator.allowed_users
    assert hub["Spawner"] == {"args": here.Spawner.args, "http_timeout": here.Spawner.http_timeout}
    assert (server["startTimeout"], server["defaultUrl"]) == (here.Spawner.start_timeout, here.Spawner.default_url)
