// The theme that was chosen, on the page before it is first painted: no module, because those wait for the page. What is
// chosen later, here or in another tab, follows.

(() => {
  const root = document.documentElement;
  const colours = document.querySelectorAll("meta[name='theme-color']");
  const contents = [...colours].map(({ content }) => content);

  function chosen() {
    try {
      return JSON.parse(localStorage.getItem("hubbub.theme"));
    } catch {
      return null; // storage is forbidden, or not ours
    }
  }

  function apply() {
    const theme = chosen();
    const at = ["light", "dark"].indexOf(theme);
    if (at < 0) delete root.dataset.theme;
    else root.dataset.theme = theme;
    colours.forEach((colour, its) => (colour.content = contents[at < 0 ? its : at]));
  }

  for (const change of ["storage", "theme"]) addEventListener(change, apply);
  apply();
})();
