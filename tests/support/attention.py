"""Where people look, and what they are told of what they have not seen: a part of what a person does."""

import re

from playwright.sync_api import Locator, expect

from tests.support.screen import ARRIVAL, Screen

# Which window is in front is nothing that a browser without a screen can be told: each page believes it is.
LOOKS_AWAY = (
    "sessionStorage.setItem('behind', 'yes'); document.hasFocus = () => false; dispatchEvent(new Event('blur'))"
)
LOOKS_AT_IT = "sessionStorage.removeItem('behind'); delete document.hasFocus; dispatchEvent(new Event('focus'))"
LOADED_BEHIND = "if (origin !== 'null' && sessionStorage.getItem('behind')) document.hasFocus = () => false"
# After what came before has been told or not: the page asks the same things, and gets its answers in this order.
DECIDED = """async () => {
  await import(performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/alerts.js")).name);
  await navigator.locks?.query();
}"""


class Attention(Screen):
    """Somebody who looks at a page, or at something else."""

    def looks_away(self) -> None:
        """Have another window in front, as one does, also while this page loads anew."""
        self.page.add_init_script(LOADED_BEHIND)
        self.page.evaluate(LOOKS_AWAY)

    def looks_at_it(self) -> None:
        """Have this page in front."""
        self.page.evaluate(LOOKS_AT_IT)

    def has_told_or_not(self) -> None:
        """Wait until the page has told of what it shows, by notification or sound, or has left that to another tab."""
        self.page.evaluate(DECIDED)

    def has_unread(self, count: int | str, first: str) -> None:
        """Expect so many new messages in the title, and the divider before the first of them."""
        expect(self.page).to_have_title(f"({count}) Hubbub", timeout=ARRIVAL)
        self.sees_as_new(first)

    def has_seen_all(self) -> None:
        """Expect a title that counts nothing."""
        expect(self.page).to_have_title(re.compile("^[^(]"), timeout=ARRIVAL)

    def sees_as_new(self, first: str) -> None:
        """Expect the divider before this message, in words."""
        expect(self.divider).to_have_count(1, timeout=ARRIVAL)
        assert self.page.locator("article:has(.new) .body").inner_text() == first

    def sees_nothing_as_new(self) -> None:
        """Expect no divider."""
        expect(self.divider).to_have_count(0, timeout=ARRIVAL)

    @property
    def divider(self) -> Locator:
        """The line above what is new."""
        return self.page.get_by_role("heading", name="New messages")

    @property
    def first_new(self) -> Locator:
        """What leads to the first message that is new."""
        return self.page.get_by_role("link", name="First new message")

    def opens_the_settings(self) -> Locator:
        """Have the settings in front."""
        self.page.get_by_role("button", name="Settings").click()
        dialog = self.page.get_by_role("dialog", name="Settings")
        expect(dialog).to_be_visible()
        return dialog

    def chooses(self, section: str, choice: str) -> Locator:
        """Choose in the settings, close them, and return the section."""
        dialog = self.opens_the_settings()
        group = dialog.get_by_role("group", name=section)
        group.get_by_label(choice).check()
        self.page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        return group
