/** Figures of the page, not a test: how long pages take to stand in a fresh browser, and how a list of 100,000 runs scrolls. */
import http from "node:http";
import { ask, inBrowser, newPage, setUp, stands, told } from "./browser.mjs";

const RUNS = 100_000;
const FIRST_RUNS = 200;
const SENDERS = 64;
const TRIES = 7;

/** How long a browser takes at most to have its own new window in order, in milliseconds: no page is asked for before. */
const WINDOW_MS = 500;

await inBrowser(async (browser, trouble) => {
  const page = await newPage(browser, trouble);
  await setUp(page);
  const storageState = await page.context().storageState();
  await ask("POST", "/inboxes", { name: "support" });
  const steps = [{ action: "update-contact", settings: { add_tags: ["seen"] } }];
  const trigger = { webhook: { identifier: { field: "phone", from: "$.phone" } } };
  const { url, key } = await ask("PUT", "/automations", { name: "Load", inbox: "support", trigger, steps });
  await send(url, key, FIRST_RUNS);
  for (const [path, shown] of [["/", ".uplot"], ["/automations", "tbody tr"], ["/runs", "[aria-rowindex]"]]) {
    const painted = [];
    const stood = [];
    for (let at = 0; at < TRIES; at += 1) {
      const context = await browser.newContext({ storageState });
      await context.addInitScript(noteWhenItStands, shown);
      const fresh = await context.newPage();
      await fresh.waitForTimeout(WINDOW_MS);
      await fresh.goto(`${told.url}/app${path}`);
      stood.push(Number(await (await fresh.waitForFunction(() => /** @type {any} */ (window).stood)).jsonValue()));
      painted.push(await fresh.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN));
      await context.close();
    }
    console.log(`${path}: painted after ${middle(painted)} ms, all its data stood after ${middle(stood)} ms, the middle of ${TRIES}`);
  }

  const seconds = await send(url, key, RUNS - FIRST_RUNS);
  console.log(`${RUNS - FIRST_RUNS} requests captured in ${seconds.toFixed(1)} s`);

  await page.goto(`${told.url}/app/runs`);
  await stands(page);
  const scrolled = await page.evaluate(scrollToTheEnd, RUNS);
  console.log(`${scrolled.rows} rows scrolled: a frame took ${scrolled.p50} ms in the middle, ${scrolled.p99} at the 99th percentile, ${scrolled.most} at most; ${scrolled.elements} elements in the page`);
});

/**
 * Notes when what shows the data of a page is there and nothing is loaded any more. Runs in the page, before anything of it.
 * @param {string} shown
 */
function noteWhenItStands(shown) {
  new MutationObserver((_, observer) => {
    if (!document.querySelector(shown) || document.querySelector("[aria-busy=true], .skeleton, .spinner")) return;
    /** @type {any} */ (window).stood = performance.now();
    observer.disconnect();
  }).observe(document, { subtree: true, childList: true, attributes: true });
}

/** @param {number[]} values */
function middle(values) {
  const known = values.filter((value) => !Number.isNaN(value)).sort((one, other) => one - other);
  return Math.round(known[known.length >> 1] ?? Number.NaN);
}

/**
 * Sends the requests. How many seconds it took.
 * @param {string} url
 * @param {string} key
 * @param {number} count
 */
async function send(url, key, count) {
  const { hostname: host, port, pathname: path } = new URL(url);
  const agent = new http.Agent({ keepAlive: true, maxSockets: SENDERS });
  let sent = 0;
  const one = () => new Promise((resolve, reject) => {
    const body = JSON.stringify({ phone: `1215${String(2_000_000 + (sent % 90_000)).padStart(7, "0")}` });
    sent += 1;
    const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json", "Content-Length": body.length };
    const request = http.request({ agent, host, port, path, method: "POST", headers }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`the webhook answered ${answer.statusCode}`));
      answer.resume();
      answer.on("end", resolve);
    });
    request.on("error", reject);
    request.end(body);
  });
  const began = performance.now();
  await Promise.all(Array.from({ length: SENDERS }, async () => {
    while (sent < count) await one();
  }));
  return (performance.now() - began) / 1_000;
}

/**
 * Scrolls until every row was there, or for a minute. Runs in the page.
 * @param {number} wanted
 */
async function scrollToTheEnd(wanted) {
  const frames = [];
  const until = performance.now() + 60_000;
  let rows = 0;
  let last = performance.now();
  while (rows < wanted && last < until) {
    scrollBy(0, 4_000);
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    last = now;
    for (const row of document.querySelectorAll("[aria-rowindex]")) rows = Math.max(rows, Number(row.getAttribute("aria-rowindex")) - 1);
  }
  frames.sort((one, other) => one - other);
  const at = (/** @type {number} */ share) => Number((frames[Math.floor(frames.length * share)] ?? 0).toFixed(1));
  return { rows, p50: at(0.5), p99: at(0.99), most: at(0.9999), elements: document.querySelectorAll("*").length };
}
