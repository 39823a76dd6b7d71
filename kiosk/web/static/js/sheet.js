// The option sheet: for a new item, or to change a line of the order. The price shown is a forecast; the server prices.

import { byId, make, open, show } from "./dom.js";
import { money, nameOf, text } from "./texts.js";

/** Show the options of an item and tell which actions follow from them. */
export class Sheet {
  constructor(menu, done) {
    this.menu = menu;
    this.done = done;
    this.dialog = byId("sheet");
  }

  /** Open for an item, or for a line of the order. */
  open(item, line = null) {
    this.item = item;
    this.line = line;
    this.quantity = line?.quantity ?? 1;
    this.chosen = { ...line?.options };
    this.draw();
    open(this.dialog);
    this.dialog.scrollTop = 0;
  }

  /** Draw what is chosen. */
  draw() {
    if (!this.item) return;
    show(this.dialog, this.#head(), ...this.#options().map((option) => this.#option(option)), this.#foot());
  }

  close() {
    this.item = null;
    this.dialog.close();
  }

  #head() {
    const { item } = this;
    const facts = item.kcal || item.caffeine_mg ? text("facts", { kcal: item.kcal, caffeine: item.caffeine_mg }) : "";
    const allergens = item.allergens.map(nameOf).join(", ");
    return make("header", { className: "sheet-head" },
      make("img", { src: item.picture, alt: "", width: 120, height: 120 }),
      make("div", {},
        make("h2", { id: "sheet-title" }, [nameOf(item.names), ...item.fixed_names.map(nameOf)].join(" · ")),
        make("p", { className: "price" }, money(item.price, this.menu.currency)),
        make("p", { className: "facts" }, facts),
        allergens ? make("p", { className: "facts" }, text("allergens", { names: allergens })) : null),
      make("button", {
        type: "button", className: "close", data: { key: "close" }, aria: { label: text("close") }, on: { click: () => this.close() },
      }, "×"));
  }

  /** Return the options that make sense with what is chosen; those that must be chosen stand first. */
  #options() {
    const settings = { ...this.#defaults(), ...this.item.fixed, ...this.chosen };
    const fits = ({ requires }) => Object.entries(requires).every(([other, value]) => settings[other] === value);
    const must = ({ required, default: value }) => Number(required && value === null);
    return this.item.options.filter(fits).sort((one, other) => must(other) - must(one));
  }

  #defaults() {
    return Object.fromEntries(this.item.options.map((option) => [option.id, option.default]));
  }

  #option(option) {
    const required = option.required && option.default === null;
    const legend = make("legend", {}, nameOf(option.names), required ? make("span", { className: "badge" }, text("required")) : null);
    if (option.kind === "choice") return make("fieldset", { className: "option" }, legend, ...this.#values(option));
    const control = option.kind === "flag" ? this.#flag(option) : this.#count(option);
    return make("div", { className: "option row" }, make("span", {}, nameOf(option.names), this.#extra(option)), control);
  }

  #values(option) {
    const now = this.chosen[option.id] ?? option.default;
    return option.values.map((value) => make("label", { className: "value" },
      make("input", {
        type: "radio", name: option.id, value: value.id, checked: now === value.id, data: { key: `${option.id}-${value.id}` },
        on: { change: () => this.#set(option, value.id) },
      }),
      make("span", {}, nameOf(value.names), value.price ? make("small", {}, ` +${this.#money(value.price)}`) : null)));
  }

  #flag(option) {
    const now = Boolean(this.chosen[option.id] ?? option.default);
    return make("input", {
      type: "checkbox", role: "switch", className: "switch", checked: now, data: { key: option.id },
      aria: { label: nameOf(option.names) }, on: { change: ({ target }) => this.#set(option, target.checked) },
    });
  }

  #count(option) {
    const now = Number(this.chosen[option.id] ?? option.default);
    return stepper(nameOf(option.names), option.id, now, option.min, option.max, (next) => this.#set(option, next));
  }

  #extra(option) {
    const price = option.kind === "count" ? option.price_each : option.price;
    return price ? make("small", {}, ` +${this.#money(price)}`) : null;
  }

  #set(option, value) {
    this.chosen[option.id] = value;
    if (value === option.default) delete this.chosen[option.id];
    const allowed = new Set(this.#options().map(({ id }) => id));
    for (const id of Object.keys(this.chosen)) if (!allowed.has(id)) delete this.chosen[id];
    this.draw();
  }

  #foot() {
    const count = stepper(text("quantity"), "quantity", this.quantity, 1, 99, (next) => {
      this.quantity = next;
      this.draw();
    });
    const label = `${text(this.line ? "save" : "add")} · ${this.#money(this.#price() * this.quantity)}`;
    return make("footer", { className: "sheet-foot" }, count,
      make("button", { type: "button", className: "pay", id: "take", data: { key: "take" }, on: { click: () => this.#take() } }, label));
  }

  #price() {
    return this.#options().reduce((sum, option) => {
      const value = this.chosen[option.id] ?? option.default;
      if (option.kind === "choice") return sum + (option.values.find(({ id }) => id === value)?.price ?? 0);
      return sum + (option.kind === "count" ? option.price_each * Number(value) : option.price * Number(value));
    }, this.item.price);
  }

  #money(amount) {
    return money(amount, this.menu.currency);
  }

  #take() {
    const actions = this.line ? this.#changes() : [
      { type: "add_item", item: this.item.id, quantity: this.quantity, options: this.chosen },
    ];
    this.close();
    if (actions.length) this.done(actions);
  }

  /** Return what differs from the line; units first, because a changed line may melt into an equal one. */
  #changes() {
    const { line, chosen } = this;
    const names = new Set([...Object.keys(line.options), ...Object.keys(chosen)]);
    const options = Object.fromEntries(
      [...names].filter((name) => line.options[name] !== chosen[name]).map((name) => [name, chosen[name] ?? null]),
    );
    return [
      ...(this.quantity === line.quantity ? [] : [{ type: "set_quantity", line_id: line.line_id, quantity: this.quantity }]),
      ...(Object.keys(options).length ? [{ type: "change_options", line_id: line.line_id, options }] : []),
    ];
  }
}

function stepper(label, key, now, min, max, changed) {
  const button = (sign, next, name) => make("button", {
    type: "button", className: "round", disabled: next < min || next > max, data: { key: `${key}${sign}` },
    aria: { label: text(name, { item: label }) }, on: { click: () => changed(next) },
  }, sign);
  return make("span", { className: "stepper", role: "group", aria: { label } },
    button("−", now - 1, "less_of"), make("output", { aria: { live: "polite" } }, String(now)), button("+", now + 1, "more_of"));
}
