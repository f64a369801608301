"""Several versions at once: what shadows on one backbone cost, and traffic while roles change.

    python -m benchmarks.versions shadows
    python -m benchmarks.versions roles

Both start a service of their own, with EfficientNet-Lite0, and print what they measured.
"""

import json
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from benchmarks.pictures import synthetic
from benchmarks.service import Running, inside, service

PICTURES, CLIENTS = 400, 8
PEOPLE, EACH, SHARE = 200, 10, 10

ADD_HEADS = """
import numpy as np
from django.conf import settings
from predictions.classifiers import ModelVersion
from predictions.inference.heads import Head, add_head
from predictions.inference.labels import labels
from predictions.inference.store import ModelStore
from predictions.registry.roles import Changes
from predictions.registry.versions import add_version
champion = ModelVersion.objects.get(role="champion")
store = ModelStore(settings.MODEL_STORE)
backbone = store.get(champion.name, champion.manifest["version"])
for seed in (1, 2):
    random = np.random.default_rng(seed)
    weights = random.normal(0, 0.1, (backbone.feature_size, 1000)).astype("float32")
    head = Head(weights, np.zeros(1000, "float32"))
    manifest = add_head(store, f"head-{seed}", f"Head {seed}", backbone, head, labels())
    Changes().shadow(add_version(manifest, champion.precision))
"""

ADD_PEOPLE = f"""
from accounts.models import User
from accounts.tokens import issue
people = User.objects.bulk_create(
    User(email=f"p{{n}}@example.com", username=f"p{{n}}", password="!") for n in range({PEOPLE})
)
print(" ".join(issue(person, "load") for person in people))
"""

# The champion's weights in bf16, and a ResNet50 whose weights are random.
ADD_VERSIONS = """
import tempfile
from pathlib import Path
import keras
from django.conf import settings
from predictions.classifiers import ModelVersion
from predictions.inference.store import ModelStore
from predictions.registry.roles import Changes
from predictions.registry.versions import add_version
champion = ModelVersion.objects.get(role="champion")
store = ModelStore(settings.MODEL_STORE)
manifest = store.get(champion.name, champion.manifest["version"])
bf16 = add_version(manifest, "bf16" if champion.precision == "f32" else "f32")
with tempfile.TemporaryDirectory() as folder:
    weights = Path(folder) / "random.weights.h5"
    keras.applications.ResNet50(weights=None).save_weights(weights)
    resnet = add_version(store.prepare("resnet50", weights_file=weights))
Changes().challenge(bf16, %(share)d)
print(champion.pk, bf16.pk, resnet.pk)
"""

READ = """
import json
from predictions.models import Inference, Prediction
from predictions.classifiers import RoleChange
rows = Prediction.objects.filter(user__email__startswith="p").values_list(
    "user_id", "inference__model_version_id", "created_at", "inference__status")
changes = RoleChange.objects.order_by("pk").values_list(
    "version_id", "role", "created_at", "champion_before_id")
print(json.dumps({"rows": [[*row[:2], row[2].isoformat(), row[3]] for row in rows],
    "changes": [[*c[:2], c[2].isoformat(), c[3]] for c in changes]}))
"""


def send(running: Running, token: str, picture: bytes, **params: str) -> requests.Response:
    return requests.post(
        f"http://127.0.0.1:{running.port}/model/predict",
        files={"file": ("picture.jpeg", picture, "image/jpeg")},
        headers={"Authorization": f"Bearer {token}"},
        params=params,
        timeout=120,
    )


