// What the models did: figures, charts and tables. The server adds everything up; here it is only shown.

import { draw } from "./chart.js";
import { byId, make, show } from "./dom.js";
import { listed, tabled } from "./tables.js";
import { language, text } from "./texts.js";

const PATHS = { embedded: "good", handed_on: "series-2", model: "series-3", fallback: "bad", unanswered: "series-5" };
const KINDS = { error: "bad", slow: "series-2", cost: "series-3", long_prompt: "series-4", storage: "series-1" };
const OTHER = "series-5";
const FEW = 0.95;

const number = (value) => new Intl.NumberFormat(language(), { maximumFractionDigits: 0 }).format(value);
const percent = (share) => new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: 1 }).format(share);
const dollars = (value) => new Intl.NumberFormat(language(), {
  style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", minimumFractionDigits: 2, maximumFractionDigits: 4 }).format(value);
const milliseconds = (value) => `${number(value)} ms`;
const clock = (moment) => new Date(moment).toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit" });
const when = (moment) => new Date(moment).toLocaleString(language(), { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

/** Show the figures of a range and how the endpoints stand. */
export function drawFigures(figures, breakers) {
  const names = new Map(breakers.map(({ endpoint, name }) => [endpoint, name]));
  const nameOf = (endpoint) => names.get(endpoint) ?? endpoint;
  drawTiles(figures);
  drawPeriods(figures);
  drawPaths(figures.paths);
  drawEndpoints(figures.endpoints.filter(({ requests }) => requests > 0), nameOf);
  drawModels(figures.endpoints, breakers);
  drawTroubles(figures, nameOf);
  listed("advice", "no_days", figures.recommendations.map(({ kind, text: words }) => make("li", { className: kind }, words)));
}

function drawTiles(figures) {
  const few = figures.requests > 0 && figures.success_rate < FEW;
  const tiles = [
    ["turns", number(figures.turns), text("of_requests", { number: number(figures.requests) })],
    ["success", figures.requests ? percent(figures.success_rate) : "–", "", few ? "bad" : "good"],
    ["savings", dollars(figures.savings_usd), "", "good"],
    ["cost", dollars(figures.cost_usd), ""],
    ["cascades", percent(figures.cascade_share), text("of_turns", { number: number(figures.cascades) })],
    ["fallbacks", number(figures.fallbacks), "", figures.fallbacks ? "bad" : "good"],
  ];
  show(byId("figures"), ...tiles.map(([key, value, more, className = ""]) => make("div", { className, data: { figure: key } },
    make("dt", {}, text(key)), make("dd", {}, value, more ? make("small", {}, more) : null))));
}

/** Return the name of an hour or a day; the server's text is by the shop's clock, the browser's may be another. */
const periodName = (step) => ({ start }) => (step === "hour" ? start.slice(11, 16) : start.slice(5, 10));

function drawPeriods({ step, periods }) {
  const labels = periods.map(periodName(step));
  const place = text(step);
  const column = (name, key, color) => ({ name: text(name), values: periods.map((one) => one[key]), color });
  draw("requests", { kind: "columns", title: text("chart_requests"), place, labels, stacked: true, write: number, precision: 0,
    series: [column("successes", "successes", "good"), column("failures", "failures", "bad")] });
  draw("money", { kind: "columns", title: text("chart_money"), place, labels, write: dollars,
    series: [column("saved", "avoided_usd", "good"), column("spent", "cost_usd", "series-2")] });
}

function drawPaths(paths) {
  const known = Object.keys(PATHS).flatMap((path) => paths.filter((one) => one.path === path));
  const labels = known.map(({ path, share }) => `${text(`path_${path}`)} · ${percent(share)}`);
  draw("paths", { kind: "ring", title: text("chart_paths"), place: text("path"), labels, write: number,
    series: [{ name: text("turns"), values: known.map(({ turns }) => turns), color: known.map(({ path }) => PATHS[path]) }] });
}

function drawEndpoints(endpoints, nameOf) {
  const labels = endpoints.map(({ endpoint }) => nameOf(endpoint));
  const chart = (id, write, stacked, ...columns) => draw(id, {
    kind: "rows", title: text(`chart_${id}`), place: text("model"), labels, write, stacked,
    series: columns.map(([name, key, color]) => ({ name: text(name), values: endpoints.map((one) => one[key]), color })),
  });
  chart("latency", milliseconds, false, ["p50", "p50_ms", "series-3"], ["p95", "p95_ms", "series-2"]);
  chart("tokens", number, true, ["tokens_in", "input_tokens", "series-4"], ["tokens_out", "output_tokens", "series-2"]);
  chart("costs", dollars, false, ["cost", "cost_usd", "series-1"]);
}

function drawModels(endpoints, breakers) {
  const done = new Map(endpoints.map((one) => [one.endpoint, one]));
  const isSetUp = ({ block }) => block !== "not_set_up";
  const columns = ["model", "breaker", "requests", "success", "p50", "p95", "tokens", "cost"];
  const sorted = [...breakers.filter(isSetUp), ...breakers.filter((one) => !isSetUp(one))];
  tabled("endpoints", "no_days", columns, sorted.map((breaker) => {
    const one = done.get(breaker.endpoint);
    return [breaker.name, standing(breaker), ...(one ? [
      number(one.requests), percent(one.success_rate), milliseconds(one.p50_ms), milliseconds(one.p95_ms),
      number(one.input_tokens + one.output_tokens), dollars(one.cost_usd),
    ] : ["", "", "", "", "", ""])];
  }));
}

function standing({ endpoint, state, block, failures, failures_to_open: most, cause_text: cause, until }) {
  const values = { number: failures, most, cause, time: until ? clock(until) : "" };
  const isTrial = state === "half_open";
  const key = isTrial ? "breaker_half_open" : block ? `block_${block}` : failures ? "breaker_counting" : "breaker_closed";
  const look = { not_set_up: "dot" }[block] ?? (isTrial ? "dot trial" : block ? "dot bad" : "dot good");
  const sign = block === "not_set_up" ? "○" : isTrial ? "◐" : block ? "■" : "●";
  return make("span", { data: { breaker: endpoint } }, make("span", { className: look, aria: { hidden: "true" } }, sign), text(key, values));
}

function drawTroubles({ handovers, failures }, nameOf) {
  tabled("handovers", "no_handovers", ["handover", "cause", "times"], handovers.map((one) => [
    `${nameOf(one.from_endpoint)} → ${nameOf(one.to_endpoint)}`, one.reason_text, measure(one.times, one.share, one.is_failure),
  ]));
  const most = failures[0]?.failures;
  tabled("causes", "no_causes", ["model", "cause", "times"], failures.map((one) => [
    nameOf(one.endpoint), one.cause_text, measure(one.failures, one.failures / most, true),
  ]));
}

function measure(value, share, isBad) {
  const bar = make("i", { className: isBad ? "bad" : "", aria: { hidden: "true" } });
  bar.style.width = `${share * 100}%`;
  return make("div", { className: "measure" }, number(value), bar);
}

/** Show the history of alerts; `choose` is called with the kind that the operator wants to see, or null for all. */
export function drawAlerts({ step, kinds, periods, alerts }, chosen, choose) {
  const names = Object.keys(kinds);
  const word = (kind) => (kind in KINDS ? text(`kind_${kind}`) : kind);
  draw("alert-chart", { kind: "columns", title: text("alerts"), place: text(step), labels: periods.map(periodName(step)), stacked: true, write: number, precision: 0,
    series: names.map((kind) => ({ name: word(kind), values: periods.map((one) => one.kinds[kind] ?? 0), color: KINDS[kind] ?? OTHER })) });
  const button = (kind, words) => make("button", {
    type: "button", className: "language", aria: { pressed: String(kind === chosen) }, data: { key: `kind-${kind}` }, on: { click: () => choose(kind) },
  }, words);
  const offered = chosen && !names.includes(chosen) ? [...names, chosen] : names;
  show(byId("kinds"), ...(offered.length ? [button(null, text("every_kind"))] : []), ...offered.map((kind) => button(kind, `${word(kind)} ${number(kinds[kind] ?? 0)}`)));
  listed("alerts", "no_alerts", alerts.map((one) => make("li", {},
    make("time", { dateTime: one.at }, when(one.at)), make("span", { className: "kind" }, word(one.kind)),
    make("span", { className: "words" }, one.suppressed ? `${one.text} (+${one.suppressed})` : one.text))));
}
