"""Where things are on a page of the room: what all that people do and see begins with."""

from playwright.sync_api import Locator, Page

ARRIVAL = 15_000  # milliseconds anything may take on a busy machine; a net, not a measurement


class Screen:
    """The page that somebody has before them."""

    page: Page

    @property
    def composer(self) -> Locator:
        """The field where one writes."""
        return self.page.get_by_label("Message", exact=True)

    @property
    def scroller(self) -> Locator:
        """What scrolls the conversation."""
        return self.page.locator("#scroll")

    @property
    def connection(self) -> Locator:
        """The sign of the connection."""
        return self.page.locator("#connection")

    @property
    def new_messages(self) -> Locator:
        """The button that leads to the end."""
        return self.page.locator("#newest")

    @property
    def messages(self) -> Locator:
        """The messages of the room, without the outbox."""
        return self.page.locator("#log article")

    def message(self, body: str) -> Locator:
        """The messages of the room with this body."""
        return self.messages.filter(has=self.page.locator("p").get_by_text(body, exact=True))

    def unsent(self, body: str) -> Locator:
        """The messages of the outbox with this body."""
        return self.page.locator("#outbox .unsent").filter(has_text=body)

    def person(self, name: str) -> Locator:
        """The row of the list with this name."""
        return self.page.locator("#people li").filter(has=self.page.locator("b").get_by_text(name, exact=True))
