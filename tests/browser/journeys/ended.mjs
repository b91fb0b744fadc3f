/** Somebody leaves their desk: what the page asks by itself keeps no session, nothing is left to be seen, and what they typed is there again. */
import { inBrowser, newPage, OWNER, setUp, stands, told } from "./browser.mjs";

const BACKGROUND = "hookbox-background";

await inBrowser(async (browser, trouble) => {
  const page = await newPage(browser, trouble);
  await setUp(page);
  await page.clock.install();
  await page.goto(`${told.url}/app/profile`);
  await stands(page);
  await page.getByLabel("Your name").fill("Ada King");

  /** The requests to the API from now on, until the function that it returns is called. */
  const listen = () => {
    /** @type {import("playwright-core").Request[]} */
    const requests = [];
    const note = (/** @type {import("playwright-core").Request} */ request) => {
      if (request.url().includes("/api/v1/")) requests.push(request);
    };
    page.on("request", note);
    return () => (page.off("request", note), requests);
  };
  /** What the page asks for while time passes. @param {number} seconds */
  const passes = async (seconds) => {
    const asked = page.waitForRequest((request) => request.url().endsWith("/me"));
    await page.clock.fastForward(seconds * 1_000);
    return asked;
  };

  await page.clock.fastForward(35_000);
  await page.mouse.move(300, 300);
  await page.mouse.move(320, 320);
  if (BACKGROUND in (await passes(30)).headers()) throw new Error("a request while somebody is there said that it was the page's own");
  if (!(BACKGROUND in (await passes(120)).headers())) throw new Error("a request of the page by itself kept the session alive");

  // The session is over for the host, which the page learns when it looks.
  await page.context().clearCookies();
  await page.clock.fastForward(60_000);
  await page.getByRole("heading", { name: "Your session has ended" }).waitFor();
  const seen = await page.evaluate(() => document.body.innerText);
  for (const text of ["Overview", "Profile and tokens", "default", OWNER.name]) {
    if (seen.includes(text)) throw new Error(`after the end of the session the page shows ${text}: ${seen}`);
  }
  const name = page.getByLabel("Your name");
  if (await name.isVisible()) throw new Error("what was typed is seen by whoever comes by");

  const heard = listen();
  await page.keyboard.press("Control+k");
  await page.clock.fastForward(300_000);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  const asked = heard();
  if (asked.length > 0) throw new Error(`while nobody is logged in the page asks for ${asked.map((request) => request.url())}`);

  // Chromium lets a page hold a dialog against one Escape, and not against the next.
  for (let times = 0; times < 3; times += 1) await page.keyboard.press("Escape");
  await page.mouse.click(5, 5);
  if (!(await page.getByRole("button", { name: "Give up what is not saved" }).isVisible())) throw new Error("a key or a click gave up what was typed");

  await page.getByRole("textbox", { name: "Password" }).last().fill(OWNER.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Your session has ended" }).waitFor({ state: "detached" });
  await name.waitFor();
  if ((await name.inputValue()) !== "Ada King") throw new Error("what was typed is lost");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Your name is saved").waitFor();
  if ((await page.getByRole("dialog").count()) > 0) throw new Error("something was opened behind the log-in");
});
