"""What people choose for their browser: the theme, and of what they are told while they look elsewhere."""

from playwright.sync_api import expect

from tests.support.axe import axe_finds_nothing
from tests.support.people import Bot, Options, People, Person

FINGER = 44  # pixels
LIGHT, DARK = "rgb(246, 245, 242)", "rgb(23, 25, 29)"
GROUND = "getComputedStyle(document.body).backgroundColor"
# Only to be seen by the test: notifications are shown and tones are played all the same.
SHOWN = "JSON.parse(localStorage.shown ?? '[]')"  # by all tabs
OBSERVE = """
window.asked = 0;
window.tones = 0;
new MutationObserver(() => window.themed ??= performance.now())
  .observe(document, { attributes: true, attributeFilter: ["data-theme"], subtree: true });
if (window.Notification) window.Notification = class extends Notification {
  static requestPermission() { asked += 1; return super.requestPermission(); }
  constructor(title, options) {
    super(title, options);
    this.addEventListener("show", () => localStorage.shown = JSON.stringify([...SHOWN, `${title}: ${options.body}`]));
    window.last = this;
  }
};
OscillatorNode.prototype.start = ((start) => function (at) { tones += 1; start.call(this, at); })(
  OscillatorNode.prototype.start);
""".replace("SHOWN", SHOWN)
HOURS_LEFT = "Date.now = ((now) => () => now() - 9_000_000)(Date.now)"  # of any pause
PAUSE_IS_OVER = "Date.now = ((now) => () => now() + 3_000)(Date.now)"  # the one between two notifications
# Have what is told next wait until `report` is called, as in the pause.
WAIT_TO_REPORT = """() => {
  const set = setTimeout;
  window.setTimeout = (run, wait) => {
    if (run.name !== "report") return set(run, wait);
    window.setTimeout = set;
    window.report = run;
    return 1;
  };
}"""
TOLD = f"(count) => {SHOWN}.length === count"
# Wait until so many tabs are known to have the focus; no event tells of that.
LOOKING = """async (count) => {
  const looking = async () => (await navigator.locks.query()).held.filter(({ name }) => name.endsWith(".looks"));
  while ((await looking()).length !== count) await new Promise((resolve) => setTimeout(resolve, 20));
}"""


def theme_was_there_first(person: Person) -> None:
    """Expect that nothing was painted before the theme was known."""
    painted = "performance.getEntriesByName('first-paint')[0]?.startTime"
    person.page.wait_for_function(f"() => {painted}")
    assert person.page.evaluate(f"themed < {painted}")


