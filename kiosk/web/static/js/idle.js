// A customer who left: a warning with a way to stay, then a fresh start, so that nobody sees another's order.

import { byId, make, open, show } from "./dom.js";
import { text } from "./texts.js";

const QUIET_S = 60;
const WARN_S = 20;
const PATIENT = 3;

/** Watch for signs of a customer; `warned` is told of a warning, `leave` starts over and is told why. */
export class Idle {
  constructor(isFresh, warned, leave) {
    this.isFresh = isFresh;
    this.warned = warned;
    this.leave = leave;
    this.factor = 1;
    this.dialog = byId("idle");
    this.rest = QUIET_S;
    for (const sign of ["pointerdown", "keydown", "input", "wheel", "touchmove"]) {
      document.addEventListener(sign, () => this.seen(), { capture: true, passive: true });
    }
    this.dialog.addEventListener("cancel", () => this.stay());
    setInterval(() => this.#tick(), 1000);
  }

  /** Wait longer, or as long as usual. */
  patient(wanted) {
    this.factor = wanted ? PATIENT : 1;
    this.seen();
  }

  /** Somebody is there; an open warning wants an answer. */
  seen() {
    if (!this.dialog.open) this.rest = QUIET_S * this.factor;
  }

  /** Go on. */
  stay() {
    if (this.dialog.open) this.dialog.close();
    this.seen();
  }

  #tick() {
    if (this.isFresh()) return this.stay();
    this.rest -= 1;
    if (this.rest > 0) return undefined;
    if (!this.dialog.open) return this.#warn();
    const left = WARN_S * this.factor + this.rest;
    if (left > 0) byId("idle-text").textContent = text("idle_text", { n: left });
    else this.#gone("idle");
    return undefined;
  }

  #warn() {
    this.rest = 0;
    show(this.dialog,
      make("h2", { id: "idle-title" }, text("idle")),
      make("p", { id: "idle-text" }, text("idle_text", { n: WARN_S * this.factor })),
      make("div", { className: "two" },
        make("button", { type: "button", className: "plain", id: "leave", on: { click: () => this.#gone("left") } }, text("leave")),
        make("button", { type: "button", className: "pay", id: "stay", autofocus: true, on: { click: () => this.stay() } }, text("stay"))));
    open(this.dialog);
    byId("stay").focus();
    this.warned();
  }

  #gone(reason) {
    this.stay();
    this.leave(reason);
  }
}
