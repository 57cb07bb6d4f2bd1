"""What production refuses to start with."""

import os
import subprocess
import sys

import pytest

from launcher.options import ROOT

SECRETS = dict.fromkeys(("DJANGO_SECRET_KEY", "INTERNAL_API_SECRET"), "s" * 50)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("length", [0, 31])
def test_a_secret_that_is_missing_or_short_stops_the_api_with_one_line(
    name: str, length: int
) -> None:
    started = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "APP_ENV": "production"}
        | SECRETS
        | {name: "s" * length},
        capture_output=True,
        text=True,
        check=False,
    )

    assert started.returncode == 1
    (line,) = started.stderr.splitlines()
    assert line.startswith(f"{name} takes a secret of at least 32 characters")
    assert "sss" not in line
