/** A component becomes a plugin: uploaded from the page, its needs looked at and granted, active, and called by an automation. */
import { ask, capture, inBrowser, newPage, setUp, stands, told } from "./browser.mjs";
import { settled } from "./furnished.mjs";

await inBrowser(async (browser, trouble) => {
  const page = await newPage(browser, trouble);
  await setUp(page);
  await page.goto(`${told.url}/app/plugins/upload`);
  await stands(page);

  // What is no plugin is refused with the reason.
  await page.locator("input[type=file]").setInputFiles({ name: "notes.wasm", mimeType: "application/wasm", buffer: Buffer.from("not a component") });
  await page.getByText("This file cannot become a plugin").waitFor();

  await page.locator("input[type=file]").last().setInputFiles(told.component);
  await page.getByRole("link", { name: "Look at what it asks" }).click();
  await stands(page);
  await page.getByText("Pending").first().waitFor();
  const [pending] = (await ask("GET", "/plugins?name=counting")).items;
  if (pending.active || pending.approval.state !== "pending") throw new Error(`it is ${JSON.stringify(pending.approval)} before anybody decided`);

  await page.getByRole("button", { name: "Pick all" }).click();
  await page.getByRole("button", { name: "Approve and activate" }).click();
  await page.getByText("Active", { exact: true }).first().waitFor();
  const plugin = await ask("GET", `/plugins/${pending.id}`);
  if (!plugin.active) throw new Error("it is not active");

  // It is called, and what it did is on the page of the run.
  await ask("POST", "/inboxes", { name: "support" });
  const document = { name: "Count", inbox: "support", trigger: { webhook: { identifier: { field: "phone", from: "$.phone" } } }, steps: [{ action: "counting" }] };
  const { id, url, key } = await ask("PUT", "/automations", document);
  await capture(url, key, { phone: "12155557001" });
  const [run] = await settled(id, 1);
  if (run.state !== "succeeded") throw new Error(`the run ${run.state}: ${JSON.stringify(run.failure)}`);
  await page.goto(`${told.url}/app/runs/${run.id}`);
  await page.getByText("counting").first().waitFor();

  // Every decision is in the audit log, with who made it.
  await page.goto(`${told.url}/app/settings/audit`);
  await stands(page);
  await page.getByText("plugin.approve").first().waitFor();
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText(/whole/i).first().waitFor();
});
