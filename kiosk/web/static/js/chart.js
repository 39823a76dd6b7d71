// A chart, drawn by Chart.js, with the table of its numbers; the style sheet says which colours there are.

import { byId, make, show } from "./dom.js";
import { table } from "./tables.js";
import { text } from "./texts.js";

const { Chart } = window;
const drawn = new Map();

/** Return the colour of a name in the style sheet. */
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/**
 * Draw a chart in an element, or renew the one that is there.
 *
 * `kind` is `columns`, `rows` or `ring`; `labels` names the places, `series` are `{ name, values, color }` with a value
 * for each place (a ring has one series and a colour for each place), `write` writes a value, `precision` says how many
 * digits the axis has, `title` and `place` are the words for the chart and its places.
 */
export function draw(id, { kind, title, place, labels, series, write, stacked = false, precision }) {
  if (!series.some(({ values }) => values.some((value) => value > 0))) return clear(id);
  const chart = drawn.get(id) ?? begin(id, kind);
  chart.canvas.setAttribute("aria-label", text("chart_label", { title }));
  style();
  const data = { labels, datasets: series.map((one) => dataset(kind, one)) };
  const options = kind === "ring" ? ring(write) : bars(kind === "rows", stacked, series.length > 1, { callback: write, precision, maxTicksLimit: 6 }, write);
  Object.assign(chart.drawing, { data, options });
  chart.drawing.update();
  chart.summary.textContent = text("numbers");
  const rows = labels.map((label, index) => [label, ...series.map(({ values }) => write(values[index]))]);
  show(chart.numbers, table([place, ...series.map(({ name }) => name)], rows, 1));
}

function clear(id) {
  drawn.get(id)?.drawing.destroy();
  drawn.delete(id);
  show(byId(id), make("p", { className: "none" }, text("no_days")));
}

function begin(id, kind) {
  const canvas = make("canvas", { role: "img" });
  const summary = make("summary");
  const numbers = make("div", { className: "wide-table", tabIndex: 0 });
  show(byId(id), make("figure", { className: "plot" },
    make("div", { className: "canvas" }, canvas), make("details", {}, summary, numbers)));
  const type = kind === "ring" ? "doughnut" : "bar";
  const chart = { canvas, summary, numbers, drawing: new Chart(canvas, { type, data: { datasets: [] }, plugins: [ends] }) };
  drawn.set(id, chart);
  return chart;
}

function style() {
  Chart.defaults.animation = false;
  Chart.defaults.maintainAspectRatio = false;
  Chart.defaults.color = color("soft");
  Chart.defaults.borderColor = color("grid");
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 13;
}

function dataset(kind, { name, values, color: named }) {
  const backgroundColor = Array.isArray(named) ? named.map(color) : color(named);
  const edge = kind === "ring" ? { borderColor: color("card"), borderWidth: 2 } : { borderRadius: 3, maxBarThickness: 36 };
  return { label: name, data: values, backgroundColor, ...edge };
}

function ring(write) {
  return { cutout: "62%", plugins: { legend: { position: "bottom", labels: box }, tooltip: told(write) } };
}

function bars(sideways, stacked, named, ticks, write) {
  const amounts = { stacked, beginAtZero: true, grace: sideways && !stacked ? "15%" : 0, border: { display: false }, ticks };
  const places = { stacked, grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 12 } };
  return {
    indexAxis: sideways ? "y" : "x",
    interaction: { mode: "index", intersect: false, axis: sideways ? "y" : "x" },
    scales: sideways ? { x: amounts, y: places } : { x: places, y: amounts },
    plugins: { legend: { display: named, position: "bottom", labels: box }, tooltip: told(write), ends: { shown: sideways && !stacked, write } },
  };
}

const box = { boxWidth: 12, boxHeight: 12, padding: 14 };
const told = (write) => ({ callbacks: { label: ({ dataset: { label }, raw }) => ` ${label}: ${write(raw)}` } });

/** Writes the value at the end of each bar: a bar of two milliseconds beside one of a second cannot be seen. */
const ends = {
  id: "ends",
  afterDatasetsDraw(chart, _, { shown, write }) {
    if (!shown) return;
    const { ctx, data } = chart;
    ctx.save();
    ctx.fillStyle = color("ink");
    ctx.textBaseline = "middle";
    ctx.font = `12px ${Chart.defaults.font.family}`;
    data.datasets.forEach(({ data: values }, index) => {
      chart.getDatasetMeta(index).data.forEach((bar, place) => ctx.fillText(write(values[place]), bar.x + 6, bar.y));
    });
    ctx.restore();
  },
};
