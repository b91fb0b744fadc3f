/** Lists and members: contacts are put on a list and taken off it; what a live automation names keeps its name, and goes once none does. */
import { ask, capture, inBrowser, newPage, setUp, stands, told } from "./browser.mjs";
import { settled } from "./furnished.mjs";

await inBrowser(async (browser, trouble) => {
  const page = await newPage(browser, trouble);
  await setUp(page);
  await ask("POST", "/inboxes", { name: "support" });
  await ask("POST", "/lists", { name: "news" });
  await ask("POST", "/members", { name: "front-desk" });
  const trigger = { webhook: { identifier: { field: "phone", from: "$.phone" }, map: [{ field: "first_name", from: "$.name" }] } };
  const steps = [{ action: "add-to-list", settings: { list: "news" } }, { action: "assign-conversation", settings: { to: "front-desk" } }];
  const { id, url, key } = await ask("PUT", "/automations", { name: "Sign up", inbox: "support", trigger, steps });
  for (const [at, name] of ["Ada", "Grace", "Mary"].entries()) await capture(url, key, { phone: `1215555${7100 + at}`, name });
  await settled(id, 3);

  // A list of one's own: contacts are found and put on it, and taken off again.
  await page.goto(`${told.url}/app/lists`);
  await stands(page);
  await page.getByRole("button", { name: "New list" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("friends");
  await dialog.getByRole("button", { name: "Make list" }).click();
  await page.getByText("Nobody is on this list").waitFor();
  await page.getByRole("button", { name: "Add contacts" }).first().click();
  await dialog.getByRole("searchbox").fill("grace");
  const found = dialog.getByRole("listitem").filter({ hasText: "Grace" });
  await found.getByRole("button", { name: "Add" }).click();
  await found.getByText("On the list").waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  const row = page.getByRole("row", { name: /Grace/ });
  await row.waitFor();
  const { items: [friends] } = { items: (await ask("GET", "/lists")).items.filter((/** @type {any} */ { name }) => name === "friends") };
  if ((await ask("GET", `/lists/${friends.id}/contacts`)).items.length !== 1) throw new Error("the API does not find one contact on the list");
  await row.getByRole("checkbox").check();
  await page.getByRole("button", { name: "Take off the list" }).click();
  await dialog.getByRole("button", { name: "Take off" }).click();
  await page.getByText("Nobody is on this list").waitFor();

  // It is called otherwise, and removed.
  await chosen(page, "More", "Rename …");
  await dialog.getByLabel("Name").fill("good friends");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await page.getByRole("heading", { level: 1, name: "good friends" }).waitFor();
  await chosen(page, "More", "Remove …");
  await dialog.getByText("Its contacts stay").waitFor();
  await dialog.getByRole("button", { name: "Remove the list" }).click();
  await page.getByText("The list good friends is removed").waitFor();
  await page.getByRole("link", { name: "news" }).click();
  await page.getByRole("row", { name: /Mary/ }).waitFor();

  // What a live automation names keeps its name, and is told who does.
  await chosen(page, "More", "Rename …");
  await dialog.getByLabel("Name").fill("letters");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await dialog.getByText(/live automations name the list/).waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.goto(`${told.url}/app/settings/members`);
  await chosen(page, "Actions for front-desk", "Remove …");
  await dialog.getByText("nobody's then").waitFor();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await page.getByText(/live automations name the member/).waitFor();
  await ask("POST", `/automations/${id}/state`, { state: "paused" });
  await chosen(page, "Actions for front-desk", "Rename …");
  await dialog.getByLabel("Name").fill("reception");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await page.getByText("front-desk is reception now").waitFor();
  await chosen(page, "Actions for reception", "Remove …");
  await dialog.getByRole("button", { name: "Remove" }).click();
  await page.getByText("No members yet").waitFor();
  if ((await ask("GET", "/members")).items.length !== 0) throw new Error("the API still has the member");
});

/**
 * Chooses from a menu.
 * @param {import("playwright-core").Page} page
 * @param {string} menu
 * @param {string} item
 */
async function chosen(page, menu, item) {
  await page.getByRole("button", { name: menu, exact: true }).click();
  await page.getByRole("menuitem", { name: item }).click();
}
