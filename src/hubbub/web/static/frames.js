// Turns frames into changes of the page. The cursor moves only in `advance`, after all that came before
// it in the frame is on the page; so whatever goes wrong, asking again after the cursor loses nothing.

const APPLY_WITHIN = 100;
const trusted = { createHTML: (html) => html };
const policy = globalThis.trustedTypes?.createPolicy("hubbub", trusted) ?? trusted;

/** The one place where text becomes markup: frames of our own server, rendered with autoescape. */
function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  return template.content.querySelectorAll("turbo-stream");
}

/** Before the next paint; a tab that is not painted gets no animation frame, but the timer. */
function soon(run) {
  const go = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    run();
  };
  const frame = requestAnimationFrame(go);
  const timer = setTimeout(go, document.hidden ? 0 : APPLY_WITHIN);
}

/** Whether the page already holds this element at its revision or a later one. @param {HTMLElement} element */
export function isStale(element) {
  const held = document.getElementById(element.id);
  return held !== null && Number(held.dataset.rev) >= Number(element.dataset.rev);
}

export class Frames {
  /** Frames that came since the page was last painted. */
  #waiting = [];
  /** One list for each page that is being fetched: the frames applied since it was asked for. */
  #recordings = new Set();

  /**
   * @param {number} cursor everything up to here is on the page
   * @param {Record<string, (element: HTMLElement, action: string) => void>} places how elements enter each target
   * @param {object} hooks
   * @param {(change: () => void) => void} hooks.around runs each batch of changes
   * @param {() => void} hooks.broken a frame could not be applied: open the stream again
   * @param {(refusal: {key: string, code: string, detail: string, wait: number}) => void} [hooks.refuse] wait in seconds
   * @param {(names: HTMLElement[], more: boolean) => void} [hooks.typing]
   */
  constructor(cursor, places, hooks) {
    Object.assign(this, { cursor, places, hooks });
  }

  receive(html) {
    if (this.#waiting.push(html) === 1) soon(() => this.#applyWaiting());
  }

  /**
   * Fetch a page of rows and put it on the page, and on top again the frames that came on the way: it lacks
   * their changes, and they could not place them yet. It is dropped if its link has gone meanwhile.
   * @param {() => void} [prepare] is run right before it is put on the page
   */
  async load(url, prepare = () => {}) {
    const meanwhile = [];
    const link = [...document.links].find((one) => one.href === url);
    this.#recordings.add(meanwhile);
    try {
      const answer = await fetch(url, { headers: { Accept: "text/vnd.turbo-stream.html" }, redirect: "error" });
      if (!answer.ok) throw new Error(`${url} answered ${answer.status}`, { cause: answer });
      const html = await answer.text();
      if (link?.isConnected === false) return;
      this.hooks.around(() => {
        prepare();
        this.#apply([html, ...meanwhile]);
      });
    } finally {
      this.#recordings.delete(meanwhile);
    }
  }

  #applyWaiting() {
    const frames = this.#waiting.splice(0);
    for (const recording of this.#recordings) recording.push(...frames);
    try {
      this.#apply(frames);
    } catch (error) {
      this.#waiting = [];
      this.hooks.broken();
      throw error;
    }
  }

  #apply(frames) {
    this.hooks.around(() => {
      for (const html of frames) for (const stream of parse(html)) this.#act(stream);
    });
  }

  #act(stream) {
    const action = stream.getAttribute("action");
    const name = stream.getAttribute("target");
    const target = document.getElementById(name);
    const content = stream.querySelector("template")?.content;
    if (action === "advance") this.cursor = Math.max(this.cursor, Number(stream.getAttribute("rev")));
    else if (action === "refresh") location.reload();
    else if (action === "refuse") this.hooks.refuse?.(refusal(stream, name));
    else if (action === "typing") this.hooks.typing?.([...content.children], stream.getAttribute("more") === "true");
    else if (action === "append" || action === "prepend") this.#place(name, content, action);
    else if (action === "update") this.#update(target, content);
    else if (action === "replace") target?.replaceWith(content);
    else if (action === "after") target?.after(content);
    else if (action === "remove") target?.remove();
  }

  #update(target, content) {
    const rows = this.places[target?.id] && [...content.children];
    target?.replaceChildren(...(rows ? [] : [content]));
    for (const row of rows ?? []) this.places[target.id](row, "append");
  }

  #place(name, content, action) {
    for (const element of [...content.children]) this.places[name]?.(element, action);
  }
}

function refusal(stream, key) {
  const wait = Number(stream.getAttribute("retry-after"));
  return { key, code: stream.getAttribute("code"), detail: stream.textContent, wait };
}
