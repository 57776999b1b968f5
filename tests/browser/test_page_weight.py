"""What the browser loads to show the room."""

from playwright.sync_api import Response

from tests.support.people import Bot, People

LIMIT = 100_000  # bytes of HTML, CSS and JavaScript, uncompressed, with fifty messages
BODIES = ["Good morning, is anybody here already?", "Yes! The kettle is on.", "Then let us begin."]


def test_the_room_with_fifty_messages_stays_light(people: People, bot: Bot) -> None:
    bot.says(*(BODIES[number % len(BODIES)] for number in range(50)))
    ana = people.arrive().enters("Ana")
    other_tab = ana.opens_another_tab("/")
    loaded: list[Response] = []

    def take(response: Response) -> None:
        loaded.append(response)

    other_tab.page.on("response", take)
    other_tab.visits("/room")
    other_tab.page.remove_listener("response", take)  # what comes now, nobody waits for
    assert other_tab.messages.count() == 50
    sizes = {
        response.url: len(response.body())
        for response in loaded
        if response.request.resource_type in {"document", "stylesheet", "script"}
    }
    assert sum(sizes.values()) < LIMIT, sizes
