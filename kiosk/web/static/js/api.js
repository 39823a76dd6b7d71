// The server's API. A request that got no answer is sent again under the same id, so that nothing is ordered twice.

const RETRIES_MS = [300, 1000, 2500];

/** A refusal of the server, or no answer at all (`reason` is "offline"). */
export class Refused extends Error {
  constructor(reason, message, status = 0) {
    super(message);
    this.reason = reason;
    this.status = status;
  }
}

/** Return a UUID that nobody can guess; `randomUUID` exists on secure pages only. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Read JSON. */
export const get = async (path) => (await request(path)).json();

/** Carry a tap out and return the view after it. */
export const touch = async (thread, actions, language) =>
  (await send(`/api/orders/${thread}/actions`, { actions, language, request_id: newId() })).json();

/** Begin a customer's session and return its id. */
export const begin = async (language) => (await (await send("/api/sessions", { language })).json()).thread_id;

/** Tell that the customer was asked whether anybody is there. */
export const warned = (thread) => send(`/api/sessions/${thread}/idle`, {});

/** End a customer's session; what is not paid is cancelled. */
export const end = (thread, reason) => send(`/api/sessions/${thread}/end`, { reason });

/** Answer for the simulated terminal. */
export const decide = async (thread, decision, payment) =>
  (await send(`/api/orders/${thread}/payment`, {
    decision, order_id: payment.order_id, revision: payment.revision,
  })).json();

/** Say something; `heard` gets every event, the view after the turn is returned. */
export async function say(thread, message, language, heard) {
  const body = { message, thread_id: thread, request_id: newId(), ...(language ? { language } : {}) };
  return retried(async () => {
    const answer = await request("/api/chat", body);
    let view = null;
    for await (const { name, data } of events(answer.body)) {
      if (name === "error") throw new Refused(data.reason, data.message);
      if (name === "done") view = data;
      heard(name, data);
    }
    if (view === null) throw new Refused("offline", "the answer broke off");
    return view;
  });
}

const send = (path, body) => retried(() => request(path, body));

async function retried(attempt) {
  for (const wait of RETRIES_MS) {
    try {
      return await attempt();
    } catch (problem) {
      if (!["offline", "busy", "storage", "stopping"].includes(problem.reason)) throw problem;
      await new Promise((resume) => setTimeout(resume, wait));
    }
  }
  return attempt();
}

async function request(path, body) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (problem) {
    throw new Refused("offline", String(problem));
  }
  if (answer.ok) return answer;
  const refusal = await answer.json().catch(() => ({}));
  throw new Refused(refusal.error?.reason ?? "http_error", refusal.error?.message ?? "", answer.status);
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read().catch((problem) => {
      throw new Refused("offline", String(problem));
    });
    if (done) return;
    const parts = (waiting + value).split("\n\n");
    waiting = parts.pop();
    for (const part of parts) yield parsed(part);
  }
}

function parsed(part) {
  const fields = part.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]);
  const data = fields.filter(([name]) => name === "data").map(([, value]) => value).join("\n");
  return { name: fields.find(([name]) => name === "event")?.[1] ?? "message", data: JSON.parse(data) };
}
