/** A newer version of a plugin is dropped on the page, and compared on past captures with the one that is active before anybody approves it. */
import { readFileSync } from "node:fs";
import { ask, capture, inBrowser, newPage, setUp, stands, told } from "./browser.mjs";
import { settled, upload } from "./furnished.mjs";

const COUNT = 3;

await inBrowser(async (browser, trouble) => {
  const page = await newPage(browser, trouble);
  await setUp(page);
  const first = await upload(told.component);
  await ask("POST", `/plugins/${first.id}/approve`, { all: true, activate: true });
  await ask("POST", "/inboxes", { name: "support" });
  const trigger = { webhook: { identifier: { field: "phone", from: "$.phone" } } };
  const { id, url, key } = await ask("PUT", "/automations", { name: "Count", inbox: "support", trigger, steps: [{ action: "counting" }] });
  for (let at = 0; at < COUNT; at += 1) await capture(url, key, { phone: `1215555${7200 + at}` });
  const runs = await settled(id, COUNT);
  if (runs.some((/** @type {any} */ run) => run.state !== "succeeded")) throw new Error(`runs ended otherwise: ${JSON.stringify(runs[0].failure)}`);

  await page.goto(`${told.url}/app/plugins/upload`);
  await stands(page);
  await dropped(page, told.nextComponent);
  await page.getByRole("link", { name: "Look at what it asks" }).click();
  await page.getByText("Pending").first().waitFor();
  const next = page.url().split("/").pop()?.split("?")[0];
  if (!next || next === first.id) throw new Error(`the page of the next version is ${page.url()}`);

  await page.getByRole("tab", { name: "Compare" }).click();
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  const result = page.getByRole("status").filter({ hasText: "do the same" });
  await result.waitFor();
  const said = (await result.innerText()).replaceAll(/\s+/g, " ");
  const [same, different] = [/(\d+) do the same/, /(\d+) do something else/].map((pattern) => Number(said.match(pattern)?.[1]));
  if (same + different !== COUNT) throw new Error(`${COUNT} captures were to be tried: ${said}`);
  if (different > 0) {
    await page.getByRole("button", { name: /difference/ }).first().click();
    await page.getByRole("link", { name: "Open the capture" }).waitFor();
  }
  const after = await ask("GET", `/plugins/${next}`);
  if (after.active || after.approval.state !== "pending") throw new Error(`the comparison left it ${JSON.stringify(after.approval)}`);
  if ((await ask("GET", `/runs?automation=${id}&limit=100`)).items.length !== COUNT) throw new Error("the comparison made runs");
  console.log(said);
});

/**
 * Drops a file on the page, as a file manager would.
 * @param {import("playwright-core").Page} page
 * @param {string} path
 */
async function dropped(page, path) {
  const data = await page.evaluateHandle(async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], "next.wasm", { type: "application/wasm" }));
    return transfer;
  }, readFileSync(path).toString("base64"));
  const zone = page.locator(".drop");
  await zone.dispatchEvent("dragover", { dataTransfer: data });
  await page.locator(".drop-over").waitFor();
  await zone.dispatchEvent("drop", { dataTransfer: data });
}
