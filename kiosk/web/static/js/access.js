// How a customer wants to see and hear the page. It lasts for this customer, not for the next.

import { byId, make, open, show } from "./dom.js";
import { text } from "./texts.js";

const KEY = "kiosk-access";
const SIZES = [1, 1.5, 2];
const USUAL = { size: 1, contrast: false, low: false, time: false, aloud: false };

/** Keep the settings and tell `changed` when they change. */
export class Access {
  constructor(changed, canSpeak) {
    this.changed = changed;
    this.canSpeak = canSpeak;
    this.dialog = byId("access");
    this.settings = { ...USUAL, ...JSON.parse(sessionStorage.getItem(KEY) ?? "{}") };
    byId("open-access").addEventListener("click", () => {
      this.draw();
      open(this.dialog);
    });
    this.#apply();
  }

  /** Back to the usual, for the next customer. */
  reset() {
    this.settings = { ...USUAL };
    this.#apply();
    if (this.dialog.open) this.dialog.close();
  }

  /** Draw the switches. */
  draw() {
    show(this.dialog,
      make("h2", { id: "access-title" }, text("access_title")),
      make("fieldset", { className: "option" }, make("legend", {}, text("text_size")), ...SIZES.map((size) => this.#size(size))),
      this.#switch("contrast"), this.#switch("low", "low_hint"), this.#switch("time", "more_time_hint", "more_time"),
      this.canSpeak ? this.#switch("aloud", null, "read_aloud") : null,
      make("button", { type: "button", className: "pay wide", data: { key: "close" }, on: { click: () => this.dialog.close() } }, text("close")));
  }

  #size(size) {
    return make("label", { className: "value" },
      make("input", {
        type: "radio", name: "size", value: String(size), checked: this.settings.size === size, data: { key: `size-${size}` },
        on: { change: () => this.#set("size", size) },
      }), make("span", {}, `${size * 100}%`));
  }

  #switch(name, hint = null, label = name) {
    return make("label", { className: "option row" },
      make("span", {}, text(label), hint ? make("small", {}, text(hint)) : null),
      make("input", {
        type: "checkbox", role: "switch", className: "switch", id: `access-${name}`, checked: this.settings[name],
        data: { key: name }, on: { change: ({ target }) => this.#set(name, target.checked) },
      }));
  }

  #set(name, value) {
    this.settings[name] = value;
    this.#apply();
  }

  #apply() {
    sessionStorage.setItem(KEY, JSON.stringify(this.settings));
    const { classList, style } = document.documentElement;
    style.setProperty("--text-scale", this.settings.size);
    classList.toggle("large", this.settings.size > 1);
    classList.toggle("contrast", this.settings.contrast);
    classList.toggle("low", this.settings.low);
    this.changed(this.settings);
  }
}
