"""Who is here, as the others see it."""

import re

from playwright.sync_api import expect

from tests.support.people import ARRIVAL, LEAVING_SHOWS, People

COUNT_CHANGES = """(row) => {
  const list = row.parentElement;
  const concernsRow = ({ target, addedNodes, removedNodes }) =>
    row.contains(target) || [...addedNodes, ...removedNodes].some(({ id }) => id === row.id);
  list.changes = 0;
  new MutationObserver((changes) => (list.changes += changes.filter(concernsRow).length))
    .observe(list, { childList: true, characterData: true, attributes: true, subtree: true });
}"""


def test_two_tabs_are_one_person_until_the_last_is_closed(people: People) -> None:
    ana, ben = people.arrive().enters("Ana"), people.arrive().enters("Ben")
    other_tab = ana.opens_another_tab()
    other_tab.is_in_the_room()
    expect(ben.person("Ana")).to_have_count(1)
    ana.goes_away()
    other_tab.says("Still here")
    ben.sees("Still here")
    ben.sees_online("Ana")
    other_tab.goes_away()
    ben.sees_offline("Ana", within=LEAVING_SHOWS)


def test_a_reload_does_not_flicker(people: People) -> None:
    eva, finn, gil = [people.arrive().enters(name) for name in ("Eva", "Finn", "Gil")]
    finn.sees_online("Eva", "Gil")
    finn.person("Eva").evaluate(COUNT_CHANGES)
    eva.reloads()
    # Gil leaves later than Eva would have, if the reload had been taken for leaving.
    gil.goes_away()
    eva.is_in_the_room()
    finn.sees_offline("Gil")
    finn.sees_online("Eva")
    expect(finn.page.locator("#people")).to_have_js_property("changes", 0)


def test_whoever_closes_the_browser_is_offline_soon_and_was_last_seen_some_time_ago(people: People) -> None:
    hal, ida = people.arrive().enters("Hal"), people.arrive()
    ida.page.clock.install()
    ida.enters("Ida")
    ida.sees_online("Hal")
    hal.context.close()
    ida.sees_offline("Hal", within=LEAVING_SHOWS)
    words = ida.person("Hal").locator("small")
    expect(words).to_have_text("last seen this minute")
    for time, told in (("05:00", "5 minutes ago"), ("03:00:00", "3 hours ago")):
        ida.page.clock.fast_forward(time)
        expect(words).to_have_text(f"last seen {told}", timeout=ARRIVAL)
    ida.page.clock.fast_forward("48:00:00")
    expect(words).to_have_text(re.compile(r"last seen \d+ \w+.*, \d+:\d+$"), timeout=ARRIVAL)


def test_leaving_in_one_tab_ends_the_others(people: People) -> None:
    jan, kim = people.arrive().enters("Jan"), people.arrive().enters("Kim")
    other_tab = jan.opens_another_tab()
    other_tab.is_in_the_room()
    other_tab.leaves()
    jan.is_on_the_landing_page()
    kim.sees_offline("Jan", within=LEAVING_SHOWS)


def test_who_enters_as_somebody_else_leaves_in_all_tabs(people: People) -> None:
    mia, kim = people.arrive().enters("Mia"), people.arrive().enters("Kim")
    other_tab = mia.opens_another_tab("/")
    other_tab.enters("Zora")
    mia.is_on_the_landing_page()
    kim.sees_online("Zora")
    kim.sees_offline("Mia", within=LEAVING_SHOWS)
    mia.enters("Zora")  # the same again is no leaving
    other_tab.says("Zora in both tabs")
    mia.sees("Zora in both tabs")


def test_a_session_that_is_gone_leads_to_the_landing_page(people: People) -> None:
    people.network_may_fail = True
    lea = people.arrive().enters("Lea")
    lea.context.clear_cookies()
    lea.goes_offline()
    lea.is_told_of_trouble()
    lea.comes_online()
    lea.is_on_the_landing_page()
