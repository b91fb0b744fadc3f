/** The kit: code, JSON, differences. */
import { html, useState } from "../../core/html.js";
import { Card } from "../../views/card.js";
import { Code, Editor } from "../../views/code.js";
import { Changes, Diff } from "../../views/diff.js";
import { JsonTree } from "../../views/json-tree.js";

const SAMPLE = { phone_number: "12155556677", first_name: "John", vip: true, total: 49.9, note: null, order: { id: 1042, items: [{ sku: "A-1", "unit price": 9.5 }, { sku: "B-2" }] } };

const YAML = `name: Order shipped   # what lists call it
inbox: support
trigger:
  webhook:
    identifier: {field: phone, from: $.phone_number}
    map:
      - {field: first_name, from: $.first_name, transforms: [trim, title]}
steps:
  - name: tell them
    action: send-message
    settings: {body: "Hi {{contact.first_name}}, your order has shipped."}
  - wait: 10m
`;

const CURL = `curl -X POST "http://127.0.0.1:8080/automations/aut_01hz8q" \\
  -H "Content-Type: application/json" \\
  -H "Authorization: Bearer $KEY" \\
  -d '{"phone_number":"12155556677"}'`;

/** All of them. */
export function Texts() {
  const [json, setJson] = useState(JSON.stringify(SAMPLE, null, 2));
  const [yaml, setYaml] = useState(YAML);
  const [picked, setPicked] = useState("$.phone_number");
  return html`<div class="grid-2">
    <${Card} title="Editor" lead="JSON"><${Editor} value=${json} onInput=${setJson} language="json" label="Sample" marks=${[{ line: 5, message: "49.9 is a number; the field total takes a text" }]} /><//>
    <${Card} title="Tree" lead=${picked}><${JsonTree} value=${SAMPLE} picked=${picked} onPick=${setPicked} open=${3} /><//>
    <${Card} title="Editor" lead="YAML"><${Editor} value=${yaml} onInput=${setYaml} language="yaml" label="Document" /><//>
    <${Card} title="Difference" flush><${Diff} before=${YAML} after=${YAML.replace("10m", "1h").replace("title]", "title, lower]").replace("inbox: support\n", "")} title="Version 3 to 4" /><//>
    <${Card} title="Code" flush><${Code} text=${CURL} language="curl" label="Try it" /><//>
    <${Card} title="Changes"><${Changes} items=${[{ at: "first_name", before: "Jon", after: "John" }, { at: "source", before: null, after: "Salesforce" }, { at: "tags", before: ["new"], after: ["new", "vip"] }]} /><//>
    <${Card} title="Code with numbers" flush><${Code} text=${JSON.stringify(SAMPLE, null, 2)} language="json" numbers height=${220} marks=${[{ line: 3, tone: "ok" }]} /><//>
  </div>`;
}
