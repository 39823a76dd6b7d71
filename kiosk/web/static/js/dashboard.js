// The operator's page: it asks the operator's API, with the token that the operator has typed, every few seconds.

import { byId, make, show } from "./dom.js";
import { drawAlerts, drawFigures } from "./figures.js";
import { listed, tabled } from "./tables.js";
import { language, money, nameOf, speak, text } from "./texts.js";

const TOKEN_KEY = "kiosk-operator";
const RANGES = [1, 7, 30];
const EVERY_MS = 3000;
const FIGURES_EVERY_MS = 15_000;
const SHOWN = 12;

const LANGUAGES = ["ko", "en"];
const state = { days: 1, kind: null, menu: null, asked: 0 };
const contrast = matchMedia("(prefers-contrast: more)");

async function start() {
  const page = await (await fetch("/api/page")).json();
  state.menu = await (await fetch("/api/menu")).json();
  await choose(LANGUAGES.includes(page.language) ? page.language : LANGUAGES[0]);
  byId("enter").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(TOKEN_KEY, byId("token").value);
    refreshAll();
  });
  byId("export").addEventListener("click", () => save("days"));
  contrast.addEventListener("change", look);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", look);
  look();
  setInterval(refresh, EVERY_MS);
  setInterval(refreshFigures, FIGURES_EVERY_MS);
}

function look() {
  document.documentElement.classList.toggle("contrast", contrast.matches);
  return refreshAll();
}

const refreshAll = () => Promise.all([refresh(), refreshFigures()]);

async function choose(code) {
  await speak(code, "dashboard.");
  document.title = text("title");
  const button = (label, pressed, click) => make("button", {
    type: "button", className: "language", aria: { pressed: String(pressed) }, data: { key: label }, on: { click },
  }, label);
  show(byId("languages"), ...LANGUAGES.map((one) => button(one.toUpperCase(), one === code, () => choose(one).then(refreshAll))));
  show(byId("ranges"), ...RANGES.map((days) => button(text(`days_${days}`), days === state.days, () => {
    state.days = days;
    choose(code).then(refreshFigures);
  })));
  for (const card of document.querySelectorAll("[data-table]")) offerTable(card);
}

function offerTable(card) {
  const title = card.querySelector("h2");
  const { table } = card.dataset;
  const label = text("save_table", { table: title.textContent });
  const button = make("button", { type: "button", className: "csv", aria: { label }, on: { click: () => save(table) } }, "CSV");
  const header = card.querySelector("header") ?? card.insertBefore(make("header"), title);
  show(header, title, button);
}

