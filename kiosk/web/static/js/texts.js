// The words of the page, one file per language, and amounts as its readers write them.

const loaded = new Map();
let current = {};
let code = "ko";

/** Return the language that the page shows. */
export const language = () => code;

/** Return a text with its places filled. */
export function text(key, values = {}) {
  return (current[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Return the name of something of the menu in the page's language. */
export function nameOf(names) {
  const name = names[code] ?? Object.values(names)[0] ?? "";
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
}

/** Read the texts of a language; pages other than the kiosk's have files with a prefix. */
export async function load(wanted, prefix = "") {
  const file = `${prefix}${wanted}`;
  if (!loaded.has(file)) {
    const answer = await fetch(`/static/texts/${file}.json`);
    if (!answer.ok) throw new Error(`no texts for ${file}`);
    loaded.set(file, await answer.json());
  }
  return loaded.get(file);
}

/** Show the page in a language. */
export async function speak(wanted, prefix = "") {
  current = await load(wanted, prefix);
  code = wanted;
  document.documentElement.lang = wanted;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", text(element.dataset.label));
  }
  for (const element of document.querySelectorAll("[data-placeholder]")) {
    element.placeholder = text(element.dataset.placeholder);
  }
}

/** Return what a customer is told about a problem. */
export const apology = ({ reason }) => text(["not_possible", "offline", "storage"].includes(reason) ? reason : "failed");

/** Write an amount of minor units. */
export function money(amount, currency) {
  const format = new Intl.NumberFormat(code, { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits;
  if (code === "ko" && currency === "KRW") return `${new Intl.NumberFormat("ko").format(amount)}원`;
  return format.format(amount / 10 ** digits);
}
