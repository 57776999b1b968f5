// The link to the page that invites others: it opens a dialog that says the same, which is loaded then.

/** @param {import("./frames.js").Frames} frames */
export function invite(frames) {
  document.getElementById("share").addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const link = event.currentTarget;
    try {
      await (await import("./share.js")).share(link, (url) => frames.load(url));
    } catch {
      location.assign(link.href);
    }
  });
}
