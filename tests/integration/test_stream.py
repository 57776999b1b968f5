from tests.support.clients import Crowd


async def test_two_people_talk(crowd: Crowd) -> None:
    ana, ben = await crowd.join("Ana"), await crowd.join("Ben")
    ana_stream, ben_stream = await ana.stream(), await ben.stream()
    await ana_stream.say("hi")
    message = await ben_stream.sees("hi")
    assert message["user"] == {"id": ana.user["id"], "name": "Ana"}
    assert await ana_stream.sees("hi") == message


async def test_lobby_sees_who_comes_and_goes(crowd: Crowd) -> None:
    lobby = await crowd.stream(view="lobby", after=0)
    ana = await crowd.join("Ana")
    stream = await ana.stream()
    await lobby.until(lambda one: one.online == 1)
    await stream.close()
    await lobby.until(lambda one: one.online == 0)
    assert not lobby.users[ana.user["id"]]["online"]
