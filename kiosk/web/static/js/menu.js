// The menu by shelf; what is sold out can be seen but not taken.

import { byId, make } from "./dom.js";
import { money, nameOf, text } from "./texts.js";

const TAGS = ["best", "caffeine_free"];

/** Show the menu and tell which item is tapped. */
export class Menu {
  constructor(menu, taken) {
    this.menu = menu;
    this.taken = taken;
    this.shelf = menu.categories[0].id;
    byId("shelves").addEventListener("keydown", (event) => this.#move(event));
  }

  /** Return an item. */
  find(id) {
    return this.menu.items.find((item) => item.id === id);
  }

  /** Begin with the first shelf. */
  reset() {
    this.shelf = this.menu.categories[0].id;
    this.draw();
  }

  /** Draw the shelves and the items of the chosen one. */
  draw() {
    byId("shelves").replaceChildren(...this.menu.categories.map((shelf) => this.#tab(shelf)));
    const items = this.menu.items.filter((item) => item.category === this.shelf);
    const panel = byId("items");
    panel.setAttribute("aria-labelledby", `shelf-${this.shelf}`);
    panel.replaceChildren(...items.map((item) => this.#card(item)));
    panel.scrollTop = 0;
  }

  #tab(shelf) {
    const chosen = shelf.id === this.shelf;
    return make("button", {
      type: "button", role: "tab", id: `shelf-${shelf.id}`, className: "shelf", tabIndex: chosen ? 0 : -1,
      aria: { selected: String(chosen), controls: "items" }, on: { click: () => this.#choose(shelf.id) },
    }, nameOf(shelf.names));
  }

  #choose(id) {
    this.shelf = id;
    this.draw();
    byId(`shelf-${id}`).focus();
    byId(`shelf-${id}`).scrollIntoView({ block: "nearest", inline: "center" });
  }

  #move(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const ids = this.menu.categories.map((shelf) => shelf.id);
    this.#choose(ids[(ids.indexOf(this.shelf) + step + ids.length) % ids.length]);
  }

  #card(item) {
    const tag = TAGS.find((one) => item.tags.includes(one));
    const badge = item.sold_out ? make("span", { className: "badge gone" }, text("sold_out"))
      : tag ? make("span", { className: "badge" }, text(tag)) : null;
    return make("button", {
      type: "button", className: "item", disabled: item.sold_out, data: { item: item.id, key: `item-${item.id}` },
      on: { click: () => this.taken(item) },
    },
    make("img", { src: item.picture, alt: "", width: 120, height: 120, loading: "lazy", draggable: false }),
    make("span", { className: "item-name" }, nameOf(item.names)),
    make("span", { className: "price" }, money(item.price, this.menu.currency)),
    badge);
  }
}
