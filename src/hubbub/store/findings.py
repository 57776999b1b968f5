"""What messages are found by, in PostgreSQL: decision 9 tells why it is as it is."""

from collections.abc import Sequence

from sqlalchemy import text

from hubbub.room.changes import Message
from hubbub.room.finding import Wanted
from hubbub.room.ports import Finding, Unread
from hubbub.store.database import Database, Question
from hubbub.store.log import to_message

STRETCH = 10_000  # ids of messages whose parts are looked at together
# Each stretch turns the parts into numbers of its own, the same here and in SQL.
TURN, RANGE = 40_503, (1 << 31) - 1
NEWEST = 1 << 62  # beyond all ids

# The room's row once for each message, or once with nulls, as for the one question: what both say is of one moment.
# What is new goes first, then what is to be found in another way than before.
ASK_UNREAD = Question(
    text("""
        select indexed.rev as stood, anew < indexed.rev as is_behind, after, head, message.id, message.rev, message.body
        from indexed
        cross join lateral (
            select case when indexed.rev < room.rev then indexed.rev else anew end as after, room.rev as head from room
        ) stretch
        left join lateral (
            select id, rev, body
            from messages
            where messages.rev > after and messages.rev <= head
            order by messages.rev
            limit :limit
        ) message on true
        order by message.rev
    """)
)
KEEP = Question(
    text("""
        select index_messages(:stood, :after, :rev, cast(:gone as bigint[]), cast(:ids as bigint[]),
                              cast(:texts as text[]), cast(:numbers as text[])) as kept
    """)
)
# One stretch of ids after the other, until there are enough: what all messages have costs no more than what few have.
# The sums keep the planner from walking through the ids.
ASK_FINDINGS = Question(
    text(f"""
        select *
        from shown
        where id = any (array(
            select finding.message_id
            from (
                select generate_series(
                    least(cast(:before as bigint) - 1, coalesce(max(message_id), 0)) / {STRETCH}, 0, -1
                ) as number
                from findings
                order by number desc
            ) stretch
            cross join lateral (
                select message_id
                from findings
                where parts @> array(
                    select part # cast(stretch.number * {TURN} % {RANGE} as int) from unnest(cast(:parts as int[])) part
                ) and message_id + 0 < :before and plain like all (cast(:patterns as text[]))
                order by message_id + 0 desc
                limit :limit
            ) finding
            order by stretch.number desc, finding.message_id desc
            limit :limit
        ))
        order by id desc
    """)  # noqa: S608 as all of it is written here
)


class PostgresFindings:
    """Implements `room.ports.Findings`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unread(self, limit: int) -> Unread:
        """Return what is to be made findable next: at most so many messages."""
        rows = await ASK_UNREAD.ask(self._database, limit=limit)
        texts = [(row["id"], row["rev"], row["body"]) for row in rows if row["id"] is not None]
        rev = rows[-1]["rev"] if len(texts) == limit else rows[0]["head"]
        return Unread(rows[0]["stood"], rows[0]["after"], rev, texts, rows[0]["is_behind"])

    async def keep(self, unread: Unread, rev: int, findings: Sequence[Finding]) -> bool:
        """Keep what messages are found by now, up to a revision; false, and nothing kept, if others kept more."""
        full = [one for one in findings if one.plain]
        rows = await KEEP.ask(
            self._database,
            stood=unread.stood,
            after=unread.after,
            rev=rev,
            gone=[one.message_id for one in findings if not one.plain],
            ids=[one.message_id for one in full],
            texts=[one.plain for one in full],
            numbers=[_numbers(one) for one in full],
        )
        return bool(rows[0]["kept"])

    async def find(self, wanted: Wanted, before: int | None, limit: int) -> Sequence[Message]:
        """Return the last `limit` messages (those before an id) in which all is that is wanted, newest first."""
        patterns = [f"%{text}%" for text in wanted.texts]  # plain texts have no signs that mean something here
        asked = {"parts": wanted.parts, "patterns": patterns, "limit": limit}
        rows = await ASK_FINDINGS.ask(self._database, before=NEWEST if before is None else before, **asked)
        return [to_message(row) for row in rows]


def _numbers(finding: Finding) -> str:
    """Return the parts of a message as its stretch has them, as PostgreSQL writes arrays."""
    turn = finding.message_id // STRETCH * TURN % RANGE
    return f"{{{','.join([str(part ^ turn) for part in finding.parts])}}}"
