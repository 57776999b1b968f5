"""All that a page shows of the room, so that two pages can be compared."""

# What depends on the message before is apart, because another page may begin with this message. What the reader has
# opened in it, or not seen before, is left out.
VIEW = """() => {
  const words = (article) => [...article.querySelectorAll(":scope > :not(.day, .new, [data-opened])")]
    .map((part) => part.innerText).join("\\n");
  const beside = ({ className, firstElementChild }) => [className, firstElementChild.matches(".day")];
  // How long ago somebody was seen is told a little later by one page than by another.
  const wordsOf = (person) => {
    const copy = person.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) time.textContent = time.dateTime;
    return copy.textContent;
  };
  return {
  messages: [...document.querySelectorAll("#log article")].map((article) =>
    [article.id, article.dataset.rev, article.dataset.user, words(article), beside(article)]),
  people: [...document.querySelectorAll("#people li")].map((person) =>
    [person.id, person.dataset.rev, person.dataset.online, person.className, wordsOf(person)]),
  counts: document.getElementById("counts").textContent,
  unsent: [...document.querySelectorAll("#outbox .unsent")].map((entry) => entry.innerText),
  };
}"""
# An older page may hold more history than a fresh one, which begins with the newest page.
SHOWS = f"""(fresh) => {{
  const mine = ({VIEW})();
  if (fresh.messages.length) mine.messages = mine.messages.slice(-fresh.messages.length);
  if (mine.messages.length && fresh.messages.length) mine.messages[0][4] = fresh.messages[0][4];
  return JSON.stringify(mine) === JSON.stringify(fresh);
}}"""
