/** A viewer sees everything that viewers may see, is offered nothing that changes anything, and is refused by the API all the same. */
import { ask, inBrowser, newPage, setUp, stands, told } from "./browser.mjs";
import { furnish, settled } from "./furnished.mjs";

/** What changes something, by its label. */
const CHANGES = /^(New|Add|Create|Save|Replay|Cancel run|Go live|Pause|Archive|Import|Upload|Revoke|Remove|Invite|Approve|Delete|Dry run)\b/;

await inBrowser(async (browser, trouble) => {
  const owner = await newPage(browser, trouble);
  await setUp(owner);
  const made = await furnish();
  await settled(made.automation, made.count);
  const { invite_url } = await ask("POST", "/users", { email: "grace@example.com", name: "Grace Hopper", role: "viewer" });

  const page = await newPage(browser, trouble);
  await page.goto(invite_url);
  await page.getByRole("textbox", { name: /password/i }).first().fill("another long passphrase");
  await page.getByRole("button", { name: "Set the password and log in" }).click();
  await page.getByRole("navigation").first().waitFor();

  const one = async (/** @type {string} */ path) => (await ask("GET", path)).items[0].id;
  const paths = [
    "/", "/automations", `/automations/${made.automation}?panel=trigger`, `/automations/${made.automation}?panel=map`,
    `/automations/${made.automation}?panel=steps`, "/runs", `/runs/${await one("/runs?state=failed")}`, "/runs/failed", "/captures",
    "/contacts", `/contacts/${await one("/contacts")}`, "/lists", "/conversations", "/outbox", "/plugins", "/plugins/send-message",
    "/settings/workspace", "/settings/fields", "/settings/inboxes", "/settings/members", "/settings/templates",
  ];
  for (const path of paths) {
    await page.goto(`${told.url}/app${path}`);
    await stands(page);
    const offered = await page.locator("main").locator("button:enabled:not([role=tab]), a.button[href]").allInnerTexts();
    const wrong = offered.map((text) => text.trim()).filter((text) => CHANGES.test(text));
    if (wrong.length > 0) trouble.push(`${path} offers a viewer: ${wrong.join(", ")}`);
  }
  for (const path of ["/settings/users", "/settings/secrets", "/settings/audit"]) {
    await page.goto(`${told.url}/app${path}`);
    await page.getByText(/needs the role|Only (owners|admins)|role of (an )?(owner|admin)/i).first().waitFor();
  }

  // The page only spares them the refusal: the API decides.
  const statuses = await page.evaluate(async (workspace) => {
    const headers = { "Content-Type": "application/json", "Hookbox-Workspace": workspace };
    const send = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {unknown} */ body) =>
      (await fetch(`/api/v1${path}`, { method, headers, body: JSON.stringify(body) })).status;
    return [
      await send("POST", "/lists", { name: "mine" }), await send("POST", "/inboxes", { name: "mine" }),
      await send("POST", "/runs/replay", {}), await send("POST", "/users", { email: "x@example.com", name: "X", role: "owner" }),
      (await fetch("/api/v1/plugin-secrets", { headers })).status, (await fetch("/api/v1/audit", { headers })).status,
    ];
  }, "default");
  if (statuses.some((status) => status !== 403)) throw new Error(`the API answered ${statuses}, and 403 was due`);
});
