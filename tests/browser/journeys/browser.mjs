/** A real Chromium that notes what must not happen: dialogs, violations of the content security policy, errors of the page. */
import { chromium } from "playwright-core";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** What a journey is told by the test that starts it. */
export const told = {
  url: need("HOOKBOX_URL"),
  setupUrl: process.env.HOOKBOX_SETUP_URL ?? "",
  token: process.env.HOOKBOX_TOKEN ?? "",
  shots: process.env.HOOKBOX_SHOTS ?? "",
  component: process.env.HOOKBOX_COMPONENT ?? "",
  nextComponent: process.env.HOOKBOX_NEXT_COMPONENT ?? "",
};

/** What the first user is called in every journey. */
export const OWNER = { email: "ada@example.com", name: "Ada Lovelace", password: "a long passphrase of tests" };

const PROGRAM = process.env.HOOKBOX_CHROMIUM ?? "/usr/bin/chromium";
const ARGUMENTS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
];

/** What a journey may take at most, in milliseconds. */
const LONGEST_MS = 300_000;

/** @param {string} name */
function need(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: journeys are started by the tests`);
  return value;
}

/**
 * Runs a journey in a browser of its own, and fails when something happened that must not.
 * @param {(browser: import("playwright-core").Browser, trouble: string[]) => Promise<void>} journey
 */
export async function inBrowser(journey) {
  setTimeout(() => {
    console.error(`the journey did not end within ${LONGEST_MS / 60_000} minutes`);
    process.exit(1);
  }, LONGEST_MS).unref();
  const browser = await chromium.launch({ executablePath: PROGRAM, args: ARGUMENTS });
  /** @type {string[]} */
  const trouble = [];
  try {
    await journey(browser, trouble);
  } finally {
    await browser.close();
  }
  if (trouble.length > 0) throw new Error(`what must not happen did:\n${trouble.join("\n")}`);
}

/**
 * A page in a context of its own, watched.
 * @param {import("playwright-core").Browser} browser
 * @param {string[]} trouble what must not happen is added here
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
export async function newPage(browser, trouble, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(30_000);
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: told.url });
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  const page = await context.newPage();
  page.on("dialog", async (dialog) => {
    if (dialog.type() !== "beforeunload") trouble.push(`a dialog: ${dialog.type()} ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on("pageerror", (error) => trouble.push(`an error: ${error.stack ?? error}`));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) trouble.push(`the console: ${text}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(told.url) && !/^(data|blob|about):/.test(request.url())) trouble.push(`asked elsewhere: ${request.url()}`);
  });
  return page;
}

/**
 * Makes the first user by the set-up link; the page is logged in afterwards.
 * @param {import("playwright-core").Page} page
 */
export async function setUp(page) {
  await page.goto(told.setupUrl);
  await page.getByLabel("Your name").fill(OWNER.name);
  await page.getByLabel("E-mail").fill(OWNER.email);
  await page.getByRole("textbox", { name: "Password" }).fill(OWNER.password);
  await page.getByRole("button", { name: "Make the first user" }).click();
  await page.getByRole("navigation").first().waitFor();
}

/**
 * Waits until a page stands: its heading, and nothing that is still loaded.
 * @param {import("playwright-core").Page} page
 */
export async function stands(page) {
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.waitForFunction(() => document.querySelectorAll("[aria-busy=true], .skeleton, .spinner").length === 0);
}

/**
 * Asks the API with the operator's token, as a test prepares things.
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {Record<string, string>} [headers]
 */
export async function ask(method, path, body, headers = {}) {
  const init = { method, headers: { Authorization: `Bearer ${told.token}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers } };
  const answer = await fetch(`${told.url}/api/v1${path}`, { ...init, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/**
 * Sends a payload to a webhook.
 * @param {string} url
 * @param {string} key
 * @param {unknown} payload
 */
export async function capture(url, key, payload) {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(payload) });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`the webhook answered ${answer.status} ${text}`);
  return answer.headers.get("hookbox-capture-id");
}

/**
 * Keeps a picture of the page, if pictures are wanted.
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
export async function shot(page, name) {
  if (!told.shots) return;
  mkdirSync(told.shots, { recursive: true });
  await page.screenshot({ path: join(told.shots, `${name}.png`), fullPage: true });
}
