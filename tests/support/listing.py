"""What people do with the list of people, and whom they see there."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.support.screen import ARRIVAL, Screen


class Listing(Screen):
    """Somebody who looks who is here."""

    def looks_for_people(self, part: str) -> None:
        """Type a part of a name into the people list, which is a drawer on a phone."""
        field = self.page.get_by_role("searchbox", name="Find somebody")
        if not field.is_visible():
            self.page.get_by_role("button", name="People", exact=True).click()
        field.fill(part)

    def finds_people(self, *names: str) -> None:
        """Wait until exactly these are found, in this order."""
        expect(self.page.locator("#found b")).to_have_text(list(names), timeout=ARRIVAL)

    def sees_online(self, *names: str) -> None:
        """Expect people in the list, online."""
        self._sees_people(names, online=True, within=ARRIVAL)

    def sees_offline(self, *names: str, within: int = ARRIVAL) -> None:
        """Expect people in the list, offline."""
        self._sees_people(names, online=False, within=within)

    def _sees_people(self, names: tuple[str, ...], *, online: bool, within: int) -> None:
        with self._list_of_people():
            for name in names:
                row = self.person(name)
                expect(row).to_have_attribute("data-online", str(online).lower(), timeout=within)
                # In one step: a row is replaced when its person changes, and may not be the same in the next.
                row.evaluate("(row) => row.scrollIntoView()")
                expect(row).to_be_visible()

    @contextmanager
    def _list_of_people(self) -> Iterator[None]:
        """Have the list of people in sight: on a phone it is a drawer."""
        opener = self.page.get_by_role("button", name="People")
        if not opener.is_visible():
            yield
            return
        opener.click()
        yield
        self.page.get_by_role("button", name="Close").click()
