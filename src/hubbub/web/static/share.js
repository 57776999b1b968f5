// The dialog that invites others. What it says is what the page /share says; copying and passing it on are added.

import { say } from "./announcer.js";
import { button } from "./quick.js";
import { style } from "./style.js";

await Promise.all([style("dialog.css"), style("sharing.css")]);

const dialog = document.createElement("dialog");
const heading = document.createElement("h2");
const content = document.createElement("div");
Object.assign(heading, { id: "share-heading", textContent: "Share the room" });
Object.assign(content, { id: "sharing", className: "sharing" });
dialog.setAttribute("aria-labelledby", heading.id);
dialog.append(heading, content, button("Close", () => dialog.close()));
document.body.append(dialog);
dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());

async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    say("Address copied");
    return "Copied";
  } catch {
    // Only secure pages may write to the clipboard: it is selected, to be copied by hand.
    field.focus();
    field.select();
    return "Selected";
  }
}

function offer(field) {
  const press = async ({ target }) => (target.textContent = await copy(field));
  field.after(button("Copy", press, ""));
  if (!navigator.share) return;
  const pass = () => navigator.share({ title: "Hubbub", url: field.value }).catch(() => {}); // thought better of it
  field.parentElement.append(button("Send…", pass));
}

/**
 * @param {HTMLAnchorElement} link to the page that says the same
 * @param {(url: string) => Promise<void>} load
 */
export async function share(link, load) {
  await load(link.href);
  const field = document.getElementById("place");
  if (field) offer(field);
  dialog.showModal();
  // On a phone the link is in the drawer, which closes: the focus goes to what opens it.
  dialog.addEventListener("close", () => link.checkVisibility() || document.querySelector(".people-button").focus(), { once: true });
}
