/** An inbox gets a channel and quiet hours on the page: its messages reach a server of this machine, signed, or wait and say until when. */
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { ask, capture, inBrowser, newPage, setUp, stands, told } from "./browser.mjs";
import { settled } from "./furnished.mjs";

/** @type {{ headers: import("node:http").IncomingHttpHeaders, body: string }[]} */
const received = [];
const server = createServer((request, answer) => {
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", () => {
    received.push({ headers: request.headers, body });
    answer.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ id: `carrier-${received.length}` }));
  });
});
await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(null)));
const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());

await inBrowser(async (browser, trouble) => {
  const page = await newPage(browser, trouble);
  await setUp(page);
  const inbox = await ask("POST", "/inboxes", { name: "support" });
  const trigger = { webhook: { identifier: { field: "phone", from: "$.phone" } } };
  const steps = [{ action: "send-message", settings: { body: "Hi {{payload.name}}" } }];
  const { id, url, key } = await ask("PUT", "/automations", { name: "Greet", inbox: "support", trigger, steps });

  await page.goto(`${told.url}/app/settings/inboxes/${inbox.id}`);
  await stands(page);
  await page.getByRole("button", { name: "Give it a channel" }).click();
  await page.getByLabel("URL").fill(`http://127.0.0.1:${port}/messages`);
  await page.locator("form").filter({ has: page.getByLabel("URL") }).getByRole("button", { name: "Save" }).click();
  await page.getByText("The channel is saved").waitFor();
  const secret = (await page.locator("main").innerText()).match(/whsec_[A-Za-z0-9+/=]+/)?.[0];
  if (!secret) throw new Error("the page shows no signing secret");

  await capture(url, key, { phone: "12155557301", name: "Ada" });
  await settled(id, 1);
  const first = await message("sent", 0);
  if (received.length !== 1 || !received[0].body.includes("Hi Ada")) throw new Error(`the channel got ${JSON.stringify(received)}`);
  const { headers, body } = received[0];
  const signed = createHmac("sha256", Buffer.from(secret.slice("whsec_".length), "base64")).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
  if (!String(headers["webhook-signature"]).split(" ").includes(`v1,${signed.digest("base64")}`)) throw new Error(`the signature is another: ${headers["webhook-signature"]}`);
  await page.goto(`${told.url}/app/conversations/${first.conversation}`);
  await page.getByText("Hi Ada").waitFor();
  await page.getByText("Sent", { exact: true }).first().waitFor();

  // Quiet hours from an hour ago: the next message waits in the outbox, and nothing reaches the channel.
  await page.goto(`${told.url}/app/settings/inboxes/${inbox.id}`);
  await stands(page);
  const quiet = page.locator("form").filter({ has: page.getByRole("switch", { name: "Keep quiet" }) });
  await quiet.getByRole("switch", { name: "Keep quiet" }).check();
  const clock = (/** @type {number} */ hours) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
  await quiet.getByLabel("From").fill(clock(-2));
  await quiet.getByLabel("To", { exact: true }).fill(clock(3));
  await quiet.getByRole("button", { name: "Save" }).click();
  await page.getByText("The quiet hours are saved").waitFor();
  await capture(url, key, { phone: "12155557301", name: "again" });
  await settled(id, 2);
  await message("held", 1);
  await page.goto(`${told.url}/app/outbox`);
  const row = page.getByRole("row", { name: /Hi again/ });
  await row.waitFor();
  console.log((await row.innerText()).replaceAll(/\s+/g, " "));
  await page.getByText(/quiet/i).first().waitFor();
  if (received.length !== 1) throw new Error(`the channel got ${received.length} messages during quiet hours`);
});
server.close();

/**
 * The message with this number, from 0 and the oldest first, once it is in this state.
 * @param {string} state
 * @param {number} at
 */
async function message(state, at) {
  const until = Date.now() + 20_000;
  for (;;) {
    const items = (await ask("GET", "/messages?limit=10")).items.sort((/** @type {any} */ one, /** @type {any} */ other) => (one.created_at < other.created_at ? -1 : 1));
    if (items[at]?.state === state) return items[at];
    if (Date.now() > until) throw new Error(`message ${at} is no ${state} after 20 s: ${JSON.stringify(items[at])}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
