// Stacked bars, drawn by hand: a page that shows one chart needs no library.

import { make } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 900;
const HEIGHT = 160;
const WIDEST = 60;

/** Return a chart of rows `[label, [good, bad]]`, with a legend. */
export function bars(rows, [goodName, badName]) {
  const highest = Math.max(1, ...rows.map(([, [good, bad]]) => good + bad));
  const step = WIDTH / rows.length;
  const width = Math.min(WIDEST, step * 0.7);
  const drawn = rows.flatMap(([label, [good, bad]], index) => {
    const x = step * (index + 0.5) - width / 2;
    const tall = (value) => (value / highest) * HEIGHT;
    return [
      shape("rect", { x, y: HEIGHT - tall(good), width, height: tall(good), rx: 4, class: "ok" }),
      shape("rect", { x, y: HEIGHT - tall(good + bad), width, height: tall(bad), rx: 4, class: "bad" }),
      shape("text", { x: x + width / 2, y: HEIGHT - tall(good + bad) - 6, "text-anchor": "middle" }, String(good + bad)),
      shape("text", { x: x + width / 2, y: HEIGHT + 18, "text-anchor": "middle" }, label.slice(5)),
    ];
  });
  const summary = rows.map(([label, [good, bad]]) => `${label}: ${goodName} ${good}, ${badName} ${bad}`).join("; ");
  const chart = shape("svg", { viewBox: `0 -20 ${WIDTH} ${HEIGHT + 45}`, class: "chart", role: "img", "aria-label": summary }, ...drawn);
  const legend = make("p", { className: "legend" }, make("span", {}, make("i"), goodName), make("span", {}, make("i", { className: "bad" }), badName));
  return make("div", {}, chart, legend);
}

function shape(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
