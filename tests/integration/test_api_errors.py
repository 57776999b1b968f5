"""Whatever is wrong with a request to the API, the answer is problem details with the documented status and code."""

import json
from collections.abc import AsyncIterator
from http import HTTPStatus

import httpx
import pytest

from tests.support.clients import Client, Crowd
from tests.support.rooms import shared_server

server = pytest.fixture(scope="module")(shared_server)

JSON = {"Content-Type": "application/json"}
KEY = "331dd1fd-1832-4111-accb-2354d0c6a1a7"


@pytest.fixture
async def ana(crowd: Crowd) -> Client:
    return await crowd.join("Ana")


def assert_problem(response: httpx.Response, status: int, code: str) -> None:
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json"), (
        response.text
    )
    shape = response.json()
    assert shape.keys() == {"type", "title", "status", "detail", "code"}
    assert shape == {**shape, "type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code}
    assert shape["detail"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"Ana"',
        b"{}",
        b'{"name": 1}',
        b'{"name": null}',
        b'{"name": ["Ana"]}',
        b'{"Name": "Ana"}',
        b'{"name": "\xff"}',
        b"[" * 20_000,
        b'{"name":' * 7_000,
        b"1" * 5_000,
        b'{"name": "Ana", "age": ' + b"9" * 5_000 + b"}",
    ],
    ids=lambda content: repr(content[:20]),
)
async def test_a_body_that_is_not_of_the_shape_is_malformed(crowd: Crowd, content: bytes) -> None:
    assert_problem(await crowd.http.post("/api/join", content=content, headers=JSON), 400, "malformed")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "nonsense"]
)
async def test_a_body_that_is_not_declared_as_json_is_malformed(crowd: Crowd, kind: str) -> None:
    response = await crowd.http.post("/api/join", content=b'{"name": "Ana"}', headers={"Content-Type": kind})
    assert_problem(response, 400, "malformed")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "empty"),
        (" \t ", "empty"),
        ("a" * 41, "too_long"),
        ("a" * 10_000, "too_long"),
        ("a\x00b", "bad_text"),
        ("\ud800", "bad_text"),
        ("\u200b", "bad_text"),
        ("\u2800", "bad_text"),
        ("a\u202eb", "bad_text"),
        ("a" + "\u0301" * 30, "bad_text"),
    ],
)
async def test_a_name_that_breaks_a_rule_is_refused(crowd: Crowd, name: str, code: str) -> None:
    response = await crowd.http.post("/api/join", content=json.dumps({"name": name}), headers=JSON)
    assert_problem(response, 422, code)
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        ({"key": KEY, "body": ""}, 422, "empty"),
        ({"key": KEY, "body": " \n\u200b "}, 422, "empty"),
        ({"key": KEY, "body": "x" * 4_001}, 422, "too_long"),
        ({"key": KEY, "body": "a\x00b"}, 422, "bad_text"),
        ({"key": KEY, "body": "\ud800"}, 422, "bad_text"),
        ({"key": "", "body": "x"}, 422, "bad_key"),
        ({"key": "1", "body": "x"}, 422, "bad_key"),
        ({"key": "\ud800", "body": "x"}, 422, "bad_key"),
        ({"key": 1, "body": "x"}, 400, "malformed"),
        ({"key": KEY, "body": 1}, 400, "malformed"),
        ({"key": KEY}, 400, "malformed"),
        ({"body": "x"}, 400, "malformed"),
    ],
)
async def test_a_message_that_breaks_a_rule_is_refused(
    crowd: Crowd, ana: Client, message: object, status: int, code: str
) -> None:
    headers = JSON | ana.headers
    assert_problem(await crowd.http.post("/api/messages", content=json.dumps(message), headers=headers), status, code)
    assert await crowd.history() == []


