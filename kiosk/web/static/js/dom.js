// Small helpers for the page's elements.

/** Return the element with an id. */
export const byId = (id) => document.getElementById(id);

/** Make an element: properties by name, `data` and `aria` as groups, children as elements or text. */
export function make(tag, { data = {}, aria = {}, on = {}, ...properties } = {}, ...children) {
  const element = document.createElement(tag);
  Object.assign(element.dataset, data);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Show new children; the keyboard focus stays on the control with the same `data-key`. */
export function show(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  container.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
  if (focused === undefined) return;
  const again = [...container.querySelectorAll("[data-key]")].find((one) => one.dataset.key === focused);
  (again ?? container.querySelector("button:not([disabled])"))?.focus({ preventScroll: true });
}

/** Open a dialog, once. */
export function open(dialog) {
  if (!dialog.open) dialog.showModal();
}
