"""Proves the judge: fed with a lost, a doubled and a swapped message it objects to each."""

import copy
import json
from collections.abc import Callable

import pytest

from hubbub.store.database import Database
from tests.faults.audit.checker import check, check_departures, check_log
from tests.faults.audit.stage import DEPARTURES
from tests.faults.audit.witness import Departure, Json, Seen, Span, Witness
from tests.support.stored import StoredRoom

ANA: Json = {"id": 1, "rev": 1, "name": "Ana", "online": True}
History = list[Seen]


def message(number: int) -> Json:
    return {"id": number, "rev": number, "key": f"key {number}", "body": f"body {number}"}


@pytest.fixture
def witness() -> Witness:
    """Ana, who said all of 2 to 9 herself and saw it all."""
    ana = Witness("Ana")
    ana.open_page([], [])
    for number in range(2, 10):
        ana.sent[f"key {number}"] = f"body {number}"
        ana.take({"messages": [message(number)], "users": []})
        ana.acknowledged.add(f"key {number}")
    ana.take({"messages": [], "users": [ANA]})
    return ana


@pytest.fixture
def history() -> History:
    return [Seen.of(message(number)) for number in range(2, 10)]


def test_checker_accepts_what_is_right(witness: Witness, history: History) -> None:
    assert check([witness], history, [ANA]) == []


def lose(history: History) -> None:
    del history[3]


def double(history: History) -> None:
    history.append(Seen(10, "key 5", "body 5", 10))


def swap(history: History) -> None:
    history[2], history[3] = history[3], history[2]


def alter(history: History) -> None:
    history[4] = Seen(6, "key 6", "another body", 6)


@pytest.mark.parametrize("harm", [lose, double, swap, alter])
def test_checker_objects_to_a_room_that_lost_doubled_swapped_or_altered(
    witness: Witness, history: History, harm: Callable[[History], None]
) -> None:
    harm(history)
    assert check([witness], history, [ANA])


@pytest.mark.parametrize("harm", [lose, double, swap])
def test_checker_objects_to_a_client_that_saw_it_so(
    witness: Witness, history: History, harm: Callable[[History], None]
) -> None:
    harm(witness.runs[0])
    assert check([witness], history, [ANA])


def test_checker_objects_to_messages_in_another_order_than_they_were_sent(witness: Witness, history: History) -> None:
    first, second, *rest = witness.sent.items()
    witness.sent = dict([second, first, *rest])
    assert check([witness], history, [ANA]) == ["Ana: own messages are in another order than they were sent"]


def test_checker_objects_to_a_message_that_never_arrived(witness: Witness, history: History) -> None:
    witness.runs[0].pop()
    del witness.messages[9]
    assert check([witness], history, [ANA])


def test_checker_objects_to_presence_that_differs(witness: Witness, history: History) -> None:
    gone = copy.deepcopy(ANA) | {"online": False}
    assert check([witness], history, [gone])


def test_checker_accepts_a_send_without_acknowledgement_that_is_there_once_or_not(
    witness: Witness, history: History
) -> None:
    witness.acknowledged.discard("key 9")
    assert check([witness], history, [ANA]) == []
    witness.sent["key 11"] = "body 11"
    assert check([witness], history, [ANA]) == []


def test_checker_lets_a_run_begin_anew_after_a_fresh_page(witness: Witness, history: History) -> None:
    witness.open_page([message(8), message(9)], [ANA])
    assert check([witness], history, [ANA]) == []
    witness.runs[-1].pop(0)
    witness.runs[-1].append(Seen(12, "key 12", "from nowhere", 12))
    assert check([witness], history, [ANA])


def test_checker_accepts_what_was_changed_or_taken_back_if_everybody_was_told(
    witness: Witness, history: History
) -> None:
    for number, body in ((4, "changed"), (5, "")):
        witness.changed[f"key {number}"] = [body]
        news = message(number) | {"body": body, "rev": number + 10}
        history[number - 2] = Seen.of(news)
        assert check([witness], history, [ANA])
        witness.take({"messages": [news], "users": []})
        assert check([witness], history, [ANA]) == []


