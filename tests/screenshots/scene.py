"""A short scene in a room: people who prepare an afternoon, with all that a message can be."""

from typing import Any
from uuid import uuid4

from playwright.sync_api import APIResponse

from tests.support.people import People, Person

CAST = ("Jonas Weber", "Aiko Tanaka", "Samir Haddad", "Lena Öst")
WHOM = "Mara Lindt"  # who looks at it

CODE = """This prints the labels for whatever comes in:

```python
for item in items:
    print(f"{item.owner}: {item.fault}")
```"""
MISSING = """Still missing:

- a long extension lead
- isopropyl alcohol
- somebody at the door from two to four"""


class Scene:
    """The people in it, each at a browser of their own, so that they are online."""

    def __init__(self, people: People) -> None:
        self._cast = {name: people.arrive().enters(name) for name in (WHOM, *CAST)}

    def play(self) -> None:
        """Let them talk."""
        opening = self._says(WHOM, "Good morning! The repair café opens at two today. Who brings what?")
        tools = self._says("Jonas Weber", "The soldering station and **two** multimeters.")
        cake = self._says("Jonas Weber", "And a plum cake. Baked, not soldered.")
        self._says("Samir Haddad", "أهلاً بالجميع، سأحضر معي ابنتي.")
        self._says("Lena Öst", "❤️")
        self._asks("Lena Öst", "DELETE", f"/{self._says('Lena Öst', 'I cannot come.')}")
        question = self._says("Aiko Tanaka", "@Jonas Weber is the toaster of last time still there?")
        self._says("Jonas Weber", "It is, with a note on it: *do not plug in*.", reply_to=question)
        self._says("Samir Haddad", CODE)
        missing = self._says("Aiko Tanaka", MISSING)
        door = self._says("Samir Haddad", "I can be at the dor, if @Mara Lindt shows me how the list works.", missing)
        self._asks("Samir Haddad", "PATCH", f"/{door}", body="I can be at the door, if @Mara Lindt shows me the list.")
        self._says(WHOM, "Gladly. Come at half past one, there will be coffee: https://example.org/repair-cafe")
        for name in CAST:
            self._reacts(name, cake, "❤️")
        for name in ("Lena Öst", WHOM):
            self._reacts(name, tools, "😂")
        self._reacts("Lena Öst", opening, "❤️")
        last = self._says("Lena Öst", "I bring the cups then, and my bicycle, which clicks.")
        self._reacts(WHOM, last, "😂")  # emoji of the few that most machines have a font for
        self._cast.pop("Lena Öst").leaves()
        self._cast["Aiko Tanaka"].types_on("See you")

    def _says(self, name: str, body: str, reply_to: int | None = None) -> int:
        made = self._asks(name, "POST", "", key=str(uuid4()), body=body, reply_to=reply_to)
        return int(made.json()["id"])

    def _reacts(self, name: str, message: int, emoji: str) -> None:
        self._asks(name, "PUT", f"/{message}/reactions/{emoji}")

    def _asks(self, name: str, method: str, path: str, **fields: Any) -> APIResponse:  # noqa: ANN401 as JSON is
        person: Person = self._cast[name]
        answer = person.page.request.fetch(f"{person.url}/api/messages{path}", method=method, data=fields or None)
        assert answer.ok, answer.text()
        return answer