def shadows() -> None:
    """The worker's processor time a picture, without shadows and with two on its backbone."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        with service(data) as running:
            token = inside(data, ADD_PEOPLE).split()[0]
            without: list[float] = []
            with_two: list[float] = []
            cpu(running, token, 0, 40)
            for number in range(3):
                without.append(cpu(running, token, 10_000 * (number + 1)))
            inside(data, ADD_HEADS)
            time.sleep(6)  # a worker looks for shadows every five seconds
            cpu(running, token, 50_000, 40)
            for number in range(3):
                with_two.append(cpu(running, token, 100_000 * (number + 1)))
            answers = inside(
                data,
                "from predictions.models import Inference\n"
                "print(Inference.objects.filter(status='done').count())",
            )
    print(f"worker ms a picture without shadows: {', '.join(f'{ms:.2f}' for ms in without)}")
    print(f"with two on the same backbone:       {', '.join(f'{ms:.2f}' for ms in with_two)}")
    print(f"ratio of the medians: {sorted(with_two)[1] / sorted(without)[1]:.3f}")
    print(f"answers saved: {answers.strip()}")


def cpu(running: Running, token: str, first: int, count: int = PICTURES) -> float:
    """Processor milliseconds of the worker for each of so many new pictures."""
    pictures = synthetic(count, first)
    before = running.cpu_seconds()["worker"]
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(lambda picture: send(running, token, picture), pictures))
    assert {answer.status_code for answer in answers} == {200}
    return 1000 * (running.cpu_seconds()["worker"] - before) / count


def roles() -> None:
    """Traffic of many people, split by a challenger, while the champion changes four times."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        with service(data) as running:
            tokens = inside(data, ADD_PEOPLE).split()
            champion, challenger, third = map(
                int, inside(data, ADD_VERSIONS % {"share": SHARE}).split()
            )
            pictures = synthetic(PEOPLE * EACH)
            half = len(pictures) // 2
            answers = traffic(running, tokens, pictures[:half])
            change = threading.Thread(target=promote_and_roll_back, args=(data, third))
            change.start()
            answers += traffic(running, tokens, pictures[half:])
            change.join()
            found = json.loads(inside(data, READ))
    report(answers, found, champion, challenger)


def traffic(running: Running, tokens: list[str], pictures: list[bytes]) -> list[int]:
    """The status of each answer; the people take turns."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        asked = enumerate(pictures)
        return list(
            pool.map(lambda one: send(running, tokens[one[0] % PEOPLE], one[1]).status_code, asked)
        )


def promote_and_roll_back(data: Path, version_id: int) -> None:
    for _time in range(2):
        for act in (
            f"promote(ModelVersion.objects.get(pk={version_id}))",
            "rollback(Classifier.objects.get())",
        ):
            inside(
                data,
                "from predictions.classifiers import Classifier, ModelVersion\n"
                "from predictions.registry.roles import Changes\n"
                f"Changes(reason='benchmark').{act}",
            )


def report(answers: list[int], found: dict[str, Any], champion: int, challenger: int) -> None:
    rows = found["rows"]
    print(
        f"answers by status: {dict(Counter(answers))}; rows by status: "
        f"{dict(Counter(row[3] for row in rows))}"
    )
    versions: dict[int, set[int]] = defaultdict(set)
    for user, version, *_ in rows:
        versions[user].add(version)
    mine = {user for user, its in versions.items() if challenger in its}
    share = 100 * sum(row[1] == challenger for row in rows) / len(rows)
    print(
        f"share of the challenger: {share:.1f} % of {len(rows)} pictures, {len(mine)} of "
        f"{len(versions)} people"
    )
    strays = [user for user in mine if versions[user] != {challenger}]
    print(f"people of the challenger who saw another version: {len(strays)}")
    reigns = [
        (datetime.fromisoformat(at), version)
        for version, role, at, _before in found["changes"]
        if role == "champion"
    ]
    print(f"champions: {[version for _, version in reigns]}")
    wrong = []
    for _user, version, at, _status in rows:
        if version == challenger:
            continue
        moment = datetime.fromisoformat(at)
        reigning = [its for since, its in reigns if since <= moment]
        if version != reigning[-1]:
            late = min(abs((moment - since).total_seconds()) for since, _ in reigns)
            wrong.append(late)
    print(
        f"answers of a version that was not the champion at that moment: {len(wrong)}"
        + (f", at most {1000 * max(wrong):.0f} ms from a change" if wrong else "")
    )


if __name__ == "__main__":
    {"shadows": shadows, "roles": roles}[sys.argv[1]]()
