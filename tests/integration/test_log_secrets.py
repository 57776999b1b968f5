"""Proves that the log never tells what people say, their names or their tokens, whatever breaks."""

import json
from uuid import uuid4

from tests.support.clients import Crowd
from tests.support.servers import serving
from tests.support.sessions import session

BODY = "between you and me"
NAME = "Nobody Knows"


async def test_log_of_a_broken_database_holds_nothing_of_what_people_sent(database_url: str) -> None:
    with serving(database_url) as server:
        async with Crowd(server.url) as crowd, session(database_url) as database:
            ana = await crowd.join(NAME)
            stream = await ana.stream()
            await stream.say(f"{BODY} at first")
            await stream.sees(f"{BODY} at first")
            for function in ("say(bigint[], uuid[], text[], bigint[], text[])", "enter"):
                await database.execute(f"alter function {function} rename to broken")
            key = uuid4()
            await stream.say(BODY, key)
            assert (await stream.refusal())["key"] == str(key)
            answer = await crowd.http.post("/api/join", json={"name": f"{NAME} either"})
            assert answer.status_code == 500
        server.stop()
    lines = [json.loads(line) for line in server.logged]
    assert {"task crashed", "Exception in ASGI application\n"} <= {line["event"] for line in lines}
    logged = "".join(server.logged)
    assert not [secret for secret in (BODY, NAME, ana.token, str(key)) if secret in logged]
