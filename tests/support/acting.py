"""What people do with messages: say, react, reply, edit, delete."""

from playwright.sync_api import Locator, expect

from tests.support.screen import Screen

# Twice a second, as keys do.
GOES_ON = "(field) => setInterval(() => field.dispatchEvent(new Event('input', { bubbles: true })), 500)"


class Acting(Screen):
    """Somebody who takes part."""

    # Whether this is a touch screen.
    touches: bool

    def types(self, text: str) -> None:
        """Put text into the composer, and do not send it."""
        self.composer.fill(text)

    def types_on(self, text: str) -> None:
        """Put text into the composer, and go on typing for as long as the page is there."""
        self.types(text)
        self.composer.evaluate(GOES_ON)

    def says(self, *texts: str) -> None:
        """Send messages, with Enter or, on a touch screen, with the button."""
        for text in texts:
            self.types(text)
            if self.touches:
                self.page.get_by_role("button", name="Send").tap()
            else:
                self.composer.press("Enter")

    def sends(self, text: str) -> None:
        """Send a message with the button."""
        self.types(text)
        self.page.get_by_role("button", name="Send").click()

    def opens_the_menu_of(self, body: str) -> Locator:
        """Open what can be done with a message."""
        self.message(body).get_by_role("link", name="More").click()
        menu = self.page.get_by_role("dialog")
        expect(menu).to_be_visible()
        return menu

    def reacts_to(self, body: str, emoji: str) -> None:
        """Choose one of the emoji that are offered."""
        self.opens_the_menu_of(body).get_by_role("button", name=emoji, exact=True).click()

    def begins_to_reply_to(self, body: str) -> None:
        """Choose to reply to a message."""
        self.opens_the_menu_of(body).get_by_role("button", name="Reply").click()
        expect(self.page.locator("#replying")).to_contain_text(body)

    def replies_to(self, body: str, answer: str) -> None:
        """Reply to a message."""
        self.begins_to_reply_to(body)
        self.says(answer)

    def begins_to_edit_her_last_message(self) -> Locator:
        """Press the upward arrow in the empty composer."""
        self.composer.press("ArrowUp")
        field = self.page.get_by_label("Edit your message")
        expect(field).to_be_focused()
        return field

    def edits_her_last_message(self, text: str) -> None:
        """Write it anew, and save."""
        field = self.begins_to_edit_her_last_message()
        field.fill(text)
        self.page.get_by_role("button", name="Save").click()
        expect(field).to_have_count(0)

    def deletes(self, body: str) -> None:
        """Take back what one said."""
        menu = self.opens_the_menu_of(body)
        menu.get_by_role("button", name="Delete").click()
        menu.get_by_role("button", name="Delete it").click()