async def test_a_body_too_long_is_told_its_count(ana: Client) -> None:
    assert "4,001" in (await ana.post("x" * 4_001)).json()["detail"]


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer nonsense", "Basic YW5hOg==", "Bearer ü"])
async def test_saying_something_needs_a_session(crowd: Crowd, authorization: str | None) -> None:
    headers = [] if authorization is None else [(b"Authorization", authorization.encode("latin-1"))]
    response = await crowd.http.post("/api/messages", json={"key": KEY, "body": "x"}, headers=headers)
    assert_problem(response, 401, "not_joined")


@pytest.mark.parametrize(
    "address",
    [
        "users?limit=0",
        "users?limit=201",
        "users?limit=-1",
        "users?limit=many",
        "users?limit=",
        "users?after=-1",
        "users?after=1.5",
        f"users?after={1 << 63}",
        f"users?after={'9' * 5_000}",
        "users?q=%00",
        f"users?q={'a' * 101}",
        "messages?limit=0",
        "messages?limit=201",
        "messages?before=-1",
        "messages?before=newest",
        f"messages?before={1 << 63}",
        "changes?limit=0",
        "changes?limit=201",
        "changes?after=-1",
        "changes?after=",
        f"changes?after={1 << 63}",
        f"changes?after={'9' * 5_000}",
    ],
    ids=lambda address: address[:30],
)
async def test_a_bad_query_is_malformed(crowd: Crowd, address: str) -> None:
    assert_problem(await crowd.http.get(f"/api/{address}"), 400, "malformed")


@pytest.mark.parametrize(
    "address",
    [
        f"users?after={(1 << 63) - 1}",
        f"messages?before={(1 << 63) - 1}",
        "messages?before=0",
        f"changes?after={(1 << 63) - 1}",
        "users?q=%ED%A0%80",
        "users?q=%FF",
        "users?unknown=1",
    ],
)
async def test_an_odd_query_is_answered_all_the_same(crowd: Crowd, address: str) -> None:
    assert (await crowd.http.get(f"/api/{address}")).status_code == 200


async def test_what_is_not_there_is_not_found(crowd: Crowd) -> None:
    for address in ("/api/nothing", "/api/", "/api/users/1", "/nothing"):
        assert_problem(await crowd.http.get(address), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [("GET", "join", "POST"), ("PUT", "join", "POST"), ("DELETE", "users", "GET"), ("POST", "changes", "GET")],
)
async def test_a_method_that_is_not_taken_is_told_which_are(
    crowd: Crowd, method: str, address: str, allowed: str
) -> None:
    response = await crowd.http.request(method, f"/api/{address}")
    assert_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize("address", ["/api/join", "/api/messages", "/join", "/messages"])
async def test_a_body_over_the_bound_is_too_large_when_announced(crowd: Crowd, ana: Client, address: str) -> None:
    content = b'{"name": "' + b"a" * 64 * 1024 + b'"}'
    assert_problem(await crowd.http.post(address, content=content, headers=JSON | ana.headers), 413, "too_large")


@pytest.mark.parametrize("address", ["/api/join", "/api/messages", "/join", "/messages"])
async def test_a_body_over_the_bound_is_too_large_when_it_comes_in_chunks(
    crowd: Crowd, ana: Client, address: str
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(65):
            yield b"name=" + b"a" * 1019

    form = {"Content-Type": "application/json" if "api" in address else "application/x-www-form-urlencoded"}
    assert_problem(await crowd.http.post(address, content=chunks(), headers=form | ana.headers), 413, "too_large")


async def test_a_body_right_at_the_bound_is_read(crowd: Crowd) -> None:
    content = b'{"name": "Edge"' + b" " * (64 * 1024 - 16) + b"}"
    assert len(content) == 64 * 1024
    assert (await crowd.http.post("/api/join", content=content, headers=JSON)).status_code == 200


@pytest.mark.parametrize("content", [b"nonsense", b'--x\r\nContent-Disposition: form-data; name="name"\r\n'])
async def test_a_form_that_cannot_be_read_is_malformed(crowd: Crowd, content: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    response = await crowd.http.post("/join", content=content, headers=headers)
    if response.status_code != 422:  # read as an empty form
        assert_problem(response, 400, "malformed")
