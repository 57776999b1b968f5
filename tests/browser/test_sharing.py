"""People pass on where the room is."""

from playwright.sync_api import Locator, expect

from tests.support.axe import axe_finds_nothing
from tests.support.codes import read_pixels
from tests.support.people import DESKTOP, Options, People, Person
from tests.support.servers import Server

# All names below are this machine for Chromium, and a name as any other for the server.
ROOM = "http://room.localhost"
IS_DRAWN = "(code) => code.complete && code.naturalWidth > 0"
PIXELS = """(code) => {
  const { width, height } = code;
  const canvas = new OffscreenCanvas(width, height).getContext("2d");
  canvas.fillStyle = "white";
  canvas.fillRect(0, 0, width, height);
  canvas.drawImage(code, 0, 0, width, height);
  return [width, [...canvas.getImageData(0, 0, width, height).data].filter((_, at) => at % 4 === 0)];
}"""


def opens_the_dialog(person: Person) -> Locator:
    """Press Share, which on a phone is in the drawer."""
    link = person.page.get_by_role("link", name="Share")
    if not link.is_visible():
        person.page.get_by_role("button", name="People", exact=True).click()
    link.click()
    dialog = person.page.get_by_role("dialog", name="Share the room")
    expect(dialog).to_be_visible()
    return dialog


def test_the_room_is_shared_by_a_dialog(people: People, server: Server, device: Options) -> None:
    ana = people.arrive(device)
    ana.url = f"{ROOM}:{server.port}"
    ana.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=ana.url)
    ana.enters("Ana")
    dialog = opens_the_dialog(ana)
    expect(dialog.get_by_role("textbox")).to_have_value(ana.url)
    code = dialog.get_by_role("img", name=f"QR code of {ana.url}")
    ana.page.wait_for_function(IS_DRAWN, arg=code.element_handle())
    width, pixels = code.evaluate(PIXELS)
    assert read_pixels(bytes(pixels), width) == ana.url
    axe_finds_nothing(ana)
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.locator("#announcer")).to_have_text("Address copied")  # all outside it is inert
    expect(dialog.get_by_role("button", name="Copied")).to_be_focused()
    assert ana.page.evaluate("navigator.clipboard.readText()") == ana.url
    ana.presses("Escape")
    expect(dialog).to_be_hidden()
    opener = "#share" if device is DESKTOP else ".bar .people-button"
    expect(ana.page.locator(opener)).to_be_focused()
    dialog = opens_the_dialog(ana)
    expect(dialog.get_by_role("textbox")).to_have_count(1)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    ana.visits("/share")
    expect(ana.page.get_by_role("img", name=f"QR code of {ana.url}")).to_be_visible()
    axe_finds_nothing(ana)


def test_the_room_is_shared_without_javascript(people: People) -> None:
    ana = people.arrive({**DESKTOP, "java_script_enabled": False}).enters("Ana")
    ana.page.get_by_role("link", name="Share").click()
    expect(ana.page.get_by_role("heading", name="Share the room")).to_be_visible()
    expect(ana.page.get_by_text("HUBBUB_HOST=0.0.0.0")).to_be_visible()  # this server is for this machine
    ana.page.get_by_role("link", name="Back to the room").click()
    ana.is_in_the_room()
