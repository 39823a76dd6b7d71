// Tables and lists of the operator's page; where there is nothing to show they say so.

import { byId, make, show } from "./dom.js";
import { text } from "./texts.js";

/** Show lines in a list, or the words `empty`. */
export function listed(id, empty, lines) {
  show(byId(id), ...(lines.length ? lines : [make("li", {}, text(empty))]));
}

/** Show rows under named columns, or the words `empty`; columns from number `right` on hold numbers. */
export function tabled(id, empty, columns, rows, right = 2) {
  show(byId(id), rows.length ? table(columns.map((key) => text(key)), rows, right) : make("p", { className: "none" }, text(empty)));
}

/** Make a table. */
export function table(columns, rows, right) {
  const side = (index) => (index >= right ? "right" : "");
  const head = columns.map((words, index) => make("th", { scope: "col", className: side(index) }, words));
  const body = rows.map((row) => make("tr", {}, ...row.map((cell, index) => (
    make("td", { className: side(index) }, cell instanceof Node ? cell : String(cell))))));
  return make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body));
}
