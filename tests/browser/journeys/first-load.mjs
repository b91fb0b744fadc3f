/** The first load: what it brings, compressed, before the log-in page stands, and for the first page behind it. */
import { inBrowser, newPage, setUp, stands, told } from "./browser.mjs";

/** What the first load may take, in bytes as they travel. */
const BYTES_MAX = 150_000;

await inBrowser(async (browser, trouble) => {
  const page = await newPage(browser, trouble);
  await setUp(page);
  const fresh = await browser.newContext({ storageState: await page.context().storageState() });
  const first = await fresh.newPage();
  const devtools = await fresh.newCDPSession(first);
  await devtools.send("Network.enable");
  let travelled = 0;
  let requests = 0;
  devtools.on("Network.loadingFinished", ({ encodedDataLength }) => {
    travelled += encodedDataLength;
    requests += 1;
  });
  await first.goto(`${told.url}/app/`);
  await stands(first);
  await first.waitForLoadState("networkidle");
  console.log(`first load: ${travelled} bytes in ${requests} requests`);
  if (travelled > BYTES_MAX) throw new Error(`the first load takes ${travelled} bytes; it may take ${BYTES_MAX}`);
  await fresh.close();
});
