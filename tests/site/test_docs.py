import re

import pytest

PAGES = ["/docs", "/docs/", "/redoc", "/redoc/"]


@pytest.fixture(params=PAGES)
def docs(request, client, db):
    response = client.get(request.param)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/html")
    return response.content.decode()


def assets(html):
    """Addresses of scripts, styles, fonts and pictures that a browser loads."""
    tags = re.findall(r"<(?:script|link|img)\b[^>]*>", html)
    return [found[1] for tag in tags if (found := re.search(r'(?:src|href)="([^"]+)"', tag))]


def test_no_asset_comes_from_another_host(docs):
    assert assets(docs)
    for address in assets(docs):
        assert re.match(r"/(?!/)", address) or address.startswith("data:"), address
    assert "cdn." not in docs
    assert "fonts.googleapis" not in docs


def test_every_asset_is_served_from_here(docs, client):
    for address in assets(docs):
        if address.startswith("/"):
            response = client.get(address)
            response.close()
            assert response.status_code == 200, address


def test_the_policy_allows_no_other_hosts(client, db):
    """Redoc's script loads its maker's logo, and Swagger's may ask a validator."""
    for path in PAGES:
        policy = client.get(path)["Content-Security-Policy"]
        assert policy.startswith("default-src 'self'")
        assert "http" not in policy


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/schema"])
def test_the_docs_are_read_only(client, db, path):
    response = client.options(path)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert response["Content-Type"] == "application/json"


def test_the_docs_load_the_schema_of_this_site(docs):
    assert '"/schema' in docs or "'/schema" in docs


def test_predictions_stand_first_and_what_is_deprecated_last(client, db):
    schema = client.get("/schema?format=json").json()
    assert next(iter(schema["paths"])) == "/model/predict"
    tags = [tag["name"] for tag in schema["tags"]]
    assert (tags[0], tags[-1]) == ("predictions", "deprecated")
    for path in schema["paths"].values():
        for operation in path.values():
            assert (operation["tags"] == ["deprecated"]) == operation.get("deprecated", False)


def test_the_descriptions_do_not_describe_themselves(client, db):
    assert not {"/docs", "/redoc"} & client.get("/schema?format=json").json()["paths"].keys()
