// The order as it stands, always in sight.

import { byId, make, show } from "./dom.js";
import { money, nameOf, text } from "./texts.js";

/** Show a session's order; its buttons are the same typed actions that words become. */
export class Cart {
  constructor(session, menu, edit) {
    this.session = session;
    this.menu = menu;
    this.edit = edit;
    for (const name of ["view", "reset"]) session.addEventListener(name, () => this.draw());
    byId("clear").addEventListener("click", () => session.touch({ type: "clear_order" }));
    byId("pay").addEventListener("click", () => session.touch({ type: "request_payment" }));
  }

  /** Draw all lines. */
  draw() {
    const { lines, total, currency, status } = this.session.order;
    const shown = ["paid", "cancelled"].includes(status) ? [] : lines;
    show(byId("lines"), ...shown.map((line) => this.#line(line)));
    byId("cart-empty").hidden = shown.length > 0;
    const units = shown.reduce((sum, line) => sum + line.quantity, 0);
    byId("count").textContent = units ? text("count", { n: units }) : "";
    byId("total").textContent = money(shown.length ? total : 0, currency ?? this.menu.menu.currency);
    byId("pay").disabled = byId("clear").disabled = shown.length === 0;
  }

  #line(line) {
    const item = this.menu.find(line.item);
    const name = item ? nameOf(item.names) : line.item;
    const button = (sign, label, className, action) => make("button", {
      type: "button", className, data: { key: `${line.line_id}${sign}` }, aria: { label: text(label, { item: name }) },
      on: { click: () => this.session.touch(action) },
    }, sign);
    const less = line.quantity === 1 ? { type: "remove_item", line_id: line.line_id }
      : { type: "set_quantity", line_id: line.line_id, quantity: line.quantity - 1 };
    return make("li", { className: "line", data: { line: line.line_id } },
      item ? make("img", { src: item.picture, alt: "", width: 48, height: 48 }) : null,
      this.#title(line, item, name),
      make("span", { className: "stepper" },
        button("−", "less_of", "round", less),
        make("span", { className: "quantity" }, String(line.quantity)),
        button("+", "more_of", "round", { type: "set_quantity", line_id: line.line_id, quantity: line.quantity + 1 })),
      make("span", { className: "line-total" }, money(line.line_total, this.session.order.currency)),
      button("×", "remove", "round faint", { type: "remove_item", line_id: line.line_id }));
  }

  #title(line, item, name) {
    const settings = item ? settingsOf(line, item) : [];
    const missing = item ? line.missing.map((id) => text("to_choose", { option: optionName(item, id) })) : [];
    const detail = [
      settings.length ? make("span", { className: "settings" }, settings.join(" · ")) : null,
      ...missing.map((words) => make("span", { className: "missing" }, words)),
    ];
    if (!item?.options.length) return make("span", { className: "line-name" }, name, ...detail.filter(Boolean));
    return make("button", {
      type: "button", className: "line-name", data: { key: `${line.line_id}edit` }, aria: { haspopup: "dialog" },
      title: text("edit", { item: name }), on: { click: () => this.edit(item, line) },
    }, name, ...detail.filter(Boolean));
  }
}

/** Return the settings of a line in words. */
export function settingsOf(line, item) {
  return Object.entries(line.options).map(([id, value]) => {
    const option = item.options.find((one) => one.id === id);
    if (!option) return String(value);
    const chosen = option.values.find((one) => one.id === value);
    if (chosen) return nameOf(chosen.names);
    if (value === true) return nameOf(option.names);
    return value === false ? text("without", { option: nameOf(option.names) }) : `${nameOf(option.names)} ${value}`;
  });
}

const optionName = (item, id) => nameOf(item.options.find((option) => option.id === id)?.names ?? { en: id });
