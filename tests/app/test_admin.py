"""The admin API: each operation, and the clear 400 of each wrong call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from werkzeug.test import TestResponse

from mockserver.app.admin.console_operations import ConsoleOperations
from mockserver.app.admin.operations import Operations
from mockserver.app.tenants import tenant_id
from mockserver.contracts import Response, error_catalog
from mockserver.strict_json import JSON
from tests.http import LATEST, NEWEST, NOW, PINNED, Generate, MakeClient

TENANT = tenant_id("mock-key")
SMALL = "256x256"


def document(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/__admin/openapi.json").get_json()
    return found


def findings(reply: TestResponse) -> list[str]:
    """What is wrong with an error body, by the documented schema."""
    response = Response(reply.status_code, dict(reply.headers), reply.data)
    return [str(finding) for finding in error_catalog().findings(response)]


def test_the_document_is_valid_openapi(client: FlaskClient) -> None:
    OpenAPIV31SpecValidator(document(client)).validate()


def test_the_document_names_every_operation_that_there_is(client: FlaskClient) -> None:
    described = [
        (path, method.upper(), operation["operationId"])
        for path, methods in document(client)["paths"].items()
        for method, operation in methods.items()
    ]
    classes = (Operations, ConsoleOperations)
    public = {name for one in classes for name in vars(one) if not name.startswith("_")}
    assert {name for _, _, name in described} == public
    rules = [rule for rule in client.application.url_map.iter_rules() if "admin" in rule.endpoint]
    served = {(str(rule), method) for rule in rules for method in rule.methods or ()}
    for path, method, _ in described:
        assert (path.replace("{", "<").replace("}", ">"), method) in served


def test_the_document_allows_no_other_query_parameter(client: FlaskClient) -> None:
    schema = document(client)["components"]["parameters"]["filter"]["schema"]
    assert Draft202012Validator(schema).is_valid({"status": 200})
    assert not Draft202012Validator(schema).is_valid({"colour": "red"})


@pytest.mark.parametrize(
    "path",
    [
        *("/contracts", "/faults", "/faults/kinds", "/limits", "/requests", "/requests/count"),
        *("/requests/feed", "/requests/{id}", "/requests/{id}/response", "/scenarios"),
        *("/settings", "/tenants"),
    ],
)
def test_a_response_keeps_the_document(client: FlaskClient, generate: Generate, path: str) -> None:
    client.post("/__admin/faults", json={"status": 503})
    request_id = generate(n=0).headers["X-Request-Id"]
    shown = client.get(f"/__admin{path}".replace("{id}", request_id))
    responses = document(client)["paths"][f"/__admin{path}"]["get"]["responses"]
    schema = responses["200"]["content"]["application/json"]["schema"]
    Draft202012Validator(schema).validate(shown.get_json())


def test_every_description_says_something(client: FlaskClient) -> None:
    for path, methods in document(client)["paths"].items():
        for operation in methods.values():
            assert operation["summary"].endswith("."), path
            for parameter in operation.get("parameters", []):
                assert parameter["description"].endswith("."), path


def test_settings_are_shown_without_secrets(make_client: MakeClient) -> None:
    client = make_client(api_keys=("mock-good",), seed=3, vary=5)
    shown = client.get("/__admin/settings").get_json()
    assert (shown["seed"], shown["vary"]) == (3, 5)
    assert shown["contracts"] == {**LATEST, "dall-e-2": PINNED}
    assert not {"api_keys", "url_secret", "admin_token"} & shown.keys()


def test_faults_are_added_listed_and_removed(client: FlaskClient) -> None:
    added = client.post("/__admin/faults", json={"status": 503, "times": 2})
    mine = client.post("/__admin/faults", json={"fault": "html-page", "tenant": TENANT})
    assert (added.status_code, mine.status_code) == (201, 201)
    assert added.get_json()["fault"] == "unavailable"
    listed = client.get("/__admin/faults").get_json()["faults"]
    assert listed == [added.get_json()]
    listed = client.get("/__admin/faults", query_string={"tenant": TENANT}).get_json()
    assert listed["faults"] == [mine.get_json()]
    number = added.get_json()["id"]
    assert client.delete(f"/__admin/faults?id={number}").get_json() == {"removed": 1}
    assert client.delete(f"/__admin/faults?id={number}").get_json() == {"removed": 0}
    assert client.delete(f"/__admin/faults?tenant={TENANT}").get_json() == {"removed": 1}
    assert Generate(client)(size=SMALL).status_code == 201


def test_a_scenario_replaces_a_queue(client: FlaskClient) -> None:
    client.post("/__admin/faults", json={"status": 500})
    named = client.put("/__admin/scenario", json={"name": "rate-limited"}).get_json()
    assert [fault["fault"] for fault in named["faults"]] == ["rate-limited"]
    faults: list[JSON] = [{"status": 502}, {"status": 503}]
    client.put("/__admin/scenario", json={"faults": faults, "tenant": TENANT})
    client.put("/__admin/scenario", json={"faults": []})
    assert [Generate(client)(size=SMALL).status_code for _ in range(3)] == [502, 503, 201]


def test_another_contract_answers_one_tenant(client: FlaskClient) -> None:
    generate = Generate(client)
    other = Generate(client, headers={"Authorization": "Bearer mock-other"})
    used = client.put("/__admin/contracts", json={"tenant": TENANT, "contract": NEWEST})
    assert used.get_json() == {"contract": NEWEST}
    assert [generate(size=SMALL).status_code, other(size=SMALL).status_code] == [200, 201]
    client.put("/__admin/contracts", json={"tenant": TENANT, "contract": "dall-e-2"})
    assert generate(size=SMALL).status_code == 201


def test_a_tenants_clock_stops_and_goes_on(make_client: MakeClient) -> None:
    client = make_client(contracts=(NEWEST,))
    body = {"tenant": TENANT, "time": "2026-01-16T12:00:00+02:00"}
    stopped = client.put("/__admin/clock", json=body).get_json()
    assert stopped == {"time": "2026-01-16T10:00:00.000Z"}
    reply = Generate(client)(size=SMALL).get_json()
    assert reply["created"] == 1768557600
    url = reply["data"][0]["url"]
    assert client.get(url).status_code == 200
    client.put("/__admin/clock", json={**body, "time": "2026-01-16T12:00:00Z"})
    assert client.get(url).status_code == 403
    client.put("/__admin/clock", json={**body, "time": None})
    assert Generate(client)(size=SMALL).get_json()["created"] == NOW


def test_a_reset_forgets_one_tenant_or_all(client: FlaskClient) -> None:
    for tenant in ("a", "b"):
        client.put("/__admin/credits", json={"tenant": tenant, "balance": 1})
    assert client.post("/__admin/reset", json={"tenant": "a"}).get_json() == {"reset": "a"}
    balances = [client.get(f"/__admin/credits?tenant={t}").get_json()["balance"] for t in "ab"]
    assert balances == [None, 1]
    assert client.post("/__admin/reset").get_json() == {"reset": "everybody"}
    assert client.get("/__admin/credits?tenant=b").get_json()["balance"] is None


MIGRATE: JSON = {"fault": "migrate", "contract": "dall-e-9"}
WRONG: list[tuple[str, JSON, str]] = [
    ("POST /faults", [], "Expected object, received array"),
    ("POST /faults", {}, "Expected one of 'fault' | 'status', received object"),
    ("POST /faults", {"status": 200}, "status: Expected a number of at least 400"),
    ("POST /faults", {"status": 500, "tenant": ""}, "tenant: Expected at least 1 character"),
    ("POST /faults", {"status": 500, "colour": 1}, "colour: Expected no such field"),
    ("PUT /scenario", {}, "Expected one of 'name' | 'faults', received object"),
    ("PUT /scenario", {"name": "sunny"}, "no scenario 'sunny'; expected one of flaky"),
    ("PUT /scenario", {"name": ""}, "no scenario ''"),
    ("PUT /scenario", {"name": "pyproject.toml"}, "no scenario 'pyproject.toml'"),
    ("PUT /scenario", {"faults": [{"status": 1}]}, "faults.0.status: Expected a number"),
    ("PUT /scenario", {"faults": [{"fault": "x"}]}, "no fault 'x'"),
    ("PUT /scenario", {"faults": [MIGRATE]}, "no contract 'dall-e-9'"),
    ("POST /faults", MIGRATE, "no contract 'dall-e-9'"),
    ("PUT /scenario", {"faults": [], "name": "flaky"}, "Expected exactly one of 'name' | 'faults'"),
    ("PUT /limits", {"rate": "often"}, "expected a rate such as 10/minute"),
    ("PUT /limits", {"rate": 5}, "rate: Expected string or null, received number 5"),
    ("PUT /limits", {"concurrency": 0}, "concurrency: Expected a number of at least 1"),
    ("PUT /credits", {}, "balance: Expected integer or null, received nothing"),
    ("PUT /credits", {"balance": -1}, "balance: Expected a number of at least 0"),
    ("PUT /credits", {"balance": 1.5}, "balance: Expected integer or null"),
    ("PUT /contracts", {"tenant": "a"}, "contract: Expected string, received nothing"),
    ("PUT /contracts", {"tenant": "a", "contract": "dall-e-9"}, "no contract 'dall-e-9'"),
    ("PUT /clock", {"tenant": "a"}, "time: Expected string or null, received nothing"),
    ("PUT /clock", {"tenant": "a", "time": "noon"}, "Expected a string of format date-time"),
    ("PUT /clock", {"tenant": "a", "time": "2026-01-16"}, "format date-time"),
    ("PUT /clock", {"tenant": "a", "time": ""}, "format date-time"),
    ("PUT /clock", {"tenant": "a", "time": "2026-13-01T00:00:00Z"}, "format date-time"),
    ("PUT /clock", {"tenant": "a", "time": "0001-01-01T00:00:00Z"}, "in the years 1971 to 9000"),
    ("PUT /clock", {"tenant": "a", "time": "9999-12-31T23:59:59Z"}, "in the years 1971 to 9000"),
    ("POST /requests/wait", {"count": 0}, "count: Expected a number of at least 1"),
    ("POST /requests/wait", {"timeout": 61}, "timeout: Expected a number of at most 60"),
    ("POST /requests/wait", {"colour": "red"}, "colour: Expected no such field"),
    ("POST /requests/verify", {"exactly": "two"}, "exactly: Expected integer"),
    ("POST /requests/verify", {"at_least": 5, "at_most": 1}, "received 5 and 1: no number of"),
    ("POST /requests/verify", {"status": "200"}, "status: Expected integer"),
    ("POST /reset", {"tenant": ""}, "tenant: Expected at least 1 character"),
    ("POST /reset", {"everybody": True}, "everybody: Expected no such field"),
    ("GET /requests?status=ok", None, "status: Expected integer, received string 'ok'"),
    ("GET /requests?colour=red", None, "colour: Expected no such field"),
    ("GET /requests?limit=0", None, "limit: Expected a number of at least 1"),
    ("GET /faults?tenant=", None, "tenant: Expected at least 1 character"),
    ("DELETE /faults?tenant=", None, "tenant: Expected at least 1 character"),
    ("DELETE /faults?id=first", None, "id: Expected integer"),
    ("DELETE /requests?tenant=", None, "tenant: Expected at least 1 character"),
    ("GET /settings?verbose=1", None, "verbose: Expected no such field, received string '1'"),
    ("GET /limits?tenant=", None, "tenant: Expected at least 1 character"),
    ("GET /credits?id=1", None, "id: Expected no such field"),
]


@pytest.mark.parametrize(("context", "body", "words"), WRONG)
def test_a_wrong_call_gets_a_clear_400(
    client: FlaskClient, context: str, body: JSON, words: str
) -> None:
    method, _, path = context.partition(" ")
    reply = client.open(f"/__admin{path}", method=method, json=body)
    assert reply.status_code == 400, reply.data
    assert findings(reply) == []
    message = reply.get_json()["message"]
    assert message.startswith("Body validation error!\n")
    assert words in message


@pytest.mark.parametrize(
    ("context", "body", "expected"),
    [
        ("PUT /credits", {"balance": 0.0}, {"balance": 0}),
        ("PUT /limits", {"concurrency": 2.0}, {"rate": None, "concurrency": 2}),
        ("POST /requests/wait", {"count": 1.0, "timeout": 0}, {"arrived": False}),
        ("DELETE /faults?id=-1274", None, {"removed": 0}),
        (f"DELETE /faults?id={10**20}", None, {"removed": 0}),
        ("GET /requests/count?status=-1", None, {"count": 0}),
    ],
)
def test_an_integer_is_what_json_schema_calls_one(
    client: FlaskClient, context: str, body: JSON, expected: dict[str, JSON]
) -> None:
    method, _, path = context.partition(" ")
    reply = client.open(f"/__admin{path}", method=method, json=body)
    assert reply.status_code == 200, reply.data
    assert expected.items() <= reply.get_json().items()


@pytest.mark.parametrize("path", ["/faults", "/requests/verify", "/requests/wait"])
@pytest.mark.parametrize(
    ("body", "words"),
    [(b"{", "Expected JSON, but"), (b"", "an empty body"), (b"\xff", "Expected UTF-8")],
)
def test_a_body_that_is_no_json_gets_a_clear_400(
    client: FlaskClient, path: str, body: bytes, words: str
) -> None:
    reply = client.post(f"/__admin{path}", data=body)
    assert (reply.status_code, findings(reply)) == (400, [])
    assert words in reply.get_json()["message"]


def test_a_wrong_call_changes_nothing(client: FlaskClient) -> None:
    client.post("/__admin/faults", json={"status": 503})
    faults: list[JSON] = [{"status": 500}, {"fault": "lightning"}]
    assert client.put("/__admin/scenario", json={"faults": faults}).status_code == 400
    wrong = {"rate": "often", "concurrency": 1}
    assert client.put("/__admin/limits", json=wrong).status_code == 400
    assert client.get("/__admin/limits").get_json() == {"rate": None, "concurrency": None}
    assert [Generate(client)(size=SMALL).status_code for _ in range(2)] == [503, 201]


@pytest.mark.parametrize(("method", "status"), [("PATCH", 405), ("PUT", 405), ("DELETE", 405)])
def test_a_wrong_method_gets_the_documented_body(
    client: FlaskClient, method: str, status: int
) -> None:
    reply = client.open("/__admin/reset", method=method)
    assert (reply.status_code, findings(reply)) == (status, [])


def test_every_response_is_json_with_a_line_end(client: FlaskClient) -> None:
    for name in ("settings", "faults", "limits", "credits", "requests", "openapi.json"):
        reply = client.get(f"/__admin/{name}")
        assert reply.mimetype == "application/json"
        assert reply.data.endswith(b"\n")
        json.loads(reply.data)


def test_without_the_admin_api_there_is_none(make_client: MakeClient) -> None:
    client = make_client(admin=False)
    for name in ("settings", "openapi.json", "requests"):
        assert client.get(f"/__admin/{name}").status_code == 404
