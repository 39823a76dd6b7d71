// The payment screen: the read-back while the terminal waits, and the number when it has approved.

import { byId, make, open, show } from "./dom.js";
import { settingsOf } from "./cart.js";
import { apology, money, nameOf, text } from "./texts.js";

const LOOK_MS = 1500;
const DONE_S = 20;

/** Show what a session's order wants of the terminal. */
export class Payment {
  constructor(session, menu) {
    this.session = session;
    this.menu = menu;
    this.dialog = byId("payment");
    this.left = 0;
    this.timer = null;
    session.addEventListener("view", () => this.draw());
    session.addEventListener("reset", () => this.#close());
    session.addEventListener("problem", ({ detail }) => this.#trouble(detail));
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (this.session.view?.payment) this.session.decide("decline");
    });
  }

  /** Show the payment, the number, or nothing. */
  draw() {
    const { view } = this.session;
    if (view?.payment) this.#ask(view);
    else if (view?.number) this.#done(view);
    else this.#close();
  }

  #ask(view) {
    const lines = view.order.lines.map((line) => this.#line(line, view.order.currency));
    show(this.dialog,
      make("h2", { id: "payment-title" }, text("payment")),
      make("ul", { className: "read-back" }, ...lines),
      make("p", { className: "amount" }, text("total"), " ", make("strong", {}, money(view.payment.amount, view.payment.currency))),
      make("p", { className: "insert", role: "status" }, text("insert_card")),
      make("p", { className: "trouble", id: "payment-trouble", role: "alert", hidden: true }),
      ...(view.payment.simulated ? this.#terminal() : []),
      make("button", { type: "button", className: "plain wide", data: { key: "back" }, on: { click: () => this.session.decide("decline") } }, text("back")));
    this.#every(view.payment.simulated ? null : () => this.#look(), LOOK_MS);
    open(this.dialog);
  }

  async #look() {
    this.#trouble(await this.session.look());
  }

  /** Say what is in the way: what the conversation says meanwhile is hidden behind this screen. */
  #trouble(problem) {
    const notice = byId("payment-trouble");
    if (!notice) return;
    const words = problem ? apology(problem) : "";
    if (notice.textContent !== words) notice.textContent = words;
    notice.hidden = !problem;
  }

  #line(line, currency) {
    const item = this.menu.find(line.item);
    const words = [item ? nameOf(item.names) : line.item, ...(item ? settingsOf(line, item) : [])].join(" · ");
    return make("li", {}, make("span", {}, `${words} ×${line.quantity}`), make("span", {}, money(line.line_total, currency)));
  }

  #terminal() {
    const button = (decision, className) => make("button", {
      type: "button", id: decision, className, data: { key: decision }, on: { click: () => this.session.decide(decision) },
    }, text(decision));
    return [
      make("p", { className: "facts" }, text("simulated")),
      make("div", { className: "two" }, button("decline", "plain"), button("approve", "pay")),
    ];
  }

  #done(view) {
    if (this.dialog.dataset.order === view.order.order_id) return this.#count(view);
    this.dialog.dataset.order = view.order.order_id;
    this.left = DONE_S;
    this.#count(view);
    open(this.dialog);
    this.dialog.querySelector("button").focus();
    return this.#every(() => {
      this.left -= 1;
      if (this.left <= 0) this.session.reset("finished");
      else byId("new-order-in").textContent = text("new_order_in", { n: this.left });
    }, 1000);
  }

  #count(view) {
    show(this.dialog,
      make("h2", { id: "payment-title" }, text("paid")),
      make("p", { className: "facts" }, text("number")),
      make("p", { className: "number", id: "number" }, view.number),
      make("p", {}, text("take_number")),
      make("button", { type: "button", className: "pay wide", data: { key: "new" }, on: { click: () => this.session.reset("finished") } }, text("new_order")),
      make("p", { className: "facts", id: "new-order-in" }, text("new_order_in", { n: this.left })));
  }

  #every(work, milliseconds) {
    clearInterval(this.timer);
    this.timer = work ? setInterval(work, milliseconds) : null;
  }

  #close() {
    this.#every(null);
    delete this.dialog.dataset.order;
    if (this.dialog.open) this.dialog.close();
  }
}
