// The menu of one message. It is a popover: Escape, or a click elsewhere, closes it, and the focus goes back.

import { say } from "./announcer.js";
import { act, placeOf } from "./act.js";
import { button, isChosen, offered } from "./quick.js";
import { isMine } from "./reading.js";

const GAP = 8;
const menu = document.createElement("div");
Object.assign(menu, { id: "menu", popover: "auto", role: "dialog" });
document.body.append(menu);

/** The message whose menu is open, as it was: an edit puts another element in its place, and the page may let it go. */
let opened = menu;
const article = () => document.getElementById(opened.id) ?? opened;

menu.addEventListener("toggle", ({ newState }) => {
  const lost = document.activeElement === document.body || menu.contains(document.activeElement);
  if (newState === "closed" && lost) giveFocusBack();
});

function giveFocusBack() {
  const more = document.getElementById(opened.id)?.querySelector(".more");
  (more ?? document.getElementById("scroll")).focus({ preventScroll: true });
}

// What opens by these keys gives the focus back to where it was: that must not be in here.
menu.addEventListener("keydown", ({ key, ctrlKey, metaKey }) => {
  if ((ctrlKey || metaKey) && ["/", "k"].includes(key.toLowerCase())) menu.hidePopover();
});

/** Close it and do something with the message, if that was not deleted meanwhile. */
const leadingTo = (choice) => () => {
  menu.hidePopover();
  if (article().querySelector(".body")) choice(article());
};

function react(emoji) {
  menu.hidePopover();
  act(placeOf(opened.id, "react"), { emoji });
}

function emojiForm() {
  const form = document.createElement("form");
  const label = document.createElement("label");
  const field = document.createElement("input");
  label.textContent = "Another emoji";
  field.autocomplete = "off";
  label.append(field);
  form.append(label, button("React", () => form.requestSubmit()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) react(field.value.trim());
  });
  return form;
}

async function copyLink({ target }) {
  const address = new URL(article().querySelector("header a").href).href;
  try {
    await navigator.clipboard.writeText(address);
    target.textContent = "Link copied";
    say("Link copied");
  } catch {
    // Only secure pages may write to the clipboard: then it is shown, to be copied by hand.
    const field = document.createElement("input");
    Object.assign(field, { value: address, readOnly: true, ariaLabel: "Link to this message" });
    target.replaceWith(field);
    field.select();
  }
}

function askToDelete() {
  const question = document.createElement("p");
  question.textContent = "Delete this message for everyone?";
  const erase = async () => {
    menu.hidePopover();
    if (await act(placeOf(opened.id, "delete"), {})) say("Message deleted");
  };
  const keep = button("Keep it", () => menu.hidePopover());
  menu.replaceChildren(question, button("Delete it", erase, "danger"), keep);
  keep.focus();
}

/** Who reacted: on a touch screen nothing else tells. @param {HTMLElement} meant */
function whoReacted(meant) {
  const list = document.createElement("ul");
  for (const { value, title } of meant.querySelectorAll(".reactions button")) {
    const row = document.createElement("li");
    Object.assign(row, { dir: "auto", textContent: `${value} ${title}` });
    list.append(row);
  }
  return list.firstChild ? [list] : [];
}

/** Beside the message, and within the window; on a phone the stylesheet has its place. */
function setPlace(link) {
  const { top, bottom, right } = link.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = bottom + GAP + height < innerHeight;
  menu.style.setProperty("--top", `${Math.max(GAP, below ? bottom + GAP : top - height - GAP)}px`);
  menu.style.setProperty("--left", `${Math.max(GAP, right - width)}px`);
}

/**
 * @param {HTMLElement} meant the message
 * @param {{reply: (article: HTMLElement) => void, edit: (article: HTMLElement) => void}} choices
 */
export function openMenu(meant, choices) {
  opened = meant;
  menu.ariaLabel = `Message of ${meant.querySelector("header b").textContent}`;
  const row = document.createElement("div");
  row.className = "reactions";
  row.append(...offered(react));
  for (const one of row.children) one.ariaPressed = isChosen(meant, one.textContent);
  menu.replaceChildren(row, ...whoReacted(meant), emojiForm(), button("Reply", leadingTo(choices.reply)), button("Copy link", copyLink));
  if (isMine(meant)) menu.append(button("Edit", leadingTo(choices.edit)), button("Delete", askToDelete));
  menu.showPopover();
  setPlace(meant.querySelector(".more"));
  row.firstElementChild.focus();
}
