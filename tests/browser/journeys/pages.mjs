/** Every page, with data in it: nothing serious by axe, no scrolling sideways, in light and dark, on a phone and on a desk; and a picture. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { ask, inBrowser, newPage, setUp, shot, stands, told } from "./browser.mjs";
import { furnish, settled } from "./furnished.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [{ name: "phone", width: 360, height: 780 }, { name: "desk", width: 1440, height: 900 }];
const SCHEMES = /** @type {const} */ (["light", "dark"]);

await inBrowser(async (browser, trouble) => {
  const first = await newPage(browser, trouble);
  await first.goto(`${told.url}/app/login`);
  await look(first, "log-in", trouble);
  await setUp(first);
  const made = await furnish();
  await settled(made.automation, made.count);
  const paths = await everyPath(made);

  const page = first;
  for (const scheme of SCHEMES) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    for (const { name, width, height } of WIDTHS) {
      await page.setViewportSize({ width, height });
      for (const [label, path] of paths) {
        await page.goto(`${told.url}/app${path}`);
        await look(page, `${label}.${scheme}.${name}`, trouble);
      }
    }
  }
  console.log(`${paths.length} pages, each in ${SCHEMES.length * WIDTHS.length} ways`);
});

/**
 * Looks at a page as it stands.
 * @param {import("playwright-core").Page} page
 * @param {string} name
 * @param {string[]} trouble
 */
async function look(page, name, trouble) {
  // The kit shows what waits, too.
  if (name.startsWith("kit")) await page.getByRole("heading", { level: 1 }).first().waitFor();
  else await stands(page);
  await shot(page, name);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (sideways > 0) trouble.push(`${name}: scrolls sideways by ${sideways} px`);
  if ((await page.evaluate(() => "axe" in globalThis)) === false) await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    // @ts-ignore: axe was just put there
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map(({ target, any }) => `${target.join(" ")} (${any[0]?.message ?? ""})`).join("; ")}`);
  });
  for (const finding of found) trouble.push(`${name}: ${finding}`);
}

/**
 * Every page there is, by a name for its picture.
 * @param {Awaited<ReturnType<typeof furnish>>} made
 * @returns {Promise<[string, string][]>}
 */
async function everyPath(made) {
  const one = async (/** @type {string} */ path) => (await ask("GET", path)).items[0].id;
  const [failed, succeeded] = [await one("/runs?state=failed"), await one("/runs?state=succeeded")];
  const settings = ["workspace", "fields", "inboxes", "members", "templates", "users", "tokens", "secrets", "retention", "audit"];
  return [
    ["overview", "/"],
    ["automations", "/automations"],
    ["automation-trigger", `/automations/${made.automation}?panel=trigger`],
    ["automation-map", `/automations/${made.automation}?panel=map`],
    ["automation-steps", `/automations/${made.automation}?panel=steps`],
    ["automation-yaml", `/automations/${made.automation}?panel=yaml`],
    ["automation-versions", `/automations/${made.automation}?panel=versions`],
    ["runs", "/runs"],
    ["run-failed", `/runs/${failed}`],
    ["run-succeeded", `/runs/${succeeded}`],
    ["dead-letters", "/runs/failed"],
    ["captures", "/captures"],
    ["capture", `/captures/${await one("/captures")}`],
    ["contacts", "/contacts"],
    ["contact", `/contacts/${await one("/contacts")}`],
    ["lists", "/lists"],
    ["list", `/lists/${await one("/lists")}`],
    ["conversations", "/conversations"],
    ["conversation", `/conversations/${await one("/conversations")}`],
    ["outbox", "/outbox"],
    ["plugins", "/plugins"],
    ["plugin-upload", "/plugins/upload"],
    ["plugin", `/plugins/${made.plugin}`],
    ["plugin-built-in", "/plugins/send-message"],
    ["profile", "/profile"],
    ["kit", "/kit"],
    ...settings.map((section) => /** @type {[string, string]} */ ([`settings-${section}`, `/settings/${section}`])),
  ];
}
