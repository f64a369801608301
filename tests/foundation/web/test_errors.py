import pytest

JSON = {"content_type": "application/json"}


def assert_one_sentence(response, status):
    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    assert list(response.json()) == ["detail", "code"]
    assert "Traceback" not in response.json()["detail"]


def assert_page(response, status):
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    assert "Back to the home page" in response.content.decode()


@pytest.mark.parametrize("path", ["/nothing", "/model/nothing", "/users/x", "/login/x", "/admins"])
def test_404_is_json(client, db, path):
    assert_one_sentence(client.get(path), 404)


@pytest.mark.parametrize("accept", ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8"])
def test_an_api_path_never_answers_in_html(client, db, accept):
    for path in ("/users/me", "/login", "/login/x", "/feedback", "/health", "/model/x"):
        response = client.get(path, headers={"Accept": accept})
        assert response["Content-Type"] == "application/json", path


def test_a_browser_at_an_unknown_path_gets_a_page(client, db):
    assert_page(client.get("/nothing", headers={"Accept": "text/html,*/*;q=0.8"}), 404)


@pytest.mark.parametrize("path", ["/history/nothing", "/accounts/nothing", "/admin/nothing/"])
def test_404_is_html_on_pages(page_for, staff, path):
    assert_page(page_for(staff).get(path), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/login"),
        ("get", "/login/refresh"),
        ("get", "/logout"),
        ("put", "/users"),
        ("delete", "/users/me"),
        ("put", "/feedback"),
        ("post", "/health"),
        ("post", "/health/live"),
        ("post", "/schema"),
        ("post", "/docs"),
        ("post", "/redoc"),
    ],
)
def test_405_is_json_with_an_allow_header(api_for, staff, method, path):
    response = getattr(api_for(staff), method)(path)

    assert_one_sentence(response, 405)
    assert response["Allow"]


@pytest.mark.parametrize(
    "path", ["/login", "/login/refresh", "/users", "/feedback", "/model/predict"]
)
def test_415_is_json(api, path):
    assert_one_sentence(api.post(path, "<a/>", content_type="application/xml"), 415)


@pytest.mark.parametrize("path", ["/login", "/login/refresh", "/users", "/feedback"])
@pytest.mark.parametrize("body", ["{", "nonsense", b"\xff", '{"score": NaN}'])
def test_broken_json_is_400(api, path, body):
    assert_one_sentence(api.post(path, body, **JSON), 400)


@pytest.mark.parametrize("path", ["/login", "/login/refresh", "/users", "/feedback"])
@pytest.mark.parametrize("body", ["[]", "null", '"text"', "7"])
def test_json_that_is_not_an_object_is_400(api, path, body):
    response = api.post(path, body, **JSON)

    assert response.status_code == 400
    assert response["Content-Type"] == "application/json"


def test_a_nul_in_what_is_looked_for_is_an_invalid_request(api, page_for, staff):
    assert_one_sentence(api.delete("/models/imagenet/shares?email=%00"), 400)
    for path in ("/review?classifier=%00", "/admin/review/decision/?verdict__exact=%00"):
        assert_page(page_for(staff).get(path), 400)
    form = {"data": "classifier=%00", "content_type": "application/x-www-form-urlencoded"}
    assert_page(page_for(staff).post("/data-sets/exports", **form), 400)


@pytest.fixture
def forgiving(client):
    """A client that gets the answer of a failing view, as a browser does."""
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_500_is_json_without_details_on_api_routes(forgiving, settings, db, accept):
    settings.ROOT_URLCONF = "tests.foundation.web.failing_urls"

    response = forgiving.get("/failing/api", headers={"Accept": accept})

    assert_one_sentence(response, 500)
    assert "hunter2" not in response.content.decode()


@pytest.mark.parametrize("path", ["/broken", "/history/broken"])
def test_500_is_html_without_details_on_pages(forgiving, settings, db, path):
    settings.ROOT_URLCONF = "tests.foundation.web.failing_urls"

    response = forgiving.get(path)

    assert_page(response, 500)
    assert "hunter2" not in response.content.decode()
    assert "Traceback" not in response.content.decode()


@pytest.mark.parametrize(("path", "status"), [("/history/nothing", 404), ("/history/broken", 500)])
def test_an_error_page_has_the_navigation_of_its_reader(page, settings, path, status):
    settings.ROOT_URLCONF = "tests.foundation.web.failing_urls"
    page.raise_request_exception = False

    response = page.get(path)

    assert_page(response, status)
    for link in ("History", "Account", "Sign out"):
        assert link in response.content.decode()


@pytest.mark.parametrize("path", ["/health", "/users", "/nothing"])
def test_a_forged_host_is_refused(client, db, path):
    response = client.get(path, headers={"Host": "evil.example"})

    assert_one_sentence(response, 400)
    assert "ALLOWED_HOSTS" in response.json()["detail"]
    assert "evil" not in response.content.decode()


@pytest.mark.parametrize("path", ["/", "/accounts/login"])
def test_a_forged_host_gets_html_on_pages(client, db, path):
    response = client.get(path, headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert "ALLOWED_HOSTS" in response.content.decode()
    assert "evil" not in response.content.decode()


@pytest.mark.parametrize("path", ["/login", "/users", "/login/refresh"])
def test_deeply_nested_json_is_400(client, db, path):
    response = client.post(path, "[" * 5000, "application/json")

    assert_one_sentence(response, 400)
