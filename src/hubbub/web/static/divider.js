// The line above the first message that the reader has not seen. It stands in that message, like the day, so that
// the log holds messages only. A heading, because screen readers go from one to the next.

export const divider = document.createElement("h2");
divider.className = "new";
divider.textContent = "New messages";

/** @param {HTMLElement | null | undefined} article where it stands from now on, nowhere if there is none */
export function divideBefore(article) {
  const day = article?.querySelector(".day");
  if (day) day.after(divider);
  else if (article) article.prepend(divider);
  else divider.remove();
}
