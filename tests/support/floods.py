"""Much said at once, as another server says it: in the database, so that nobody's own sends are in the way."""

from tests.support.sessions import session

SAY = """
    select say(array_agg($1::bigint), array_agg(gen_random_uuid()), array_agg($2 || ' ' || n order by n))
    from generate_series(0, $3 - 1) n
"""


async def flood(database_url: str, user_id: int, body: str, messages: int) -> str:
    """Say a body so many times, each with its number after it, and return the last."""
    async with session(database_url) as connection:
        await connection.execute(SAY, user_id, body, messages)
    return f"{body} {messages - 1}"
