"""The Helm chart: what the real helm makes of its six files of values."""

import re
import tarfile
from urllib.parse import urlsplit

import dj_database_url
import pytest
import yaml

from classifier_site import __version__
from foundation.redis_server import SentinelAddress, connect, is_behind_sentinel
from predictions.queueing import stuck
from predictions.queueing.queue import BULK, INTERACTIVE, QUEUE_NAMES, get_queue
from tests.conftest import PROJECT
from tests.deploy.kubernetes import CHART, NEWEST, OLDEST, Refused, helm, validate
from tests.deploy.rendered import VALUES, find, pods, rendered

SETTINGS = {*re.findall(r"^\| `(\w+)` \|", (PROJECT / "docs" / "settings.md").read_text(), re.M)}
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
EXTERNAL = {"redis", "pgbouncer"}  # images that are not ours


def components():
    return [
        pytest.param(spec, id=f"{values.removesuffix('-values.yaml')}-{component}")
        for values in VALUES
        for component, spec in pods(rendered(values)).items()
    ]


def test_there_are_six_files_of_values():
    assert len(VALUES) == 6


@pytest.mark.parametrize("values", VALUES)
def test_lint_has_nothing_to_say(values):
    done = helm("lint", "--strict", ".", "-f", f"ci/{values}")
    assert done.returncode == 0, done.stdout
    assert not re.search("WARNING|ERROR", done.stdout), done.stdout


@pytest.mark.parametrize("kubernetes", [OLDEST, NEWEST])
@pytest.mark.parametrize("values", VALUES)
def test_each_document_is_valid(values, kubernetes):
    for document in rendered(values):
        try:
            validate(document, kubernetes)
        except Refused as refused:
            pytest.fail(f"{document['kind']} {document['metadata']['name']}: {refused}")


def test_the_chart_says_which_kubernetes_and_which_service_it_is_for():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["kubeVersion"] == f">={OLDEST}-0"
    assert chart["version"] == chart["appVersion"] == __version__


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("worker.replica=2", "additional properties 'replica' not allowed"),
        ("bulkWorkers.enabled=true", "additional properties 'bulkWorkers' not allowed"),
        ("settings.DATABASE_URL=x", "invalid propertyName 'DATABASE_URL'"),
        ("worker.autoscaling.min=0", "minimum: got 0, want 1"),
        ("host=", "host: the name under which people reach the site"),
        ("image.repository=", "image.repository: where the images are"),
        ("database.host=", "database.host, or database.bundled"),
        ("redis.host=", "redis.host, or redis.bundled"),
        ("redis.sentinel.hosts={a:26379}", "redis.sentinel.master"),
        ("secret.existing=", "secret.values.SECRET_KEY, or secret.existing"),
    ],
)
def test_wrong_values_are_refused_with_a_sentence(change, says):
    done = helm("template", "photos", ".", "-f", "ci/minimal-values.yaml", "--set", change)
    assert done.returncode != 0
    assert says in done.stderr


@pytest.mark.parametrize("spec", components())
def test_pods_run_without_rights(spec):
    security = spec["securityContext"]
    assert security["runAsNonRoot"] and security["runAsUser"] > 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]
        mounted = {mount["name"] for mount in container.get("volumeMounts", [])}
        assert mounted <= {volume["name"] for volume in spec.get("volumes", [])} | {"data"}


@pytest.mark.parametrize("spec", components())
def test_our_images_are_those_of_the_dockerfile(spec):
    targets = {*re.findall(r"^FROM code AS (\w+)$", DOCKERFILE, re.M)}
    assert targets >= {"web", "worker", "prepare", "training", "backup"}
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        if container["name"] not in EXTERNAL:
            name, _, _tag = container["image"].rpartition(":")
            assert name.rpartition("-")[2] in targets


@pytest.mark.parametrize("values", VALUES)
def test_settings_are_those_of_the_docs(values):
    documents = rendered(values)
    own = {"POD_IP", "DATABASE_PASSWORD", "REDIS_PASSWORD"}
    named = {*find(documents, "ConfigMap", "photos-classifier")["data"]}
    for component, spec in pods(documents).items():
        if component not in EXTERNAL:
            for container in spec["containers"]:
                named |= {variable["name"] for variable in container.get("env", [])}
    assert named - own <= SETTINGS


