/** Runs that failed because of a wrong mapping: the mapping is mended, and all of them are repeated from the page. */
import { ask, capture, inBrowser, newPage, setUp, stands, told } from "./browser.mjs";
import { settled } from "./furnished.mjs";

const COUNT = 12;

await inBrowser(async (browser, trouble) => {
  const page = await newPage(browser, trouble);
  await setUp(page);
  await ask("POST", "/inboxes", { name: "support" });
  const document = (/** @type {string} */ from) => ({
    name: "Welcome", inbox: "support", trigger: { webhook: { identifier: { field: "phone", from } } },
    steps: [{ action: "send-message", settings: { body: "Welcome" } }],
  });
  const { id, url, key } = await ask("PUT", "/automations", document("$.phone"));
  for (let at = 0; at < COUNT; at += 1) await capture(url, key, { phone_number: `1215555${7000 + at}` });
  await settled(id, COUNT);

  await page.goto(`${told.url}/app/runs/failed`);
  await stands(page);
  await page.getByText(`${COUNT} in all`).waitFor();
  await ask("PUT", "/automations", document("$.phone_number"));

  await page.getByRole("button", { name: /Replay all/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: /start/i }).check();
  await dialog.getByRole("radio", { name: /newest/i }).check();
  await dialog.getByRole("button", { name: "Replay", exact: true }).click();
  const progress = page.getByRole("region", { name: "Bulk replay" });
  await progress.getByRole("button", { name: "Done" }).waitFor();
  const summary = await progress.innerText();
  await progress.getByRole("button", { name: "Done" }).click();
  await page.getByText("No dead letters").waitFor();

  const { items } = await ask("GET", `/runs?automation=${id}&state=succeeded&limit=100`);
  if (items.length !== COUNT) throw new Error(`${items.length} of ${COUNT} succeeded`);
  console.log(summary.replaceAll(/\s+/g, " "));
});
