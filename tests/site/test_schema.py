import pytest
from django.core.management import call_command
from openapi_spec_validator import validate

from tests.pictures import picture
from tests.predictions.client import predict

# CONTRACT.md.
ENDPOINTS = [
    "POST /login",
    "POST /login/refresh",
    "POST /logout",
    "GET /users",
    "POST /users",
    "GET /users/me",
    "GET /users/{id}",
    "PATCH /users/{id}",
    "DELETE /users/{id}",
    "POST /user",
    "POST /model/predict",
    "POST /model/predictions",
    "GET /model/predictions",
    "GET /model/predictions/{id}",
    "DELETE /model/predictions/{id}",
    "GET /model/predictions/{id}/image",
    "POST /model/predictions/{id}/feedback",
    "GET /model/bulk/{id}",
    "GET /model",
    "GET /model/labels",
    "GET /models/{name}/roles",
    "POST /models/{name}/roles",
    "GET /models/{name}/roles/history",
    "GET /models",
    "POST /models",
    "DELETE /models/{name}",
    "GET /models/{name}/shares",
    "POST /models/{name}/shares",
    "DELETE /models/{name}/shares",
    "GET /models/{name}",
    "PATCH /models/{name}",
    "GET /models/{name}/versions",
    "GET /models/{name}/labels",
    "POST /models/{name}/comparisons",
    "GET /comparisons/{id}",
    "GET /models/{name}/classes",
    "POST /models/{name}/classes",
    "GET /models/{name}/classes/{key}",
    "PATCH /models/{name}/classes/{key}",
    "DELETE /models/{name}/classes/{key}",
    "GET /models/{name}/examples",
    "POST /models/{name}/examples",
    "GET /models/{name}/examples/{id}",
    "PATCH /models/{name}/examples/{id}",
    "DELETE /models/{name}/examples/{id}",
    "GET /models/{name}/examples/{id}/image",
    "POST /models/{name}/archives",
    "GET /models/{name}/archives/{id}",
    "DELETE /models/{name}/archives/{id}",
    "POST /models/{name}/versions/{id}/export",
    "POST /models/{name}/packages",
    "GET /models/{name}/packages/{id}",
    "DELETE /models/{name}/packages/{id}",
    "GET /models/{name}/packages/{id}/file",
    "GET /models/{name}/corrections",
    "POST /models/{name}/corrections",
    "GET /models/{name}/problems",
    "GET /models/{name}/trainings",
    "POST /models/{name}/trainings",
    "GET /models/{name}/trainings/{id}",
    "DELETE /models/{name}/trainings/{id}",
    "GET /models/{name}/trainings/{id}/outcomes",
    "GET /models/{name}/data-sets/exports",
    "POST /models/{name}/data-sets/exports",
    "GET /models/{name}/data-sets/exports/{id}",
    "DELETE /models/{name}/data-sets/exports/{id}",
    "GET /models/{name}/data-sets/exports/{id}/file",
    "GET /models/{name}/data-sets/imports",
    "POST /models/{name}/data-sets/imports",
    "GET /models/{name}/data-sets/imports/{id}",
    "DELETE /models/{name}/data-sets/imports/{id}",
    "POST /models/{name}/data-sets/imports/{id}/cancel",
    "POST /feedback",
    "GET /feedback",
    "GET /webhooks",
    "POST /webhooks",
    "GET /webhooks/{id}",
    "DELETE /webhooks/{id}",
    "POST /webhooks/{id}/test",
    "GET /webhooks/{id}/deliveries",
    "GET /health",
    "GET /health/live",
    "GET /metrics",
    "GET /schema",
    "",
][1:-1]
WITHOUT_TOKEN = {
    "POST /login",
    "POST /login/refresh",
    "POST /users",
    "POST /user",
    "GET /health",
    "GET /health/live",
    "GET /metrics",
    "GET /schema",
}


@pytest.fixture
def schema(client, db):
    response = client.get("/schema?format=json")
    assert response.status_code == 200
    return response.json()


