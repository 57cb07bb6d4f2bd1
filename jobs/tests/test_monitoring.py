"""Alerts and dashboard ask for what `/metrics` has."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from rest_framework.test import APIClient

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
NAME = re.compile(r"\b(?:voice|calls|job|http|app)_[a-z_]+\b")
# Prometheus' own name for our label.
RENAMED = {"exported_job"}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> list[str]:
    dashboard = json.loads((DEPLOY / "grafana" / "osmtalk.json").read_text())
    asked = [
        target["expr"] for panel in dashboard["panels"] for target in panel["targets"]
    ]
    return [*asked, *(rule["expr"] for rule in rules())]


def test_every_metric_that_is_asked_for_is_there(internal: APIClient, db: None) -> None:
    Client().get("/api/health")
    text = internal.get("/metrics").content.decode()
    families = {family.name for family in text_string_to_metric_families(text)}
    parts = ("", "_total", "_bucket", "_count", "_sum")
    known = {family + part for family in families for part in parts}

    asked = {name for text in expressions() for name in NAME.findall(text)} - RENAMED

    assert asked - known == set()


def test_requests_are_counted_by_pattern_and_never_by_path(
    internal: APIClient, db: None
) -> None:
    Client().get("/api/calls/00000000-0000-0000-0000-000000000000")
    Client().get("/nothing/+919876543210")
    Client().generic("BREW", "/api/health")

    text = internal.get("/metrics").content.decode()

    assert 'route="api/calls/<uuid:call_id>",status="401"' in text
    assert 'method="other"' in text
    assert "9876543210" not in text


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"].endswith(".")
    assert rule["expr"].count("(") == rule["expr"].count(")")


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
def test_promtool_takes_the_alerts() -> None:
    subprocess.run(["promtool", "check", "rules", str(ALERTS)], check=True)
