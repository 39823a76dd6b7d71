// Does what LangChain's agent-chat-ui does, through the SDK that it uses: node chat_ui.mjs URL
// Prints one JSON object: what each story has seen. The tests judge it.

import { randomUUID } from "node:crypto";
import { Client } from "@langchain/langgraph-sdk";

const GRAPH = "kiosk";
const client = new Client({ apiUrl: process.argv[2], apiKey: null });

/** A person's message as the page builds it: a list of content blocks, and an id of the page's own. */
const human = (text, ...blocks) => ({
  id: randomUUID(),
  type: "human",
  content: [{ type: "text", text }, ...blocks],
});

/** Sends a turn, or a decision, with the options of the page, and returns the events. */
async function submit(threadId, input, options = {}) {
  const events = [];
  const stream = client.runs.stream(threadId, GRAPH, {
    input,
    streamMode: ["values", "messages-tuple", "updates", "custom"],
    streamSubgraphs: true,
    streamResumable: true,
    onDisconnect: "continue",
    ...options,
  });
  for await (const { event, data } of stream) events.push({ event, data });
  return events;
}

/** The page shows the newest state of the history, and the rest of it as branches. */
async function shown(threadId) {
  const history = await client.threads.getHistory(threadId, { limit: 10 });
  const [head] = history;
  return {
    messages: head.values.messages,
    order: head.values.order,
    interrupts: head.tasks.flatMap((task) => task.interrupts ?? []),
    parents: history.map((state) => state.parent_checkpoint?.checkpoint_id ?? null),
    checkpoints: history.map((state) => state.checkpoint.checkpoint_id),
  };
}

/** The page adds an answer of its own for every tool call without one. */
const dangling = (messages) => messages.filter((message, index) =>
  message.type === "ai" && message.tool_calls?.length && messages[index + 1]?.type !== "tool");

async function begin() {
  const { thread_id: threadId } = await client.threads.create({ metadata: { graph_id: GRAPH } });
  return threadId;
}

/** The page lists threads by the name of the graph. */
const listed = async (threadId) =>
  (await client.threads.search({ metadata: { graph_id: GRAPH }, limit: 100 })).some((one) => one.thread_id === threadId);

async function talk() {
  const threadId = await begin();
  const picture = { type: "image", source_type: "base64", mime_type: "image/png", data: "iVBORw0KGgo=" };
  const said = human("라떼 3잔 주세요", picture);
  const events = await submit(threadId, { messages: [said], context: { title: "an artifact", n: 1 } });
  events.push(...await submit(threadId, { messages: [human("아이스요")] }));
  const seen = await shown(threadId);
  return { said: said.id, events, seen, dangling: dangling(seen.messages), listed: await listed(threadId) };
}

/** The page changes a message by running again from the checkpoint before it. */
async function edit() {
  const threadId = await begin();
  await submit(threadId, { messages: [human("라떼 3잔 아이스로 주세요")] });
  const history = await client.threads.getHistory(threadId, { limit: 10 });
  const before = history.find((state) => !state.values.messages?.length && state.next.includes("__start__"));
  await submit(threadId, { messages: [human("치즈케이크 하나 주세요")] }, { checkpoint: before.checkpoint });
  return { seen: await shown(threadId) };
}

async function pay(type) {
  const threadId = await begin();
  await submit(threadId, { messages: [human("라떼 3잔 아이스로 주세요. 결제할게요")] });
  const waiting = await shown(threadId);
  const events = await submit(threadId, {}, { command: { resume: { decisions: [{ type }] } } });
  const seen = await shown(threadId);
  return { waiting, events, seen, dangling: dangling(seen.messages) };
}

const [talked, edited, approved, rejected] = await Promise.all([talk(), edit(), pay("approve"), pay("reject")]);
console.log(JSON.stringify({ talked, edited, approved, rejected }));
