// What the reader chooses for this browser. Another section is another function in SECTIONS.

import { chime } from "./chime.js";
import { forThisBrowser } from "./memory.js";
import { button } from "./quick.js";
import { style } from "./style.js";

const SECTIONS = [theme, notifications, sound];
const OF = { none: "Nothing", me: "Mentions of me and replies to me", all: "Every message" };

/**
 * One of several.
 * @param {string} title
 * @param {Record<string, string>} options the words for each value
 * @param {string} chosen
 * @param {(value: string, tell: (words: string) => void) => void} choose
 * @returns {HTMLFieldSetElement} with a line below for what there is to tell
 */
function choice(title, options, chosen, choose) {
  const section = document.createElement("fieldset");
  const legend = document.createElement("legend");
  const problem = document.createElement("p");
  legend.textContent = title;
  Object.assign(problem, { className: "problem", role: "alert" });
  section.append(legend);
  for (const [value, words] of Object.entries(options)) {
    const label = document.createElement("label");
    const field = document.createElement("input");
    Object.assign(field, { type: "radio", name: title, value, checked: value === chosen });
    label.append(field, words);
    section.append(label);
  }
  section.append(problem);
  section.addEventListener("change", ({ target }) => {
    problem.textContent = "";
    choose(target.value, (words) => (problem.textContent = words));
  });
  return section;
}

function theme() {
  const themes = { system: "As the system has it", light: "Light", dark: "Dark" };
  return choice("Theme", themes, forThisBrowser.recall("hubbub.theme") ?? "system", (value) => {
    if (value === "system") forThisBrowser.forget("hubbub.theme");
    else forThisBrowser.keep("hubbub.theme", value);
    dispatchEvent(new Event("theme"));
  });
}

const alerts = () => ({ notifications: "none", sound: "none", ...forThisBrowser.recall("hubbub.alerts") });

/** @param {{notifications?: string, sound?: string}} change */
function setAlerts(change) {
  forThisBrowser.keep("hubbub.alerts", { ...alerts(), ...change });
  dispatchEvent(new Event("alerts")); // other tabs see what is kept
}

/** Ask for what notifications need; returns why there are none, in words. */
async function refusal() {
  if (!isSecureContext) return "Browsers show notifications only of pages with a secure address (https).";
  if (!globalThis.Notification) return "This browser has no notifications of pages. On an iPhone or iPad, add the room to the home screen and choose there.";
  const answer = await Notification.requestPermission();
  if (answer === "granted") return "";
  return "Your browser does not allow notifications of this page. Allow them where it keeps its permissions, and choose again.";
}

function notifications() {
  const section = choice("Notifications while I look elsewhere", OF, alerts().notifications, async (value, tell) => {
    setAlerts({ notifications: "none" });
    const why = value === "none" ? "" : await refusal();
    if (section.querySelector(":checked").value !== value) return; // chosen anew meanwhile
    if (!why) return setAlerts({ notifications: value });
    tell(why);
    section.querySelector("[value=none]").checked = true;
  });
  return section;
}

function sound() {
  return choice("Sound while I look elsewhere", OF, alerts().sound, (value) => {
    setAlerts({ sound: value });
    if (value !== "none") chime(); // so that one knows it
  });
}

const dialog = document.createElement("dialog");
const heading = document.createElement("h2");
const sections = document.createElement("form");
Object.assign(heading, { id: "settings-heading", textContent: "Settings" });
dialog.className = "settings";
dialog.setAttribute("aria-labelledby", heading.id);
dialog.append(heading, sections, button("Close", () => dialog.close()));
dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
sections.addEventListener("submit", (event) => event.preventDefault());
await Promise.all([style("dialog.css"), style("settings.css")]);
document.body.append(dialog);

/** Escape closes it, and the focus goes back to where it was. */
export function openSettings() {
  sections.replaceChildren(...SECTIONS.map((section) => section()));
  dialog.showModal();
  sections.querySelector(":checked").focus();
}
