"""Being told where browsers differ: on phones by the service worker, and on pages without https by sound only."""

from playwright.sync_api import Worker, expect

from tests.browser.test_settings import LOOKING
from tests.support.people import PHONE, Bot, People, Person
from tests.support.servers import Server

# Chromium has the constructor throw on Android, and nowhere else. How many the worker has shown is noted.
AS_ON_ANDROID = """
window.told = 0;
window.Notification = class extends Notification {
  constructor() { throw new TypeError("Illegal constructor"); }
};
if (navigator.serviceWorker) ServiceWorkerRegistration.prototype.showNotification = ((show) => async function (...all) {
  await show.apply(this, all);
  told += 1;
})(ServiceWorkerRegistration.prototype.showNotification);
"""
PAUSE_IS_OVER = "Date.now = ((now) => () => now() + 3_000)(Date.now)"  # the one between two notifications
SHOWN = """navigator.serviceWorker.ready.then((worker) => worker.getNotifications())
  .then((all) => all.map(({ title, body, tag }) => [title, body, tag]))"""
# Each tab by itself: were it one number, two at once would count as one.
COUNT_TONES = """
const tab = `tones.${Math.random()}`;
OscillatorNode.prototype.start = ((start) => function (at) {
  localStorage[tab] = Number(localStorage[tab] ?? 0) + 1;
  start.call(this, at);
})(OscillatorNode.prototype.start);
"""
TONES = """Object.keys(localStorage).filter((name) => name.startsWith("tones."))
  .reduce((sum, name) => sum + Number(localStorage[name]), 0)"""
CHIME = 2  # tones
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


HEARS_ITS_WORKER = (
    "() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/notification.js'))"
)


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
    ana.page.wait_for_function("() => told === 1")
    assert ana.page.evaluate(SHOWN) == [["Bot", "Good morning, @Ana", "hubbub"]]
    past = ana.opens_another_tab("/room?since=2020-01-01")
    past.page.wait_for_function(HEARS_ITS_WORKER)
    past.has_told_or_not()
    assert worker.evaluate(CLICK) == 0
    # In the tab that was looked at last, also if it shows the past.
    expect(past.page.locator(".target")).to_contain_text("Good morning, @Ana")
    assert worker.evaluate("[self.inFront, self.opened]") == ["/room", None]

    past.looks_away()
    ana.page.evaluate(LOOKING, 0)
    ana.page.evaluate(PAUSE_IS_OVER)
    bot.says("Are you there, @Ana?")
    ana.page.wait_for_function("() => told === 2")
    meant = ana.message("Are you there, @Ana?").get_attribute("id")
    for tab in (ana, past):
        tab.visits("/")
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


def test_without_https_one_tab_sounds_and_none_while_one_is_looked_at(people: People, bot: Bot, server: Server) -> None:
    ana = people.arrive()
    ana.url = f"http://hubbub.test:{server.port}"
    ana.context.add_init_script(COUNT_TONES)
    ana.enters("Ana")
    assert not ana.page.evaluate("isSecureContext")
    dialog = ana.opens_the_settings()
    section = dialog.get_by_role("group", name="Notifications")
    section.get_by_label("Every message").click()
    expect(section.get_by_role("alert")).to_contain_text("secure address (https)")
    dialog.get_by_role("group", name="Sound").get_by_label("Every message").check()
    ana.presses("Escape")
    tabs = [ana]
    for _ in range(2):
        tabs[-1].looks_away()
        tabs.append(ana.opens_another_tab())
        tabs[-1].is_connected()
        tabs[-1].presses("Tab")  # a page in which nobody has done anything makes no sound
    assert ana.page.evaluate(TONES) == CHIME  # so that she knows it
    bot.says("One tab is looked at")
    for tab in tabs:
        tab.sees("One tab is looked at")
        tab.has_told_or_not()
    tabs[-1].looks_away()
    for said in range(2, 5):
        bot.says(f"Nobody looks: {said}")
        for tab in tabs:
            tab.sees(f"Nobody looks: {said}")
            tab.has_told_or_not()
        ana.page.wait_for_function(f"{TONES} >= {said * CHIME}")
        for tab in tabs:
            tab.page.evaluate(PAUSE_IS_OVER)
    assert ana.page.evaluate(TONES) == 4 * CHIME
