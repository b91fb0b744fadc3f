/** A sample that no browser keeps as a value: it is pasted, saved, seen again and sent on to the letter. */
import { ask, inBrowser, newPage, setUp, told } from "./browser.mjs";

const ODD = '{"z": 1.10, "phone_number": "12155556677", "order": 9007199254740993, "10": 1e3, "2": "\\u00e9"}';
const MORE = ODD.replace("9007199254740993", "18446744073709551615");

/** What the host has of the automation, as text. @param {string} id */
async function stored(id) {
  const answer = await fetch(`${told.url}/api/v1/automations/${id}`, { headers: { Authorization: `Bearer ${told.token}` } });
  return answer.text();
}

/** Saves what was edited as this version. @param {import("playwright-core").Page} page @param {number} version */
async function saved(page, version) {
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText(`Saved as version ${version}`).waitFor();
}

await inBrowser(async (browser, trouble) => {
  const page = await newPage(browser, trouble);
  await setUp(page);
  await page.getByRole("navigation").getByRole("link", { name: "Automations" }).click();
  await page.getByRole("link", { name: "New automation" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("Order shipped");
  await dialog.getByRole("textbox", { name: "Name of the inbox" }).fill("support");
  await dialog.getByRole("textbox", { name: "Sample request" }).fill(ODD);
  await dialog.getByText("recognised").first().waitFor();
  await dialog.getByRole("button", { name: "Create draft" }).click();
  if (!(await dialog.innerText()).includes("9007199254740993")) throw new Error("the curl line sends another number");
  await dialog.getByRole("button", { name: "I have stored the key" }).click();
  const id = new URL(page.url()).pathname.match(/aut_[0-9a-f]+/)?.[0] ?? "";
  if (!(await stored(id)).includes(ODD)) throw new Error(`the host has another sample: ${await stored(id)}`);

  // In the editor it is edited as a text; what is changed in YAML beside it leaves it as it is.
  await page.getByRole("tab", { name: "Trigger" }).click();
  const field = page.getByRole("textbox", { name: "Sample payload" });
  const shown = await field.inputValue();
  if (!shown.includes('"z": 1.10,\n') || !shown.includes("9007199254740993")) throw new Error(`the sample is shown as ${shown}`);
  await field.fill(MORE);
  await saved(page, 2);
  if (!(await stored(id)).includes(MORE)) throw new Error(`after an edit the host has ${await stored(id)}`);

  // Nor does it change when the automation goes live or a version is restored, and then something else is saved.
  await page.getByRole("tab", { name: /Steps/ }).click();
  await page.getByRole("button", { name: "Add the first step" }).click();
  await page.getByRole("dialog").getByRole("combobox", { name: "Search actions" }).fill("send-message");
  await page.keyboard.press("Enter");
  const step = page.getByRole("article", { name: /Step 1/ });
  await step.getByRole("textbox").first().fill("Hi");
  await saved(page, 3);
  await page.getByRole("button", { name: "Go live" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Go live" }).click();
  await page.getByText("Order shipped is live").waitFor();
  await step.getByRole("textbox").first().fill("Hello");
  await saved(page, 4);
  if (!(await stored(id)).includes(MORE)) throw new Error(`after going live and an edit the host has ${await stored(id)}`);
  await page.getByRole("tab", { name: "Versions" }).click();
  await page.getByRole("button", { name: /^Version 1/ }).click();
  await page.getByRole("button", { name: "Restore version 1" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Restore" }).click();
  await page.getByText("Version 1 is version 5 now").waitFor();
  await page.getByRole("tab", { name: /Steps/ }).click();
  await page.getByRole("button", { name: "Add the first step" }).click();
  await page.getByRole("dialog").getByRole("combobox", { name: "Search actions" }).fill("send-message");
  await page.keyboard.press("Enter");
  await step.getByRole("textbox").first().fill("Hi again");
  await saved(page, 6);
  if (!(await stored(id)).includes(ODD)) throw new Error(`after restoring and an edit the host has ${await stored(id)}`);
  const { items } = await ask("GET", "/automations");
  if (items.length !== 1) throw new Error("there is another automation");
});