def test_workers_serve_the_queues_and_keda_looks_at_them():
    """With workers for bulk work alone, the others serve people who wait."""
    for values, served in (
        ("pooled-values.yaml", {"worker": QUEUE_NAMES}),
        ("scaling-values.yaml", {"worker": ("predictions",), "bulk-worker": ("bulk",)}),
    ):
        documents = rendered(values)
        for component, queues in served.items():
            [container] = pods(documents)[component]["containers"]
            command = ["python", "manage.py", "rqworker", *queues, "--skip-checks"]
            assert container["args"] == command
            scaled = find(documents, "ScaledObject", f"photos-classifier-{component}")
            triggers = [each["metadata"] for each in scaled["spec"]["triggers"]]
            lists = [trigger["listName"] for trigger in triggers if "listName" in trigger]
            assert lists == [get_queue(name).key for name in queues]
            deployment = find(documents, "Deployment", f"photos-classifier-{component}")
            assert "replicas" not in deployment["spec"]  # an upgrade would undo KEDA's


def test_workers_scale_by_new_pictures_too_where_prometheus_is_named():
    scaled = find(rendered("scaling-values.yaml"), "ScaledObject", "photos-classifier-worker")
    [by_rate] = [each for each in scaled["spec"]["triggers"] if each["type"] == "prometheus"]
    counter = re.search(r"rate\((\w+)\{", by_rate["metadata"]["query"])[1]
    assert counter in (PROJECT / "docs" / "operations.md").read_text()
    assert by_rate["metadata"]["threshold"] == "60"


def test_few_who_wait_and_many_of_bulk_ask_for_another_worker():
    """Of those who wait, the list holds no more than the web pods have threads."""
    scaled = find(rendered("pooled-values.yaml"), "ScaledObject", "photos-classifier-worker")
    lengths = {
        trigger["metadata"]["listName"]: int(trigger["metadata"]["listLength"])
        for trigger in scaled["spec"]["triggers"]
    }
    assert lengths == {get_queue(INTERACTIVE).key: 8, get_queue(BULK).key: 256}


def test_only_workers_for_bulk_work_are_scaled_to_none():
    documents = rendered("scaling-values.yaml")
    least = {
        component: find(documents, "ScaledObject", f"photos-classifier-{component}")["spec"]
        for component in ("worker", "bulk-worker")
    }
    assert least["worker"]["minReplicaCount"] == 2
    assert least["bulk-worker"]["minReplicaCount"] == 0


def test_the_commands_are_those_of_the_images():
    """The chart repeats them where it has a choice of queues."""
    worker = '"python", "manage.py", "rqworker", "predictions", "bulk", "--skip-checks"'
    assert f"CMD [{worker}]" in DOCKERFILE
    assert "python manage.py migrate --no-input" in DOCKERFILE
    prepare = pods(rendered("bundled-values.yaml"))["prepare"]
    [migrate], [model] = prepare["initContainers"], prepare["containers"]
    assert migrate["args"] == ["python", "manage.py", "migrate", "--no-input"]
    assert model["args"] == ["python", "manage.py", "prepare_model"]


@pytest.mark.parametrize("component", ["web", "worker", "training"])
def test_pods_wait_for_the_job_that_prepares_database_and_model(component):
    [waiting] = pods(rendered("bundled-values.yaml"))[component]["initContainers"]
    assert "migrate --check" in waiting["command"][-1]
    assert ("models list" in waiting["command"][-1]) == (component != "web")


def test_the_job_has_another_name_when_it_changes():
    """Kubernetes refuses to change a job; an unchanged one does not run again."""

    def name(*more):
        [job] = [d for d in rendered("minimal-values.yaml", *more) if d["kind"] == "Job"]
        return job["metadata"]["name"]

    assert name() == name("--set", "web.replicas=3")
    assert name() != name("--set", "image.tag=0.2.0")
    assert name() != name("--set", "settings.CLASSIFIER_MODEL=resnet50")


def test_pods_are_given_time_to_end():
    specs = pods(rendered("minimal-values.yaml"))
    assert specs["worker"]["terminationGracePeriodSeconds"] > stuck.STOP_SECONDS + 10
    [web] = specs["web"]["containers"]
    drained = int(web["lifecycle"]["preStop"]["exec"]["command"][1])
    configuration = (PROJECT / "classifier_site" / "gunicorn.conf.py").read_text()
    graceful = int(re.search(r"^graceful_timeout = (\d+)", configuration, re.M)[1])
    assert specs["web"]["terminationGracePeriodSeconds"] > drained + graceful + 10


def test_the_probe_of_the_site_names_a_host_that_it_knows():
    [web] = pods(rendered("minimal-values.yaml"))["web"]["containers"]
    allowed = next(each for each in web["env"] if each["name"] == "ALLOWED_HOSTS")
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        [header] = web[probe]["httpGet"]["httpHeaders"]
        assert header["value"] in allowed["value"].split(",")
    assert "$(POD_IP)" in allowed["value"]  # Prometheus asks by address


