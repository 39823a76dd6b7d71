// The operator's page: it asks the operator's API, with the token that the operator has typed, every few seconds.

import { bars } from "./chart.js";
import { byId, make, show } from "./dom.js";
import { language, money, nameOf, speak, text } from "./texts.js";

const TOKEN_KEY = "kiosk-operator";
const RANGES = [1, 7, 30];
const EVERY_MS = 3000;
const SHOWN = 12;

const LANGUAGES = ["ko", "en"];
const state = { days: 1, menu: null };

async function start() {
  const page = await (await fetch("/api/page")).json();
  state.menu = await (await fetch("/api/menu")).json();
  await choose(LANGUAGES.includes(page.language) ? page.language : LANGUAGES[0]);
  byId("enter").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(TOKEN_KEY, byId("token").value);
    refresh();
  });
  byId("export").addEventListener("click", save);
  await refresh();
  setInterval(refresh, EVERY_MS);
}

async function choose(code) {
  await speak(code, "dashboard.");
  document.title = text("title");
  const button = (label, pressed, click) => make("button", {
    type: "button", className: "language", aria: { pressed: String(pressed) }, data: { key: label }, on: { click },
  }, label);
  show(byId("languages"), ...LANGUAGES.map((one) => button(one.toUpperCase(), one === code, () => choose(one).then(refresh))));
  show(byId("ranges"), ...RANGES.map((days) => button(text(`days_${days}`), days === state.days, () => {
    state.days = days;
    choose(code).then(refresh);
  })));
}

async function ask(path, options = {}) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem(TOKEN_KEY)}`, ...options.headers };
  const answer = await fetch(`/api/operator${path}`, { ...options, headers });
  if (answer.ok) return answer;
  const { error } = await answer.json();
  throw Object.assign(new Error(error.message), { reason: error.reason });
}

async function refresh() {
  try {
    if (sessionStorage.getItem(TOKEN_KEY) === null) throw Object.assign(new Error(), { reason: "no_token" });
    const [live, report, models] = await Promise.all([
      ask("/live").then((answer) => answer.json()),
      ask(`/report?days=${state.days}&language=${language()}`).then((answer) => answer.json()),
      fetch("/api/chat/models").then((answer) => answer.json()),
    ]);
    byId("problem").hidden = byId("enter").hidden = true;
    byId("board").hidden = false;
    drawLive(live);
    drawReport(report, models.models);
  } catch (problem) {
    drawProblem(problem);
  }
}

function drawProblem({ reason }) {
  const locked = ["no_token", "unauthorized", "operator_closed"].includes(reason);
  const words = { unauthorized: "wrong_token", operator_closed: "closed", no_token: null }[reason];
  byId("enter").hidden = !locked || reason === "operator_closed";
  byId("board").hidden = locked;
  byId("problem").hidden = words === null;
  byId("problem").textContent = words === null ? "" : text(words ?? "unreachable");
  if (reason === "unauthorized") sessionStorage.removeItem(TOKEN_KEY);
}

function drawLive({ conversations, staff_calls: calls, orders, sold_out: soldOut }) {
  const line = (words, label, key, path) => make("li", {}, make("span", {}, words), make("button", {
    type: "button", className: "plain", data: { key }, on: { click: () => ask(path, { method: "POST" }).then(refresh, refresh) },
  }, text(label)));
  listed("calls", "no_calls", calls.map((call) => line(
    [text(`reason_${call.reason}`), call.kiosk_id, call.thread_id.slice(0, 6), inShort(call.order), clock(call.called_at)].join(" · "), "done", call.id, `/staff-calls/${call.id}/done`)));
  listed("orders", "no_orders", orders.map(({ number, order, paid_at: at }) => line(
    `${number} · ${contents(order)} · ${clock(at)}`, "handed_over", order.order_id, `/orders/${order.order_id}/handed-over`)));
  table("live", "no_live", ["customer", "state", "units", "total", "updated"], conversations.slice(0, SHOWN).map(
    ({ thread_id: thread, status, order_status: order, units, total, currency, updated_at: at }) => [
      thread.slice(0, 6), stateOf(status, order), units, money(total, currency), clock(at),
    ]));
  drawStock(new Set(soldOut));
}

function drawReport(report, models) {
  const figures = {
    turns: report.turns, cost: report.total_cost.toFixed(4), savings: report.cost_savings.toFixed(4),
    fallbacks: report.fallbacks.count, cascades: report.cascades,
  };
  show(byId("figures"), ...Object.entries(figures).map(([key, value]) => make("div", {}, make("dt", {}, text(key)), make("dd", {}, String(value)))));
  show(byId("days"), report.days.length ? bars(byDay(report.days), [text("successes"), text("failures")]) : text("no_days"));
  const done = new Map(report.endpoints.map((one) => [one.endpoint, one]));
  table("endpoints", "no_days", ["model", "available", "requests", "success", "p50", "p95", "tokens", "cost"], models.map((model) => {
    const one = done.get(model.id);
    return [
      model.name, make("span", { className: model.is_available ? "dot" : "dot off" }, model.is_available ? "●" : "○"),
      ...(one ? [one.requests, `${Math.round(one.success_rate * 100)}%`, one.p50_ms, one.p95_ms,
        one.input_tokens + one.output_tokens, one.cost_usd.toFixed(4)] : ["", "", "", "", "", ""]),
    ];
  }));
  listed("advice", "no_alerts", report.recommendations.map((one) => make("li", {}, one.text)));
  listed("alerts", "no_alerts", report.alerts.slice(0, SHOWN).map((one) => make("li", {}, Object.values(one).filter(Boolean).join(" · "))));
}

function byDay(rows) {
  const days = new Map();
  for (const { day, successes, requests } of rows) {
    const [good, bad] = days.get(day) ?? [0, 0];
    days.set(day, [good + successes, bad + requests - successes]);
  }
  return [...days].sort();
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

function listed(id, empty, lines) {
  show(byId(id), ...(lines.length ? lines : [make("li", {}, text(empty))]));
}

function table(id, empty, columns, rows) {
  const right = (index) => (index > 1 ? "right" : "");
  const head = make("tr", {}, ...columns.map((key, index) => make("th", { scope: "col", className: right(index) }, text(key))));
  const body = rows.map((row) => make("tr", {}, ...row.map((cell, index) => make("td", { className: right(index) }, cell instanceof Node ? cell : String(cell)))));
  show(byId(id), rows.length ? make("table", {}, make("thead", {}, head), make("tbody", {}, ...body)) : text(empty));
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

async function save() {
  const answer = await ask(`/report.csv?days=${state.days}`).catch(drawProblem);
  if (!answer) return;
  const link = make("a", { href: URL.createObjectURL(await answer.blob()), download: `kiosk-${state.days}-days.csv` });
  link.click();
  URL.revokeObjectURL(link.href);
}

start();
