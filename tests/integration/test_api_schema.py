"""The OpenAPI page describes the whole API, and requests made from it meet nothing it does not describe."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import CheckFunction, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.support.rooms import shared_server
from tests.support.servers import Server

server = pytest.fixture(scope="module")(shared_server)

# The same few requests every time, and no long search for the smallest of those that fail.
BOUNDED = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
OF_ONES_OWN = {"400", "401", "403", "404", "413", "422", "429", "503", "default"}
ANSWERS = {
    ("/api/join", "post"): {"200", "400", "403", "413", "422", "429", "503", "default"},
    ("/api/users", "get"): {"200", "400", "503", "default"},
    ("/api/messages", "get"): {"200", "400", "503", "default"},
    ("/api/messages", "post"): {"200", "201", "400", "401", "403", "413", "422", "429", "503", "default"},
    ("/api/search", "get"): {"200", "400", "422", "503", "default"},
    ("/api/messages/{message_id}", "get"): {"200", "400", "404", "503", "default"},
    ("/api/messages/{message_id}", "patch"): {"200", *OF_ONES_OWN},
    ("/api/messages/{message_id}", "delete"): {"204", *OF_ONES_OWN},
    ("/api/messages/{message_id}/reactions/{emoji}", "put"): {"204", *OF_ONES_OWN},
    ("/api/messages/{message_id}/reactions/{emoji}", "delete"): {"204", *OF_ONES_OWN},
    ("/api/changes", "get"): {"200", "400", "503", "default"},
}


@pytest.fixture(scope="module")
def page(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{server.url}/api/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def api(server: Server) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{server.url}/api/openapi.json")


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    return str(httpx.post(f"{server.url}/api/join", json={"name": "Schema"}).json()["token"])


def test_the_page_is_valid_and_complete(page: dict[str, Any], api: schemathesis.BaseSchema) -> None:
    api.validate()
    described = {
        (path, method): set(operation["responses"])
        for path, methods in page["paths"].items()
        for method, operation in methods.items()
    }
    assert described == ANSWERS


def test_every_error_is_described_as_problem_details(page: dict[str, Any]) -> None:
    for path, method in ANSWERS:
        for status, answer in page["paths"][path][method]["responses"].items():
            kind = "application/json" if status.startswith("2") else "application/problem+json"
            kinds = set() if status == "204" else {kind}
            assert answer.get("content", {}).keys() == kinds, (path, method, status)


def test_only_what_changes_the_room_needs_a_session(page: dict[str, Any]) -> None:
    operations = {at: page["paths"][at[0]][at[1]] for at in ANSWERS}
    changing = {at for at in ANSWERS if at[1] != "get"} - {("/api/join", "post")}
    assert {at for at, operation in operations.items() if "security" in operation} == changing


@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
@pytest.mark.parametrize(("path", "method"), ANSWERS)
def test_requests_made_from_the_page_meet_no_surprise(
    api: schemathesis.BaseSchema, token: str, path: str, method: str, mode: GenerationMode
) -> None:
    # A schema cannot tell what may be a name, a message, or looked for.
    is_beyond = method != "get" or path == "/api/search"
    beyond_a_schema: list[CheckFunction] = [positive_data_acceptance] * is_beyond

    @BOUNDED
    @given(case=api[path][method].as_strategy(generation_mode=mode))
    def try_one(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=beyond_a_schema)

    try_one()
