/** With a keyboard alone: names lead to pages, what is shown once stays until it is stored, and the focus is never lost. */
import { ask, inBrowser, newPage, setUp, stands, told } from "./browser.mjs";
import { furnish, settled } from "./furnished.mjs";

await inBrowser(async (browser, trouble) => {
  const page = await newPage(browser, trouble);
  await setUp(page);
  const made = await furnish();
  await settled(made.automation, made.count);

  // A plugin is found by what it is called in documents.
  await page.keyboard.press("Control+k");
  const found = page.getByRole("listbox", { name: "Goals" });
  await found.getByRole("option", { name: /Order shipped/ }).waitFor();
  await page.getByRole("combobox", { name: "Go to" }).fill("send-message");
  await found.getByRole("option", { name: /Send a message/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Send a message" }).waitFor();

  // A key that is shown once outlives Escape and a click beside it; what was typed outlives the click.
  await page.goto(`${told.url}/app/automations/new`);
  const dialog = page.getByRole("dialog");
  const name = dialog.getByLabel("Name", { exact: false }).first();
  await name.fill("By hand");
  await page.mouse.click(5, 450);
  await name.press("Enter");
  await dialog.getByRole("heading", { name: "“By hand” is a draft" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.mouse.click(5, 450);
  await dialog.getByRole("button", { name: "I have stored the key" }).click();
  await dialog.waitFor({ state: "detached" });
  await focused(page, "#main", "after the dialog of the key");

  // What had the focus goes away: the page has it then.
  await page.getByRole("button", { name: "Go live" }).click();
  await dialog.getByRole("button", { name: "Go live" }).click();
  await page.getByText("By hand is live").waitFor();
  await focused(page, "#main", "after Go live");

  // Into what is edited, and back.
  await page.goto(`${told.url}/app/contacts/${(await ask("GET", "/contacts")).items[0].id}`);
  await stands(page);
  await page.getByRole("button", { name: "Edit", exact: true }).press("Enter");
  await focused(page, "form input", "in the form");
  await page.getByRole("button", { name: "Cancel" }).press("Enter");
  await focused(page, "button.edit-fields", "after the form");

  // A list is one stop, and the arrows move through it.
  await page.goto(`${told.url}/app/runs`);
  await stands(page);
  const stops = await page.locator(".rows-body [tabindex='0']").count();
  if (stops !== 1) throw new Error(`the list of runs has ${stops} stops of Tab`);
  await page.keyboard.press("j");
  await focused(page, "[data-index='0'] a", "at the first run");
  await page.keyboard.press("ArrowDown");
  await focused(page, "[data-index='1'] a", "at the second run");
});

/**
 * Waits until what suits has the focus.
 * @param {import("playwright-core").Page} page
 * @param {string} selector
 * @param {string} when
 */
async function focused(page, selector, when) {
  try {
    await page.waitForFunction((wanted) => document.activeElement?.matches(wanted), selector, { timeout: 5_000 });
  } catch {
    const has = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 120));
    throw new Error(`${when} the focus is not at ${selector} but at ${has}`);
  }
}
