// Puts the page together.

import { Access } from "./access.js";
import * as api from "./api.js";
import { Cart } from "./cart.js";
import { byId, make } from "./dom.js";
import { Idle } from "./idle.js";
import { Menu } from "./menu.js";
import { Payment } from "./payment.js";
import { Session } from "./session.js";
import { Sheet } from "./sheet.js";
import { Talk } from "./talk.js";
import { language, load, nameOf, speak, text } from "./texts.js";
import { canSpeak, offerListening, speakAloud } from "./voice.js";

const LANGUAGE_KEY = "kiosk-language";
const LOOK_MS = 2000;

async function start() {
  const [page, shop] = await Promise.all([api.get("/api/page"), api.get("/api/menu")]);
  await speak(sessionStorage.getItem(LANGUAGE_KEY) ?? page.language);

  const session = new Session();
  const sheet = new Sheet(shop, (actions) => session.touch(...actions));
  const menu = new Menu(shop, (item) => {
    if (item.options.length) sheet.open(item);
    else session.touch({ type: "add_item", item: item.id });
  });
  const cart = new Cart(session, menu, (item, line) => sheet.open(item, line));
  const payment = new Payment(session, menu);
  const talk = new Talk(session);
  const isFresh = () => session.isFresh && language() === page.language && !document.querySelector("dialog[open]");
  const idle = new Idle(isFresh, () => session.warned(), (reason) => session.reset(reason));
  const access = new Access(({ time }) => idle.patient(time), canSpeak());

  async function draw() {
    byId("shop").textContent = document.title = nameOf(shop.names);
    byId("offline").textContent = text("offline");
    await drawLanguages(page.languages, choose);
    for (const part of [menu, cart, talk, payment, sheet]) part.draw();
    await offerListening(page.voice, (words) => session.say(words));
  }

  async function choose(code) {
    sessionStorage.setItem(LANGUAGE_KEY, code);
    await speak(code);
    await draw();
  }

  session.addEventListener("reset", () => {
    sheet.close();
    access.reset();
    menu.reset();
    choose(page.language);
    // What is sold out may have changed since the customer before.
    api.get("/api/menu").then((fresh) => {
      Object.assign(shop, fresh);
      menu.draw();
    }, () => undefined);
  });
  session.addEventListener("view", ({ detail }) => {
    if (access.settings.aloud && detail.reply) speakAloud(detail.reply, detail.language);
  });
  byId("call-staff").addEventListener("click", () => session.touch({ type: "call_staff" }));
  watchConnection(session);

  await draw();
  await session.resume();
  byId("app").setAttribute("aria-busy", "false");
}

async function drawLanguages(codes, choose) {
  const buttons = await Promise.all(codes.map(async (code) => make("button", {
    type: "button", className: "language", lang: code, aria: { pressed: String(code === language()) },
    data: { language: code }, on: { click: () => choose(code) },
  }, (await load(code)).name)));
  byId("languages").replaceChildren(...buttons);
}

/** Say when the server cannot be reached, and look for it until it is back. */
function watchConnection(session) {
  const notice = byId("offline");
  let looking = null;
  const back = () => {
    notice.hidden = true;
    clearInterval(looking);
    looking = null;
  };
  const lost = () => {
    notice.hidden = false;
    looking ??= setInterval(() => api.get("/readyz").then(back, () => undefined), LOOK_MS);
  };
  session.addEventListener("online", back);
  session.addEventListener("problem", ({ detail }) => detail.reason === "offline" && lost());
  window.addEventListener("offline", lost);
  window.addEventListener("online", () => api.get("/readyz").then(back, lost));
}

start();
