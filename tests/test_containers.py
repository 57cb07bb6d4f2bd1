"""The compose files and the Dockerfile say what a deployment relies on."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
FILES = ("docker-compose.yml", "docker-compose.prod.yml")
OWN = ("migrate", "api", "worker", "bot")
LASTING = ("postgres", "valkey", "minio", "api", "worker", "bot")
SECRETS = (
    "POSTGRES_PASSWORD",
    "VALKEY_PASSWORD",
    "DJANGO_SECRET_KEY",
    "INTERNAL_API_SECRET",
    "MINIO_ACCESS_KEY",
    "MINIO_SECRET_KEY",
)
# Bot's own pipelines and deliveries, after the goodbye.
FINISHING_SECS = 20


def plain(name: str) -> str:
    """The file without the one tag that a YAML parser does not know by itself."""
    return (ROOT / name).read_text().replace("!override []", "[]")


def services(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(plain(name))["services"]
    return found


def tool(name: str, *arguments: str) -> str:
    """Run a tool of the environment; what it said, empty if all is well."""
    done = subprocess.run(
        [Path(sys.executable).with_name(name), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("name", FILES)
def test_a_compose_file_keeps_to_the_schema(name: str, tmp_path: Path) -> None:
    copy = tmp_path / name
    copy.write_text(plain(name))

    assert not tool(
        "check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(copy)
    )


def test_the_dockerfile_has_no_faults() -> None:
    assert not tool("hadolint", "--failure-threshold", "info", str(ROOT / "Dockerfile"))


def test_the_example_for_kubernetes_keeps_to_its_schemas() -> None:
    example = ROOT / "deploy" / "kubernetes" / "osmtalk.yaml"

    assert not tool("kubernetes-validate", str(example))


def test_a_pod_is_out_of_its_service_before_it_stops() -> None:
    example = (ROOT / "deploy" / "kubernetes" / "osmtalk.yaml").read_text()
    pods = {
        each["metadata"]["name"]: each["spec"]["template"]["spec"]["containers"][0]
        for each in yaml.safe_load_all(example)
        if each["kind"] in ("Deployment", "StatefulSet")
    }
    api, bot = pods["osmtalk-api"], pods["osmtalk-bot"]

    assert api["lifecycle"]["preStop"]["exec"]["command"][0] == "sleep"
    assert api["readinessProbe"]["httpGet"]["path"] == "/api/health"
    # A bot that drains goes on answering its callers, and is not ready.
    assert bot["readinessProbe"]["httpGet"]["path"] == "/health/deep"
    assert bot["livenessProbe"]["httpGet"]["path"] == "/health"


def test_the_project_has_the_name_that_operators_know() -> None:
    assert {yaml.safe_load(plain(name))["name"] for name in FILES} == {"speak_up"}


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_required_and_never_written(secret: str) -> None:
    text = "".join(plain(name) for name in FILES)

    assert f"${{{secret}:?" in text
    assert set(re.findall(rf"\$\{{{secret}(.)", text)) == {":"}
    assert f"${{{secret}:-" not in text


@pytest.mark.parametrize("name", LASTING)
def test_a_service_comes_back_is_watched_and_is_limited(name: str) -> None:
    service = services("docker-compose.yml")[name]

    assert service["restart"] == "unless-stopped"
    assert service["deploy"]["resources"]["limits"]["memory"]
    in_image = name in ("api", "bot")  # their images say how
    assert in_image or service["healthcheck"]["test"]


@pytest.mark.parametrize("name", OWN)
def test_a_program_of_ours_may_do_nothing_but_its_work(name: str) -> None:
    service = services("docker-compose.yml")[name]

    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_bot_holds_no_key_of_a_store() -> None:
    environment = services("docker-compose.yml")["bot"]["environment"]

    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SECRET_KEY", *SECRETS):
        if name != "INTERNAL_API_SECRET":
            assert environment[name] == "", name


@pytest.mark.parametrize("name", ["api", "worker", "bot"])
def test_new_code_serves_after_the_migrations(name: str) -> None:
    needed = services("docker-compose.yml")[name]["depends_on"]

    assert needed["migrate"] == {"condition": "service_completed_successfully"}


def test_the_one_shot_migrates_and_prepares_the_store_once() -> None:
    migrate = services("docker-compose.yml")["migrate"]

    assert migrate["restart"] == "no"
    assert "migrate --noinput" in migrate["command"][2]
    assert "setup_storage" in migrate["command"][2]
    conditions = {each["condition"] for each in migrate["depends_on"].values()}
    assert conditions == {"service_healthy"}


def test_docker_waits_longer_than_the_bot_needs() -> None:
    example = (ROOT / ".env.example").read_text()

    def secs(name: str) -> int:
        found = re.search(rf"^{name}=(\d+)", example, re.MULTILINE)
        assert found
        return int(found[1])

    bot = services("docker-compose.yml")["bot"]
    needed = secs("DRAIN_MAX_SECS") + secs("SHUTDOWN_GRACE_SECS") + FINISHING_SECS
    assert (
        bot["stop_grace_period"] == f"${{STOP_GRACE_SECS:-{secs('STOP_GRACE_SECS')}}}s"
    )
    assert bot["environment"]["STOP_GRACE_SECS"] == "${STOP_GRACE_SECS:-60}"
    assert secs("STOP_GRACE_SECS") >= needed


def test_production_extends_every_service_and_opens_only_the_proxy() -> None:
    base, production = (services(name) for name in FILES)

    assert set(base) < set(production)
    for name in base:
        assert production[name]["extends"]["service"] == name
    assert "ports: !override []" in (ROOT / FILES[1]).read_text()
    assert [name for name in production if production[name].get("ports")] == ["proxy"]
    for name in ("postgres", "valkey", "worker", "bot"):
        assert not base[name].get("ports"), name


@pytest.mark.parametrize("name", FILES)
def test_every_volume_is_declared(name: str) -> None:
    base, own = services("docker-compose.yml"), services(name)
    declared = set(yaml.safe_load(plain(name))["volumes"])
    mounts = [
        mount.split(":")[0]
        for service in (*base, *own)
        for mount in {**base.get(service, {}), **own.get(service, {})}.get(
            "volumes", ()
        )
    ]

    assert {mount for mount in mounts if not mount.startswith(".")} <= (
        declared | {"certificates"}
    )
    for mount in mounts:
        assert not mount.startswith(".") or (ROOT / mount).exists(), mount


def test_scripts_for_containers_can_be_parsed() -> None:
    for script in (ROOT / "deploy").rglob("*.sh"):
        subprocess.run(["sh", "-n", str(script)], check=True)
