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
    // One customer; another object is another customer, also before the server has given a thread.
    this.visit = { thread: sessionStorage.getItem(KEY) };
    this.waiting = Promise.resolve();
  }

  get order() {
    return this.view?.order ?? { lines: [], total: 0, status: "open", currency: null };
  }

  get isFresh() {
    return this.view === null && this.messages.length === 0;
  }

  /** Take up a conversation that was begun before a reload. */
  async resume() {
    const { thread } = this.visit;
    if (thread === null) return;
    try {
      const found = await api.get(`/api/chat/${thread}`);
      if (["paid", "cancelled"].includes(found.order.status)) {
        this.reset(found.order.status === "paid" ? "finished" : "left");
        return;
      }
      this.messages = found.messages.map(({ role, content, touch }) => ({ role, text: content, touch }));
      this.#tell("view", (this.view = found));
      this.#tell("resumed");
    } catch (problem) {
      if (problem.reason === "session_ended") this.#forget();
      else if (problem.status !== 404) this.#tell("problem", problem);
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
    const { visit } = this;
    let found;
    try {
      found = await api.get(`/api/chat/${visit.thread}`);
    } catch (problem) {
      return problem;
    }
    if (visit === this.visit && found.order.status !== this.order.status) this.#took(found);
    return null;
  }

  /** The customer was asked whether anybody is there. */
  warned() {
    const { visit } = this;
    if (visit.thread !== null) api.warned(visit.thread).catch((problem) => this.#refused(visit, problem));
  }

  /** Begin with a new customer; the server cancels what the last one left behind, after the turns that still run. */
  reset(reason) {
    const { visit, waiting } = this;
    // What cannot be told now the server finds out by itself, when nobody has been there for long.
    waiting.then(() => visit.thread !== null && api.end(visit.thread, reason)).catch(() => undefined);
    this.#forget();
  }

  #forget() {
    this.view = null;
    this.messages = [];
    this.visit = { thread: null };
    sessionStorage.removeItem(KEY);
    this.#tell("reset");
  }

  /** Take turns one after the other; one that fails leaves the order as it was. */
  #turn(work) {
    const { visit } = this;
    const turn = this.waiting.then(async () => {
      const slow = setTimeout(() => this.#tell("thinking"), SLOW_MS);
      try {
        const view = await work(await this.#threadOf(visit));
        if (visit !== this.visit) return;
        this.#tell("online");
        this.#took(view);
      } catch (problem) {
        this.#refused(visit, problem);
      } finally {
        clearTimeout(slow);
        this.#tell("idle");
      }
    });
    this.waiting = turn;
    return turn;
  }

  /** Return the thread of a customer's session, which begins with the first turn. */
  async #threadOf(visit) {
    visit.thread ??= await api.begin(language());
    if (visit === this.visit) sessionStorage.setItem(KEY, visit.thread);
    return visit.thread;
  }

  #refused(visit, problem) {
    if (visit !== this.visit) return;
    if (problem.reason !== "session_ended") return this.#tell("problem", problem);
    // The customer of that session is gone; whoever is there now begins anew.
    this.#forget();
    this.#message({ role: "assistant", key: "session_ended" });
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
