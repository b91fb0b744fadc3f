/** A workspace with something of every kind in it, made through the API. */
import { readFileSync } from "node:fs";
import { ask, capture, told } from "./browser.mjs";

const PEOPLE = ["John Smith", "Ada Byron", "Mary Jackson", "Grace Hopper", "Alan Turing", "Radia Perlman"];

/** Makes it. What is made and what pages need of it. */
export async function furnish() {
  await ask("POST", "/inboxes", { name: "support" });
  await ask("POST", "/members", { name: "front-desk" });
  await ask("POST", "/lists", { name: "customers" });
  await ask("POST", "/fields", { name: "city", kind: "text" });
  await ask("POST", "/fields", { name: "plan", kind: "choice", options: ["free", "paid"] });
  await ask("POST", "/templates", { name: "greeting", body: "Hello {{contact.first_name}}" });
  await ask("PUT", "/plugin-secrets", { name: "crm", text: "a-secret-text", hosts: ["POST https://api.example.com"] });
  const document = {
    name: "Order shipped", inbox: "support",
    trigger: {
      webhook: {
        sample: { phone_number: "12155556677", first_name: "john", last_name: "Smith", Integration: "Salesforce", order: { id: 17, items: [{ sku: "A-1", n: 2 }] } },
        identifier: { field: "phone", from: "$.phone_number" },
        map: [
          { field: "first_name", from: "$.first_name", transforms: ["trim", "title"] },
          { field: "last_name", from: "$.last_name" },
          { field: "source", from: "$.Integration", write: "fill-empty" },
        ],
      },
    },
    steps: [
      { name: "tell them", action: "send-message", settings: { body: "Hi {{contact.first_name}}, your order {{payload.order.id}} has shipped." } },
      { action: "assign-conversation", when: "payload.Integration == \"Salesforce\"", settings: { to: "front-desk" } },
      { action: "add-to-list", settings: { list: "customers" } },
    ],
  };
  const made = await ask("PUT", "/automations", document);
  let count = 0;
  for (const [at, name] of PEOPLE.entries()) {
    const [first_name, last_name] = name.split(" ");
    await capture(made.url, made.key, { phone_number: `1215555${6000 + at}`, first_name, last_name, Integration: "Salesforce", order: { id: 17 + at } });
    count += 1;
  }
  for (let at = 0; at < 3; at += 1) {
    await capture(made.url, made.key, { phone_number: "not a number", first_name: `Nobody ${at}` });
    count += 1;
  }
  await ask("PUT", "/automations?state=draft", { ...document, name: "Welcome", steps: document.steps.slice(0, 1) });
  const plugin = told.component ? (await upload(told.component)).id : null;
  return { automation: made.id, url: made.url, key: made.key, count, plugin };
}

/**
 * Uploads a component. What the API says of the plugin.
 * @param {string} path
 */
export async function upload(path) {
  const headers = { Authorization: `Bearer ${told.token}`, "Content-Type": "application/wasm" };
  const answer = await fetch(`${told.url}/api/v1/plugins`, { method: "POST", headers, body: readFileSync(path) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the upload answered ${answer.status} ${text}`);
  return JSON.parse(text).plugin;
}

/**
 * Waits until so many runs of an automation have ended.
 * @param {string} automation
 * @param {number} count
 */
export async function settled(automation, count) {
  const until = Date.now() + 60_000;
  for (;;) {
    const { items } = await ask("GET", `/runs?automation=${automation}&limit=500`);
    const ended = items.filter((/** @type {any} */ run) => ["succeeded", "failed", "cancelled"].includes(run.state));
    if (ended.length >= count) return ended;
    if (Date.now() > until) throw new Error(`${ended.length} of ${count} runs have ended after 60 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