@pytest.fixture
def operations(schema):
    """By method and path, as in the contract."""
    return {
        f"{method.upper()} {path}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }


def test_it_is_valid_openapi(schema):
    assert schema["openapi"].startswith("3.")
    validate(schema)


def test_it_is_generated_without_warnings(db):
    call_command("spectacular", validate=True, fail_on_warn=True, file="/dev/null")


def test_every_endpoint_of_the_contract_is_there(operations):
    assert [name for name in ENDPOINTS if name not in operations] == []


def test_every_operation_has_a_summary_and_a_unique_id(operations):
    assert all(operation["summary"] and operation["tags"] for operation in operations.values())
    names = [operation["operationId"] for operation in operations.values()]
    assert len(set(names)) == len(names)


def test_operations_that_need_a_token_describe_it_and_their_401(operations):
    for name in ENDPOINTS:
        security = operations[name].get("security", [])
        needs_token = {"bearer": []} in security and {} not in security
        assert ({"password": []} in security) == needs_token
        assert needs_token == (name not in WITHOUT_TOKEN), name
        if needs_token:
            assert "401" in operations[name]["responses"], name


def bodies(answers):
    return [body for answer in answers for body in answer.get("content", {}).items()]


def test_every_json_answer_has_an_example(operations):
    missing = [
        (name, status)
        for name, operation in operations.items()
        for status, answer in operation["responses"].items()
        for media_type, body in bodies([answer])
        if media_type == "application/json" and not body.get("examples")
    ]
    assert missing == []


def test_every_request_without_a_file_has_an_example(operations):
    missing = [
        name
        for name, operation in operations.items()
        if (request := dict(bodies([operation.get("requestBody", {})])))
        and not any(body.get("examples") for body in request.values())
        and set(request) != {"multipart/form-data"}
    ]
    assert missing == []


def test_limits_are_described_everywhere(operations):
    for name in ENDPOINTS:
        if "service" not in operations[name]["tags"]:
            assert "Retry-After" in operations[name]["responses"]["429"]["headers"], name


def test_a_lost_database_or_queue_is_described_everywhere(operations):
    for name in ENDPOINTS:
        if "service" not in operations[name]["tags"]:
            assert "Retry-After" in operations[name]["responses"]["503"]["headers"], name


def test_errors_of_request_bodies_are_described(client, operations):
    for status in ("408", "411", "413", "415"):
        described = [name for name in ENDPOINTS if status in operations[name]["responses"]]
        assert described == [name for name in ENDPOINTS if "requestBody" in operations[name]]
    said = client.post("/login", "ada", content_type="text/plain")
    assert said.status_code == 415
    example = operations["POST /login"]["responses"]["415"]["content"]["application/json"]
    assert said.json() == example["examples"]["Said"]["value"]


def test_response_headers_are_described(api, operations, worker):
    described = operations["POST /model/predict"]["responses"]
    for prefer, colour in (("wait=20", "red"), ("respond-async", "blue")):
        answer = predict(api, picture(colour), prefer=prefer)
        own = {"Location", "Preference-Applied", "Server-Timing"} & set(answer.headers)
        assert own, prefer
        assert own <= set(described[str(answer.status_code)]["headers"]), prefer


def test_an_id_is_a_uuid(operations):
    (parameter,) = operations["DELETE /model/predictions/{id}"]["parameters"]
    assert parameter["schema"] == {"type": "string", "format": "uuid"}


def test_bulk_requests_are_answered_with_an_array(operations):
    parameters = operations["POST /model/predictions"]["parameters"]
    names = {parameter["name"] for parameter in parameters}
    assert names == {"model", "top_k", "may_improve_service"}


def test_lists_describe_their_link_header(operations, schema):
    for name in ("GET /users", "GET /model/predictions", "GET /feedback"):
        parameters = {parameter["name"] for parameter in operations[name]["parameters"]}
        assert {"limit", "cursor"} <= parameters, name
        assert "Link" in operations[name]["responses"]["200"]["headers"], name
        answer = operations[name]["responses"]["200"]["content"]["application/json"]["schema"]
        component = schema["components"]["schemas"][answer["$ref"].rpartition("/")[2]]
        assert component["type"] == "array", name


@pytest.mark.parametrize("accept", ["application/json", "application/yaml", "*/*"])
def test_it_comes_in_the_format_asked_for(client, db, accept):
    assert client.get("/schema", headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize("path", ["/schema", "/docs", "/redoc"])
@pytest.mark.parametrize("chosen", ["AAA", "api", "\x00", "json/../yaml"])
def test_an_unknown_format_is_refused(client, db, path, chosen):
    response = client.get(path, {"format": chosen}, headers={"Accept": "text/html"})
    assert response.status_code == 400
    assert response["Content-Type"] == "application/json"
    (said,) = response.json()["format"]
    assert said == ("It can be json or yaml." if path == "/schema" else "It can be html.")


@pytest.mark.parametrize("name", ["version", "lang"])
@pytest.mark.parametrize("value", ["\r\nX: y", "\x00", '"', "9"])
def test_other_query_parameters_are_ignored(client, schema, name, value):
    response = client.get("/schema", {"format": "json", name: value})
    assert response.json() == schema
    assert response["Content-Disposition"] == 'inline; filename="Image classification.json"'