async function ask(path, options = {}) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem(TOKEN_KEY)}`, ...options.headers };
  const answer = await fetch(`/api/operator${path}`, { ...options, headers });
  if (answer.ok) return answer;
  const { error } = await answer.json();
  throw Object.assign(new Error(error.message), { reason: error.reason });
}

async function refresh() {
  if (sessionStorage.getItem(TOKEN_KEY) === null) return drawProblem({ reason: "no_token" });
  const live = await json("/live").catch(drawProblem);
  if (!live) return;
  byId("problem").hidden = byId("enter").hidden = true;
  byId("board").hidden = false;
  drawLive(live);
}

async function refreshFigures() {
  if (sessionStorage.getItem(TOKEN_KEY) === null) return;
  const asked = ++state.asked;
  const range = `days=${state.days}&language=${language()}`;
  const kind = state.kind === null ? "" : `&kind=${encodeURIComponent(state.kind)}`;
  const answers = await Promise.all([
    json(`/figures?${range}`), json(`/breakers?language=${language()}`), json(`/alerts?days=${state.days}${kind}`),
  ]).catch(drawProblem);
  // An answer that another choice has overtaken must not be shown over the newer one.
  if (!answers || asked !== state.asked) return;
  const [figures, breakers, history] = answers;
  drawFigures(figures, breakers);
  drawAlerts(history, state.kind, (chosen) => {
    state.kind = chosen;
    refreshFigures();
  });
}

const json = async (path) => (await ask(path)).json();

function drawProblem({ reason }) {
  const locked = ["no_token", "unauthorized", "operator_closed"].includes(reason);
  const words = { unauthorized: "wrong_token", operator_closed: "closed", no_token: null }[reason];
  byId("enter").hidden = !locked || reason === "operator_closed";
  byId("board").hidden = locked;
  byId("problem").hidden = words === null;
  byId("problem").textContent = words === null ? "" : text(words ?? "unreachable");
  if (reason === "unauthorized") sessionStorage.removeItem(TOKEN_KEY);
}

function drawLive({ conversations, staff_calls: calls, orders, refunds, sold_out: soldOut }) {
  const button = (label, key, click) => make("button", { type: "button", className: "plain", data: { key }, on: { click } }, text(label));
  const done = (path, body) => ask(path, { method: "POST", ...body }).then(refresh, refresh);
  const line = (words, label, key, path, ...others) => make("li", {}, make("span", {}, words), button(label, key, () => done(path)), ...others);
  const cancel = (number, id) => button("cancel_order", `cancel-${id}`, () => {
    if (confirm(text("cancel_sure", { number }))) done(`/orders/${id}/cancel`, { headers: { "Content-Type": "application/json" }, body: "{}" });
  });
  listed("calls", "no_calls", calls.map((call) => line(
    [text(`reason_${call.reason}`), call.kiosk_id, call.thread_id.slice(0, 6), inShort(call.order), clock(call.called_at)].join(" · "), "done", call.id, `/staff-calls/${call.id}/done`)));
  listed("orders", "no_orders", orders.map(({ number, order, paid_at: at }) => line(
    `${number} · ${contents(order)} · ${clock(at)}`, "handed_over", order.order_id, `/orders/${order.order_id}/handed-over`,
    cancel(number, order.order_id))));
  byId("refunds-title").hidden = refunds.length === 0;
  show(byId("refunds"), ...refunds.map(({ at, order_id: order, amount, payment_id: payment, reason }) => {
    const given = amount === null ? text("amount_unknown") : money(amount, state.menu.currency);
    const path = `/refunds/${order}/done${payment === null ? "" : `?payment_id=${encodeURIComponent(payment)}`}`;
    return line(`${given} · ${text(`refund_${reason}`)} · ${payment ?? order.slice(0, 6)} · ${clock(at)}`, "given_back", `refund-${payment ?? order}`, path);
  }));
  tabled("live", "no_live", ["customer", "state", "units", "total", "updated"], conversations.slice(0, SHOWN).map(
    ({ thread_id: thread, status, order_status: order, units, total, currency, updated_at: at }) => [
      thread.slice(0, 6), stateOf(status, order), units, money(total, currency), clock(at),
    ]));
  drawStock(new Set(soldOut));
}

function drawStock(soldOut) {
  show(byId("stock"), ...state.menu.items.map((item) => make("label", { className: "option row" },
    make("span", {}, nameOf(item.names)),
    make("input", {
      type: "checkbox", role: "switch", className: "switch", checked: soldOut.has(item.id), data: { key: `stock-${item.id}` },
      aria: { label: text("sold_out", { item: nameOf(item.names) }) },
      on: { change: ({ target }) => ask(`/stock/${item.id}`, {
        method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ sold_out: target.checked }),
      }).then(refresh, refresh) },
    }))));
}

/** Return how a session stands: gone, asked whether anybody is there, or what its order has come to. */
function stateOf(status, order) {
  if (status === "abandoned" || status === "idle") return text(`session_${status}`);
  const state = text(`status_${order ?? "open"}`);
  return status === "ended" ? `${state} · ${text("session_ended")}` : state;
}

/** Return what is on a customer's order, and what it costs. */
function inShort(order) {
  return order.lines.length ? `${contents(order)} · ${money(order.total, order.currency)}` : text("nothing_ordered");
}

function contents(order) {
  return order.lines.map(({ item, quantity }) => {
    const known = state.menu.items.find(({ id }) => id === item);
    return `${known ? nameOf(known.names) : item} ×${quantity}`;
  }).join(", ");
}

const clock = (moment) => new Date(moment).toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit" });

async function save(table) {
  const answer = await ask(`/report.csv?days=${state.days}&table=${table}`).catch(drawProblem);
  if (!answer) return;
  const name = answer.headers.get("Content-Disposition").split('"')[1];
  const link = make("a", { href: URL.createObjectURL(await answer.blob()), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

start();
