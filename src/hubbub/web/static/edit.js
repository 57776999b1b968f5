// Editing one's message where it stands: Enter saves, Escape gives up, as in the composer. What is written survives a
// reload, and that the page lets go of the message.

import { act, placeOf } from "./act.js";
import { complain, meansSend } from "./composer.js";
import { forThisTab } from "./memory.js";
import { button } from "./quick.js";
import { isMine } from "./reading.js";

/** Edit one's newest message on the page. */
export function editLast() {
  let last = document.getElementById("log").lastElementChild;
  while (last && !(isMine(last) && last.querySelector(".more"))) last = last.previousElementSibling;
  if (last) edit(last, () => document.getElementById("body").focus());
  else complain("None of the messages on this page is yours.");
}

/** @returns {Promise<string | undefined>} what was said, as it was typed; undefined if that cannot be had now */
async function bodyOf(id) {
  try {
    const answer = await fetch(`/api/messages/${id.slice(1)}`);
    return answer.ok ? (await answer.json()).body : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {HTMLElement} article
 * @param {() => void} [done] gives the focus back
 */
export async function edit({ id }, done = () => document.querySelector(`#${id} .more`)?.focus()) {
  const draft = `hubbub.edit.${id}`;
  const body = await bodyOf(id);
  const article = document.getElementById(id);
  const open = article?.querySelector(".edit textarea");
  if (open) return open.focus();
  if (!article) return location.assign(`/messages/${id.slice(1)}`);
  if (body === undefined) return complain("That message cannot be edited now. Try again.");
  const form = document.createElement("form");
  const field = document.createElement("textarea");
  const problem = document.createElement("p");
  const tell = (words = "") => {
    problem.textContent = words;
    field.setAttribute("aria-invalid", words !== "");
  };
  const close = () => {
    forThisTab.forget(draft);
    form.remove();
    done();
  };
  form.className = "edit";
  form.dataset.opened = "";
  const begun = forThisTab.recall(draft);
  const value = begun?.body === body ? begun.value : body; // else it was changed elsewhere meanwhile
  Object.assign(field, { value, dir: "auto", ariaLabel: "Edit your message" });
  Object.assign(problem, { id: `problem-${id}`, className: "problem", role: "alert" });
  field.setAttribute("aria-describedby", problem.id);
  form.append(field, problem, button("Save", () => form.requestSubmit(), ""), button("Cancel", close));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (await act(placeOf(id, "edit"), { body: field.value }, tell)) close();
    else field.focus();
  });
  field.addEventListener("input", () => {
    tell();
    forThisTab.keep(draft, { body, value: field.value });
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" && !meansSend(event)) return;
    event.preventDefault();
    if (event.key === "Escape") close();
    else form.requestSubmit();
  });
  article.append(form);
  field.focus();
}
