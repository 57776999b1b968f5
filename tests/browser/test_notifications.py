"""Notifications as phones have them: shown by the service worker, which is also told of the click."""

from playwright.sync_api import Worker, expect

from tests.support.people import PHONE, Bot, People, Person

# Chromium has the constructor throw on Android, and nowhere else.
AS_ON_ANDROID = """
window.Notification = class extends Notification {
  constructor() { throw new TypeError("Illegal constructor"); }
};
"""
PAUSE_IS_OVER = "Date.now = ((now) => () => now() + 3_000)(Date.now)"  # the one between two notifications
# No event tells a page what its worker shows.
SHOWN = """async (body) => {
  const registration = await navigator.serviceWorker.ready;
  for (;;) {
    const shown = await registration.getNotifications();
    if (shown.some((one) => one.body === body)) return shown.map(({ title, tag }) => [title, tag]);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}"""
# Only a finger may have another window in front, so that is noted and not done.
NOTE = """
WindowClient.prototype.focus = async function () { self.inFront = new URL(this.url).pathname; };
clients.openWindow = async (url) => { self.opened = url; };
"""
CLICK = """async () => {
  const [notification] = await registration.getNotifications();
  const click = new NotificationEvent("notificationclick", { notification });
  let done;
  click.waitUntil = (promise) => (done = promise);
  dispatchEvent(click);
  await done;
  return (await registration.getNotifications()).length;
}"""


def her_worker(person: Person) -> Worker:
    """Wait until the service worker is active, and return it."""
    person.page.evaluate("navigator.serviceWorker.ready")
    (worker,) = person.context.service_workers
    worker.evaluate(NOTE)
    return worker


def test_a_phone_is_told_by_its_worker_and_a_tap_leads_to_the_message(people: People, bot: Bot) -> None:
    ana = people.arrive({**PHONE, "service_workers": "allow"})
    ana.context.grant_permissions(["notifications"])
    ana.context.add_init_script(AS_ON_ANDROID)
    ana.enters("Ana")
    worker = her_worker(ana)
    ana.chooses("Notifications", "Mentions of me")
    ana.looks_away()
    bot.says("Not for her", "Good morning, @Ana")
    assert ana.page.evaluate(SHOWN, "Good morning, @Ana") == [["Bot", "hubbub"]]
    past = ana.opens_another_tab("/room?since=2020-01-01")
    assert worker.evaluate(CLICK) == 0
    expect(ana.page.locator(".target")).to_contain_text("Good morning, @Ana")
    assert worker.evaluate("[self.inFront, self.opened]") == ["/room", None]

    ana.page.evaluate(PAUSE_IS_OVER)
    bot.says("Are you there, @Ana?")
    ana.page.evaluate(SHOWN, "Are you there, @Ana?")
    meant = ana.message("Are you there, @Ana?").get_attribute("id")
    ana.visits("/")
    worker.evaluate(CLICK)
    assert worker.evaluate("self.opened") == f"/room#{meant}"
    past.visits(f"/room#{meant}")
    expect(past.message("Are you there, @Ana?")).to_be_in_viewport()

    past.page.evaluate("delete window.Notification")  # as in a browser that has none
    dialog = past.opens_the_settings()
    section = dialog.get_by_role("group", name="Notifications")
    section.get_by_label("Every message").click()
    expect(section.get_by_role("alert")).to_contain_text("home screen")
    expect(section.get_by_label("Nothing")).to_be_checked()
