// Editing one's message where it stands: Enter saves, Escape gives up, as in the composer.

import { act, placeOf } from "./acts.js";
import { complain, meansSend } from "./composer.js";
import { button } from "./quick.js";
import { isMine } from "./reading.js";

/** Edit one's newest message on the page. */
export function editLast() {
  let last = document.getElementById("log").lastElementChild;
  while (last && !(isMine(last) && last.querySelector(".more"))) last = last.previousElementSibling;
  if (last) edit(last, () => document.getElementById("body").focus());
}

/**
 * @param {HTMLElement} article
 * @param {() => void} [done] gives the focus back
 */
export async function edit(article, done) {
  const id = article.id;
  done ??= () => document.querySelector(`#${id} .more`)?.focus();
  const open = document.querySelector(`#${id} > .edit textarea`);
  if (open) return open.focus();
  const answer = await fetch(`/api/messages/${id.slice(1)}`).catch(() => undefined);
  if (!answer?.ok) return complain("That message cannot be edited now. Try again.");
  const { body } = await answer.json();
  const form = document.createElement("form");
  const field = document.createElement("textarea");
  const close = () => {
    form.remove();
    done();
  };
  form.className = "edit";
  form.dataset.opened = "";
  Object.assign(field, { value: body, dir: "auto", ariaLabel: "Edit your message" });
  form.append(field, button("Save", () => form.requestSubmit(), ""), button("Cancel", close));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (await act(placeOf(form.closest("article"), "edit"), { body: field.value })) close();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" && !meansSend(event)) return;
    event.preventDefault();
    if (event.key === "Escape") close();
    else form.requestSubmit();
  });
  document.getElementById(id)?.append(form);
  field.focus();
}
