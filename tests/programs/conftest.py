"""Compiles the programs once for all tests."""

import subprocess

import pytest
from commands import ROOT


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    subprocess.run(["node", "node_modules/typescript/bin/tsc", "--project", "tests/programs"], cwd=ROOT, check=True)
