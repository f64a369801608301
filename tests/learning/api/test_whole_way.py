"""From signing up to going back to the version before, by the API alone."""

import pytest
import requests

from tests.learning.teaching import waste

KINDS = ("cardboard", "glass", "paper")
PERSON = {"email": "ada@example.com", "username": "Ada", "password": "correct horse battery"}


class Program:
    """A person's program, which knows nothing but the site's address."""

    def __init__(self, site):
        self.site, self.session = site, requests.Session()
        self.ask("POST", "/users", json=PERSON)
        form = {"username": PERSON["email"], "password": PERSON["password"]}
        signed_in = self.ask("POST", "/login", data=form).json()
        self.session.headers["Authorization"] = f"Bearer {signed_in['access_token']}"

    def ask(self, method, path, **what):
        response = self.session.request(method, self.site + path, timeout=120, **what)
        assert response.ok, response.text
        return response

    def get(self, path, **query):
        return self.ask("GET", path, params=query).json()

    def teach(self, name, paths):
        """The ids of the examples."""
        files = [("file", (path.name, path.read_bytes())) for path in paths]
        sent = self.ask("POST", f"{self.own}/examples", data={"class": name}, files=files).json()
        return [entry["id"] for entry in sent]

    def train(self):
        place = self.ask("POST", f"{self.own}/trainings", json={}).headers["Location"]
        for _ in range(4):
            training = self.ask("GET", place, headers={"Prefer": "wait=30"}).json()
            if training["status"] not in ("queued", "running"):
                break
        assert training["status"] == "done", training
        return place, training

    def use(self, **action):
        self.ask("POST", f"{self.own}/roles", json=action)

    def classify(self, path, **query):
        files = {"file": (path.name, path.read_bytes())}
        query = {"model": self.own.rpartition("/")[2], **query}
        return self.ask("POST", "/model/predict", params=query, files=files).json()


@pytest.fixture
def program(live_server, worker, training_worker):
    return Program(live_server.url)


def test_a_program_teaches_a_classifier(program):
    made = program.ask("POST", "/models", json={"title": "Waste"})
    program.own = made.headers["Location"]
    for kind in KINDS:
        program.teach(kind, waste(kind, 9))
    (misplaced,) = program.teach("paper", [waste("glass")[9]])
    new = {kind: waste(kind)[at] for kind, at in zip(KINDS, (11, 10, 11), strict=True)}

    place, training = program.train()
    figures, classes = training["figures"], training["classes"]
    assert classes == [*KINDS, "none-of-these"]
    assert figures["accuracy"] > figures["baseline"]
    paper, glass = classes.index("paper"), classes.index("glass")
    cell = program.get(f"{place}/outcomes", truth="paper", said="glass")
    assert len(cell) == figures["confusion"][paper][glass]
    suspects = program.get(f"{place}/outcomes", suspects="true")
    assert [one["suggested"] for one in suspects if one["example"] == misplaced] == ["glass"]
    program.ask("PATCH", f"{program.own}/examples/{misplaced}", json={"class": "glass"})
    left = program.get(f"{place}/outcomes", suspects="true")
    assert misplaced not in [one["example"] for one in left]

    first = training["version"]
    tried = program.classify(new["glass"], version=first)
    assert tried["model"]["id"] == first
    program.use(action="promote", version=first)
    answers = {kind: program.classify(path) for kind, path in new.items()}
    assert {answer["model"]["id"] for answer in answers.values()} == {first}
    assert sum(answer["prediction"] == kind for kind, answer in answers.items()) >= 2

    for kind, answer in answers.items():
        program.ask("POST", f"/model/predictions/{answer['id']}/feedback", json={"label": kind})
    assert len(program.get(f"{program.own}/corrections")) == 3
    taken = program.ask("POST", f"{program.own}/corrections", json={"all": True}).json()
    assert {example["class"] for example in taken} == set(KINDS)

    _place, again = program.train()
    second = again["version"]
    assert (again["examples"], again["comparison"]["with"]) == (31, first)
    program.use(action="promote", version=second)
    assert program.classify(waste("paper")[10])["model"]["id"] == second
    program.use(action="rollback")
    assert program.classify(waste("cardboard")[10])["model"]["id"] == first
