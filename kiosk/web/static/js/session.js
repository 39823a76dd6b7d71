// One customer: the conversation's id, the view of it, and what is said; a reload goes on where it was.

import * as api from "./api.js";
import { language } from "./texts.js";

const KEY = "kiosk-thread";
const SLOW_MS = 1000;
const LATIN = /[a-z]{2}/i;
const SCRIPTS = {
  hangul: /[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]/,
  kana: /[\u3041-\u30ff]/,
  han: /[\u3400-\u9fff]/,
};
const WRITTEN_IN = { ko: ["hangul"], ja: ["kana", "han"], zh: ["han"] };

/** Tells listeners: "view" after every turn, "message", "thinking", "problem", "online", "reset". */
export class Session extends EventTarget {
  constructor() {
    super();
    this.view = null;
    this.messages = [];
    this.thread = sessionStorage.getItem(KEY) ?? api.newId();
    this.waiting = Promise.resolve();
    this.busy = 0;
  }

  get order() {
    return this.view?.order ?? { lines: [], total: 0, status: "open", currency: null };
  }

  get isFresh() {
    return this.view === null && this.messages.length === 0;
  }

  /** Take up a conversation that was begun before a reload. */
  async resume() {
    if (sessionStorage.getItem(KEY) === null) return;
    try {
      const found = await api.get(`/api/chat/${this.thread}`);
      if (["paid", "cancelled"].includes(found.order.status)) {
        this.reset();
        return;
      }
      this.messages = found.messages.map(({ role, content, touch }) => ({ role, text: content, touch }));
      this.#tell("view", (this.view = found));
      this.#tell("resumed");
    } catch (problem) {
      if (problem.status !== 404) this.#tell("problem", problem);
    }
  }

  /** Say something. */
  say(words) {
    this.#message({ role: "user", text: words });
    return this.#turn((thread) => api.say(thread, words, spoken(words), (name, data) => {
      if (name === "progress") this.#tell("thinking", data);
    }));
  }

  /** Carry out a tap. */
  touch(...actions) {
    return this.#turn((thread) => api.touch(thread, actions, language()));
  }

  /** Answer for the simulated terminal. */
  decide(decision) {
    const payment = this.view?.payment;
    return payment ? this.#turn((thread) => api.decide(thread, decision, payment)) : Promise.resolve();
  }

  /** Look what became of a payment that another terminal takes; return what was in the way, if anything. */
  async look() {
    const thread = this.thread;
    let found;
    try {
      found = await api.get(`/api/chat/${thread}`);
    } catch (problem) {
      return problem;
    }
    if (thread === this.thread && found.order.status !== this.order.status) this.#took(found);
    return null;
  }

  /** Begin with a new customer; an order that was left behind is cancelled. */
  reset() {
    const { thread, order, busy } = this;
    if (order.lines.length && !["paid", "cancelled"].includes(order.status) && !busy) {
      api.touch(thread, [{ type: "cancel_order" }], language()).catch(() => undefined);
    }
    this.view = null;
    this.messages = [];
    this.thread = api.newId();
    sessionStorage.removeItem(KEY);
    this.#tell("reset");
  }

  /** Take turns one after the other; one that fails leaves the order as it was. */
  #turn(work) {
    const { thread } = this;
    sessionStorage.setItem(KEY, thread);
    this.busy += 1;
    const turn = this.waiting.then(async () => {
      const slow = setTimeout(() => this.#tell("thinking"), SLOW_MS);
      try {
        const view = await work(thread);
        if (thread !== this.thread) return;
        this.#tell("online");
        this.#took(view);
      } catch (problem) {
        if (thread === this.thread) this.#tell("problem", problem);
      } finally {
        clearTimeout(slow);
        this.busy -= 1;
        this.#tell("idle");
      }
    });
    this.waiting = turn;
    return turn;
  }

  #took(view) {
    this.view = view;
    this.#message({ role: "assistant", text: view.reply });
    this.#tell("view", view);
  }

  #message(message) {
    this.messages.push(message);
    this.#tell("message", message);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** Return the language to answer in; nothing where the words are plainly of another one, then the server follows them. */
function spoken(words) {
  const used = Object.keys(SCRIPTS).filter((script) => SCRIPTS[script].test(words));
  const own = WRITTEN_IN[language()] ?? [];
  const latin = own.length > 0 && used.length === 0 && LATIN.test(words);
  return latin || used.some((script) => !own.includes(script)) ? undefined : language();
}
