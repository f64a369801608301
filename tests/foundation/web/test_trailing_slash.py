import pytest

PATHS = [
    "/users",
    "/users/me",
    "/user",
    "/model",
    "/model/labels",
    "/model/predictions",
    "/models",
    "/models/imagenet",
    "/models/imagenet/versions",
    "/models/imagenet/labels",
    "/feedback",
    "/health/live",
    "/schema",
    "/docs",
    "/redoc",
]


@pytest.mark.parametrize("path", PATHS)
def test_api_paths_answer_with_and_without_it(api_for, staff, model, path):
    api = api_for(staff)

    assert api.get(path).status_code == 200
    assert api.get(f"{path}/").status_code == 200


@pytest.mark.parametrize("path", ["/history", "/accounts/login", "/accounts/signup"])
def test_pages_answer_with_and_without_it(client, db, path):
    assert client.get(path).status_code == client.get(f"{path}/").status_code


@pytest.mark.parametrize("path", ["/login", "/login/refresh", "/users", "/user"])
def test_the_body_of_a_post_is_not_lost(anonymous, db, path):
    with_slash, without = anonymous.post(f"{path}/", {}), anonymous.post(path, {})

    assert with_slash.status_code == without.status_code == 400
    assert with_slash.json() == without.json()


def test_two_slashes_do_not_redirect_to_another_site(client, db):
    response = client.get("//evil.example/..")

    assert response.status_code == 404
    assert "Location" not in response