def test_checker_accepts_what_was_changed_before_it_arrived(witness: Witness, history: History) -> None:
    late = message(10) | {"body": "changed", "rev": 12}
    old = message(1) | {"body": "changed", "rev": 13}  # from before the page, which does not show it
    for news in (message(11), late, old):
        witness.take({"messages": [news], "users": []})
    history += [Seen.of(late), Seen.of(message(11))]
    assert check([witness], history, [ANA]) == []
    witness.take({"messages": [message(14), message(12)], "users": []})  # nothing was changed, so they are in disorder
    history += [Seen.of(message(12)), Seen.of(message(14))]
    assert check([witness], history, [ANA])


def test_checker_objects_to_a_change_that_was_answered_and_lost(witness: Witness, history: History) -> None:
    witness.changed["key 4"] = ["changed"]
    assert check([witness], history, [ANA]) == ["Ana: has another body: 'body 4'"]
    witness.changed["key 4"] = ["body 4", "changed"]  # nobody answered
    assert check([witness], history, [ANA]) == []


def test_checker_objects_to_a_quote_of_what_was_taken_back(witness: Witness, history: History) -> None:
    witness.messages[9]["reply_to"] = {"id": 4, "body": "body 4"}
    assert check([witness], history, [ANA]) == []
    witness.messages[9]["reply_to"] = {"id": 4, "body": "as it was"}
    assert check([witness], history, [ANA])


RESTART = Span("rolling_restart", begin=100.0, end=120.0)


def test_checker_objects_to_somebody_shown_as_gone_while_nobody_should_have_noticed(witness: Witness) -> None:
    gone = [Departure("Ana", 107.5)]
    assert check_departures([witness], gone, [RESTART]) == ["Ana: shown as gone 7.5 s after rolling_restart began"]


def test_checker_accepts_departures_amid_what_may_be_noticed_and_of_others(witness: Witness) -> None:
    gone = [Departure("Ana", 99.9), Departure("Ana", 120.1), Departure("Somebody else", 110.0)]
    assert check_departures([witness], gone, [RESTART]) == []
    witness.follows = False
    assert check_departures([witness], [Departure("Ana", 110.0)], [RESTART]) == []


def test_checker_tells_what_was_lost_by_what_was_said(witness: Witness, history: History) -> None:
    del history[3]
    assert "Ana: acknowledged and lost: 'body 5'" in check([witness], history, [ANA])


def logged(level: str, event: str, **more: object) -> str:
    return json.dumps({"pid": 1, "level": level, "event": event, **more}) + "\n"


def test_checker_objects_to_a_task_that_crashed_and_to_what_no_log_says() -> None:
    crash = logged("error", "task crashed", task="bus", exception=[{"exc_type": "KeyError", "exc_value": "'x'"}])
    assert check_log([crash, crash]) == ["logged 2 times: task crashed bus [\"KeyError: 'x'\"]"]
    assert check_log(["Task was destroyed but it is pending!\n"])
    assert check_log(["hubbub: feed and others crashed 6 times in 30 s\n"])


def test_checker_accepts_outages_and_workers_that_were_killed() -> None:
    outage = logged("warning", "task waits", task="feed", reason="away")
    killed = logged("error", "task crashed", task="worker 2", exception=[{"exc_type": "WorkerEnded", "exc_value": ""}])
    cannot_start = "hubbub: cannot use the database (HUBBUB_DATABASE_URL): [Errno 111] Connection refused\n"
    assert check_log([outage, killed, cannot_start, logged("info", "bus connected")]) == []


async def test_stage_writes_down_each_time_somebody_is_shown_as_gone(database: Database) -> None:
    room = StoredRoom(database)
    for statement in DEPARTURES:
        await room.execute(statement)
    ana, ben, node = await room.enter("Ana"), await room.enter("Ben"), await room.node()
    await room.roster.attend(node, [ana.id, ben.id], [])
    await room.roster.attend(node, [], [ana.id])
    await room.roster.attend(node, [ana.id], [])
    assert [name for name, _ in await room.execute("select name, at from departures")] == ["Ana"]
