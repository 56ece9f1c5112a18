"""The handouts of every lesson, made once from the stored outputs."""

import os
import subprocess
from pathlib import Path

import pytest
from material import HANDOUTS


@pytest.fixture(scope="session")
def handouts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the files, which bear the date 2026-01-02."""
    folder = tmp_path_factory.mktemp("handouts")
    subprocess.run(
        [*HANDOUTS, "--stored", "--output", str(folder)],
        env={**os.environ, "SOURCE_DATE_EPOCH": "1767312000"},
        check=True,
    )
    return folder
