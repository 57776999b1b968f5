// Says in words and by a sign whether the page is connected. Hidden until the first answer, so that an
// ordinary start does not flash.

const sign = document.getElementById("connection");
const words = {
  live: "Connected",
  trouble: "No connection, trying again…",
  away: "The room is away, trying again…",
};

/** @param {import("./stream.js").State} state */
export function showConnection(state) {
  sign.hidden = false;
  sign.dataset.state = state;
  return (sign.textContent = words[state]);
}
