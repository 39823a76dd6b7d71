// The conversation: what was said, the answers that fit the open question, and the line to type into.

import { byId, make, show } from "./dom.js";
import { apology, nameOf, text } from "./texts.js";

const SHOWN = 30;

/** Show a session's conversation. */
export class Talk {
  constructor(session) {
    this.session = session;
    this.log = byId("log");
    this.choices = byId("choices");
    this.thinking = null;
    session.addEventListener("message", ({ detail }) => this.#said(detail));
    session.addEventListener("thinking", () => this.#think());
    session.addEventListener("idle", () => this.#answered());
    session.addEventListener("view", ({ detail }) => this.#ask(detail.question));
    session.addEventListener("resumed", () => this.draw());
    session.addEventListener("reset", () => this.draw());
    session.addEventListener("problem", ({ detail }) => this.#problem(detail));
    byId("say").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  /** Draw everything anew, as after a change of language. */
  draw() {
    const { messages, view, isFresh } = this.session;
    const greeting = { role: "assistant", text: text("hello") };
    this.thinking = null;
    this.log.classList.toggle("fresh", isFresh);
    this.log.replaceChildren(...[greeting, ...messages].slice(-SHOWN).map(bubble));
    this.#ask(isFresh ? suggestions() : view?.question ?? null);
    this.#toEnd();
  }

  #send() {
    const field = byId("words");
    const words = field.value.trim();
    if (!words) return;
    field.value = "";
    this.session.say(words);
  }

  #said(message) {
    this.#answered();
    this.log.classList.remove("fresh");
    this.log.append(bubble(message));
    while (this.log.children.length > SHOWN) this.log.firstElementChild.remove();
    this.#toEnd();
  }

  #think() {
    if (this.thinking) return;
    const dots = make("span", { className: "dots", aria: { hidden: "true" } }, make("i"), make("i"), make("i"));
    this.thinking = make("p", { className: "bubble assistant" }, make("span", { className: "quiet" }, text("thinking")), dots);
    this.log.append(this.thinking);
    this.#toEnd();
  }

  #answered() {
    this.thinking?.remove();
    this.thinking = null;
  }

  #problem(problem) {
    if (problem.reason === "offline") return;
    this.#said({ role: "assistant", text: apology(problem) });
    if (problem.reason === "not_possible") this.session.resume();
  }

  #ask(question) {
    this.choices.hidden = !question?.choices.length;
    show(this.choices, ...(question?.choices ?? []).map((choice) => this.#choice(choice)));
    this.#toEnd();
  }

  #choice(choice) {
    const label = Object.keys(choice.names).length ? nameOf(choice.names) : text(choice.id);
    const look = choice.id.startsWith("try_") ? "choice light" : "choice";
    const answer = () => (choice.actions.length ? this.session.touch(...choice.actions) : this.session.say(label));
    return make("button", { type: "button", className: look, data: { key: `choice-${choice.id}` }, on: { click: answer } }, label);
  }

  #toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }
}

/** Return things to say, for a customer who has not begun. */
function suggestions() {
  return { choices: ["try_order", "try_advice", "try_question"].map((id) => ({ id, names: {}, actions: [] })) };
}

function bubble({ role, text: words, key, touch }) {
  const speaker = make("span", { className: "quiet" }, `${text(role === "user" ? "you" : "kiosk")}: `);
  return make("p", { className: `bubble ${role}${touch ? " tap" : ""}` }, speaker, words ?? text(key));
}
