from tests.pictures import photograph


def test_classify(api, worker):
    r = api.post("/model/predict", {"file": photograph()}, format="multipart")
    assert r.status_code == 200, r.content
    assert r.json()["prediction"] == "espresso"


def test_ask(user, ask):
    p = ask(user)
    assert p.inference.label == "espresso"
