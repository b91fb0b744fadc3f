/** What the page is for: from the set-up link to an automation, a curl line sent by the real curl, and its run on the page. */
import { execFileSync } from "node:child_process";
import { inBrowser, newPage, setUp, told } from "./browser.mjs";

const SAMPLE = { phone_number: "12155556677", first_name: "john", last_name: "Smith", Integration: "Salesforce" };

await inBrowser(async (browser, trouble) => {
  const page = await newPage(browser, trouble);
  await setUp(page);

  // A new automation from a pasted sample: the key is shown this once.
  await page.getByRole("navigation").getByRole("link", { name: "Automations" }).click();
  await page.getByRole("link", { name: "New automation" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("Order shipped");
  await dialog.getByRole("textbox", { name: "Name of the inbox" }).fill("support");
  await dialog.getByRole("textbox", { name: "Sample request" }).fill(JSON.stringify(SAMPLE));
  await dialog.getByText("fields recognised").waitFor();
  await dialog.getByRole("button", { name: "Create draft" }).click();
  await dialog.getByText("I have stored the key").waitFor();
  const shown = await dialog.innerText();
  const url = shown.match(/http:\/\/\S+\/automations\/aut_[0-9a-f]+/)?.[0] ?? "";
  const key = shown.match(/hbx_[0-9a-f]+_[0-9a-f]+_[0-9a-f]+/)?.[0] ?? "";
  if (!url || !key) throw new Error(`the dialog shows no URL and key:\n${shown}`);
  await dialog.getByRole("button", { name: "I have stored the key" }).click();

  // Map fields: what was proposed is there, and a value of the sample becomes a field by a click.
  await page.getByRole("tab", { name: "Map fields" }).click();
  const identifier = cardOf(page, "Identifier");
  if ((await identifier.getByRole("textbox", { name: "From" }).inputValue()) !== "$.phone_number") throw new Error("the phone number was not proposed as identifier");
  await identifier.getByText("+12155556677", { exact: true }).waitFor();
  await page.getByRole("group", { name: "The sample" }).getByRole("button", { name: /Integration/ }).click();
  const rows = page.locator(".map-row");
  const added = rows.last();
  await added.getByRole("combobox").first().fill("source");
  await added.getByRole("combobox").first().press("Enter");
  await added.getByText("Salesforce", { exact: true }).waitFor();
  await cardOf(page, "Contact fields").getByText("John", { exact: true }).waitFor();

  // Steps: a message with a token of the contact in it.
  await page.getByRole("tab", { name: /Steps/ }).click();
  await page.getByRole("button", { name: "Add the first step" }).click();
  await page.getByRole("dialog").getByRole("combobox", { name: "Search actions" }).fill("send-message");
  await page.keyboard.press("Enter");
  const step = page.getByRole("article", { name: /Step 1/ });
  await step.getByRole("textbox").first().fill("Hi {{contact.first_name}}, your order has shipped.");

  // A dry run says what it would do, and nothing is done.
  await page.getByRole("button", { name: "Dry run", exact: true }).click();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("complementary", { name: "Dry run" }).getByText("Hi John, your order has shipped.").first().waitFor();

  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Go live" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Go live" }).click();
  await page.getByText("Order shipped is live").waitFor();

  // The outside system is curl; the list of runs is open and follows.
  await page.getByRole("navigation").first().getByRole("link", { name: "Runs", exact: true }).click();
  await page.getByRole("button", { name: "Live" }).waitFor();
  const said = execFileSync("curl", [
    "-sS", "-X", "POST", url, "-H", "Content-Type: application/json", "-H", `Authorization: Bearer ${key}`, "-d", JSON.stringify(SAMPLE),
  ], { encoding: "utf8" });
  if (said.trim() !== '{"message":"Request captured successfully"}') throw new Error(`curl got ${said}`);
  const run = page.getByRole("row", { name: /Order shipped for John/ });
  await run.waitFor();
  await run.click();
  await page.getByText("Hi John, your order has shipped.").first().waitFor();
  await page.getByText("Succeeded").first().waitFor();
  console.log(`one run of ${new URL(url).pathname} at ${told.url}`);
});

/**
 * The card with a heading.
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
function cardOf(page, name) {
  return page.locator("section").filter({ has: page.getByRole("heading", { name }) }).last();
}