def test_a_theme_is_chosen_and_is_there_before_anything_is_painted(people: People, bot: Bot, device: Options) -> None:
    bot.says("Something to read")
    ana = people.arrive({**device, "color_scheme": "light"})
    ana.context.add_init_script(OBSERVE)
    ana.enters("Ana")
    opener = ana.page.get_by_role("button", name="Settings")
    opener.focus()
    ana.presses("Enter")
    dialog = ana.page.get_by_role("dialog", name="Settings")
    expect(dialog.get_by_label("As the system has it")).to_be_focused()
    axe_finds_nothing(ana)
    if ana.touches:
        heights = dialog.locator("label, button").evaluate_all("all => all.map((one) => one.offsetHeight)")
        assert min(heights) >= FINGER
        dialog.get_by_label("Dark").tap()
        dialog.get_by_role("button", name="Close").tap()
    else:
        ana.presses("ArrowDown")
        ana.presses("ArrowDown")
        expect(dialog.get_by_label("Dark")).to_be_checked()
        ana.presses("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    assert ana.page.evaluate(GROUND) == DARK

    ana.reloads()
    theme_was_there_first(ana)
    assert ana.page.evaluate(GROUND) == DARK
    assert set(ana.page.locator("meta[name=theme-color]").evaluate_all("all => all.map((one) => one.content)")) == {
        "#17191d"
    }
    lobby = ana.opens_another_tab("/")
    theme_was_there_first(lobby)
    assert lobby.page.evaluate(GROUND) == DARK
    ana.page.bring_to_front()  # what is behind is drawn seldom
    ana.chooses("Theme", "Light")
    expect(lobby.page.locator("html")).to_have_attribute("data-theme", "light")
    assert lobby.page.evaluate(GROUND) == LIGHT
    ana.chooses("Theme", "As the system has it")
    ana.page.emulate_media(color_scheme="dark")
    assert ana.page.evaluate(GROUND) == DARK
    expect(lobby.page.locator("html:not([data-theme])")).to_be_attached()


def test_who_looks_elsewhere_is_told_of_what_they_chose(people: People) -> None:
    ana, ben = people.arrive(), people.arrive().enters("Ben")
    ana.context.add_init_script(OBSERVE)
    ana.enters("Ana")
    ana.says("Is anybody here?")
    ana.looks_away()
    ben.says("@Ana, I am")
    ana.sees("@Ana, I am")
    assert ana.page.evaluate(f"[asked, {SHOWN}.length, tones]") == [0, 0, 0]

    ana.context.grant_permissions([])  # the browser is asked, and says no
    dialog = ana.opens_the_settings()
    section = dialog.get_by_role("group", name="Notifications")
    section.get_by_label("Mentions of me").click()
    expect(section.get_by_role("alert")).to_contain_text("does not allow notifications")
    expect(section.get_by_label("Nothing")).to_be_checked()
    axe_finds_nothing(ana)
    ana.context.grant_permissions(["notifications"])
    section.get_by_label("Mentions of me").check()
    expect(section.get_by_role("alert")).to_be_empty()
    ana.presses("Escape")
    expect(dialog).to_be_hidden()
    assert ana.page.evaluate(f"[asked, {SHOWN}.length, tones]") == [2, 0, 0]

    ben.says("This is for everybody")
    ana.sees("This is for everybody")
    ana.page.evaluate(HOURS_LEFT)  # but nothing was told, so there is no pause
    ben.says("@Ana, this is for you")
    ana.page.wait_for_function(TOLD, arg=1)
    assert ana.page.evaluate(SHOWN) == ["Ben: @Ana, this is for you"]
    ana.page.evaluate(PAUSE_IS_OVER)
    ben.replies_to("Is anybody here?", "I always am")
    ana.page.wait_for_function(TOLD, arg=2)
    assert ana.page.evaluate(SHOWN)[1] == "Ben: I always am"
    ana.page.evaluate("last.dispatchEvent(new Event('click'))")
    expect(ana.message("I always am")).to_be_in_viewport()
    expect(ana.page.locator(".target")).to_contain_text("I always am")


def test_one_tab_tells_and_none_while_one_is_looked_at(people: People, bot: Bot) -> None:
    ana = people.arrive()
    ana.context.grant_permissions(["notifications"])
    ana.context.add_init_script(OBSERVE)
    ana.enters("Cleo")
    ana.chooses("Notifications", "Every message")
    ana.chooses("Sound", "Every message")
    assert ana.page.evaluate("tones") == 2  # so that she knows it
    other = ana.opens_another_tab()
    other.is_connected()
    ana.page.evaluate(LOOKING, 2)  # as browsers do without a screen
    ana.looks_away()
    ana.page.evaluate(LOOKING, 1)
    bot.says("Other tab has the focus")
    for tab in (ana, other):
        tab.sees("Other tab has the focus")
        tab.has_told_or_not()
    other.looks_away()
    ana.page.evaluate(LOOKING, 0)
    bot.says("Nobody looks")
    ana.page.wait_for_function(TOLD, arg=1)
    ana.page.evaluate(WAIT_TO_REPORT)
    bot.says("Frist", "Taken back")
    bot.edits("Frist", "First")
    bot.deletes("Taken back")
    ana.sees("First")
    ana.does_not_see_any_more("Taken back")
    ana.has_told_or_not()
    ana.page.evaluate("report()")
    ana.page.wait_for_function(TOLD, arg=2)
    ana.page.evaluate(PAUSE_IS_OVER)
    bot.says("And nobody sees this")
    ana.page.wait_for_function(TOLD, arg=3)
    for tab in (ana, other):
        tab.sees("And nobody sees this")
        tab.has_told_or_not()
    assert ana.page.evaluate(SHOWN) == ["Bot: Nobody looks", "Bot: First", "Bot: And nobody sees this"]
    assert [tab.page.evaluate("tones") for tab in (ana, other)] == [8, 0]

    other.presses("Tab")
    ana.goes_away()
    bot.says("The first tab is closed")
    other.page.wait_for_function(TOLD, arg=4)
    assert other.page.evaluate("tones") == 2