def test_with_s3_no_volume_is_claimed():
    documents = rendered("scaling-values.yaml")
    assert not [each for each in documents if each["kind"] == "PersistentVolumeClaim"]
    settings = find(documents, "ConfigMap", "photos-classifier")["data"]
    assert settings["MEDIA_URL"].startswith("s3://pictures/")
    [backup] = pods(documents)["backup"]["containers"]
    assert backup["args"][3].startswith("s3://backups/")
    assert "/backups" not in [mount["mountPath"] for mount in backup["volumeMounts"]]
    policy = find(documents, "NetworkPolicy", "photos-classifier-backup")
    [egress] = policy["spec"]["egress"]
    assert egress["ports"] == [{"protocol": "TCP", "port": 443}]


def test_volumes_survive_the_release():
    claims = [d for d in rendered("bundled-values.yaml") if d["kind"] == "PersistentVolumeClaim"]
    assert {claim["metadata"]["name"] for claim in claims} == {
        "photos-classifier-media",
        "photos-classifier-models",
        "photos-classifier-backups",
    }
    for claim in claims:
        assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def variables(documents, component):
    [container] = pods(documents)[component]["containers"]
    return {each["name"]: each.get("value") for each in container["env"]}


@pytest.mark.parametrize("component", ["web", "worker", "training", "prepare"])
def test_with_pgbouncer_there_is_a_way_past_it(component):
    said = variables(rendered("pooled-values.yaml"), component)
    login = "postgresql://classifier:$(DATABASE_PASSWORD)@photos-classifier"
    assert said["DATABASE_URL"] == f"{login}-pgbouncer:6432/classifier"
    assert said["DATABASE_DIRECT_URL"] == f"{login}-postgres-rw:5432/classifier"
    replica = f"{login}-postgres-ro:5432/classifier" if component == "web" else None
    assert said.get("DATABASE_REPLICA_URL") == replica


@pytest.mark.parametrize("values", VALUES)
def test_the_service_understands_the_addresses(values):
    said = variables(rendered(values), "web")
    redis = said["REDIS_URL"].replace("$(REDIS_PASSWORD)", "secret")
    if is_behind_sentinel(redis):
        address = SentinelAddress.parse(redis)
        assert (len(address.hosts), address.primary) == (3, "main")
        assert address.of_server["ssl_ca_certs"] == "/etc/redis-ca/ca.crt"
        assert address.of_server["username"] == "classifier"
    else:
        options = connect(redis).connection_pool.connection_kwargs
        assert options["host"] == urlsplit(redis).hostname
    database = dj_database_url.parse(said["DATABASE_URL"].replace("$(DATABASE_PASSWORD)", "secret"))
    assert database["NAME"] == database["USER"] == "classifier"
    assert database["PASSWORD"] == "secret"


def test_prometheus_gets_the_rules_and_grafana_the_dashboards():
    documents = rendered("scaling-values.yaml")
    rules = yaml.safe_load((PROJECT / "deploy" / "prometheus" / "rules.yml").read_text())
    of_everybody = {"ClassifierRedisFull", "ClassifierExporterDown"}  # in a cluster of many
    for group in rules["groups"]:
        group["rules"] = [rule for rule in group["rules"] if rule["alert"] not in of_everybody]
    assert find(documents, "PrometheusRule", "photos-classifier")["spec"] == rules
    for dashboard in (PROJECT / "deploy" / "grafana" / "dashboards").glob("*.json"):
        name = f"photos-classifier-dashboard-{dashboard.stem}"
        config_map = find(documents, "ConfigMap", name)
        assert config_map["data"][dashboard.name].strip() == dashboard.read_text().strip()
        assert config_map["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_a_package_holds_what_the_links_lead_to(tmp_path):
    done = helm("package", ".", "--destination", str(tmp_path))
    assert done.returncode == 0, done.stderr
    [package] = tmp_path.glob("*.tgz")
    with tarfile.open(package) as archive:
        files = {member.name for member in archive if member.isfile()}
    assert {f"classifier/{name}" for name in ("rules.yml", "dashboards/service.json")} <= files
    assert not any("/ci/" in name for name in files)


def test_the_password_is_in_no_config_map_and_no_argument():
    for values in ("bundled-values.yaml", "pooled-values.yaml", "trial-values.yaml"):
        for document in rendered(values):
            if document["kind"] != "Secret":
                assert "onlyanexample" not in yaml.safe_dump(document)
