//! What a workspace is set up with: fields, templates, inboxes with channels, consent.

use serde_json::json;

use crate::house::House;

#[tokio::test]
async fn fields_are_declared_changed_and_taken_away() {
    let house = House::new().await;
    let tier = json!({"name": "tier", "kind": "choice", "options": ["Gold", "Silver"]});
    let id = house.made("/api/v1/fields", &tier).await;
    house.post("/api/v1/fields", &tier).await.expect(409);
    house.post("/api/v1/fields", &json!({"name": "phone", "kind": "text"})).await.expect(422);
    house.post("/api/v1/fields", &json!({"name": "x", "kind": "choice"})).await.expect(422);
    let path = format!("/api/v1/fields/{id}");
    let patched = house.ask("PATCH", &path).json(&json!({"kind": "date"})).send().await.expect(200);
    assert_eq!((&patched["kind"], &patched["options"]), (&json!("date"), &json!([])));
    house.ask("DELETE", &path).send().await.expect(200);
    house.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_template_compiles_before_it_is_stored() {
    let house = House::new().await;
    let id = house.made("/api/v1/templates", &json!({"name": "hello", "body": "Hi {{contact.first_name}}"})).await;
    let wrong = house.post("/api/v1/templates", &json!({"name": "Hello!", "body": "Hi {{contact."})).await.expect(422);
    assert_eq!((&wrong["faults"][0]["at"], &wrong["faults"][1]["at"]), (&json!("name"), &json!("body")));
    let path = format!("/api/v1/templates/{id}");
    let patched = house.ask("PATCH", &path).json(&json!({"body": "Good day"})).send().await.expect(200);
    assert_eq!((&patched["name"], &patched["body"]), (&json!("hello"), &json!("Good day")));
}

#[tokio::test]
async fn the_secret_of_a_channel_is_shown_once_and_the_one_before_ends_a_day_later() {
    let house = House::new().await;
    let id = house.made("/api/v1/inboxes", &json!({"name": "support"})).await;
    let path = format!("/api/v1/inboxes/{id}");
    house.post(&format!("{path}/secrets"), &json!({})).await.expect(409);
    let wrong = json!({"channel": {"webhook": {"url": "ftp://example.com"}}});
    house.ask("PATCH", &path).json(&wrong).send().await.expect(422);
    let wish = json!({
        "channel": {"webhook": {"url": "https://example.com/m", "unknown": "hold"}},
        "quiet_hours": {"from": "21:00", "to": "08:00"},
    });
    let made = house.ask("PATCH", &path).json(&wish).send().await.expect(200);
    assert!(made["secret"].as_str().is_some_and(|text| text.starts_with("whsec_")), "{made}");
    let added = house.post(&format!("{path}/secrets"), &json!({})).await.expect(201);
    let answer = house.get(&path).await;
    let shown = answer.expect(200);
    assert!(!answer.text().contains("whsec_"), "{shown}");
    let secrets = &shown["channel"]["webhook"]["secrets"];
    assert_eq!(secrets[0]["id"], added["id"]);
    assert!(secrets[0]["not_after"].is_null() && secrets[1]["not_after"].is_string(), "{secrets}");
    let gone = house.ask("PATCH", &path).json(&json!({"channel": null})).send().await.expect(200);
    assert!(gone["channel"].is_null() && gone["quiet_hours"].is_object(), "{gone}");
}

#[tokio::test]
async fn a_leaked_secret_is_taken_away_at_once_and_the_last_live_one_stays() {
    let house = House::new().await;
    let id = house.made("/api/v1/inboxes", &json!({"name": "support"})).await;
    let path = format!("/api/v1/inboxes/{id}");
    let wish = json!({"channel": {"webhook": {"url": "https://example.com/m"}}});
    let made = house.ask("PATCH", &path).json(&wish).send().await.expect(200);
    let leaked = made["channel"]["webhook"]["secrets"][0]["id"].as_str().expect("an id").to_owned();
    let remove = async |secret: &str| house.ask("DELETE", &format!("{path}/secrets/{secret}")).send().await;
    remove(&leaked).await.expect(409);
    let added = house.post(&format!("{path}/secrets"), &json!({})).await.expect(201);
    assert_eq!(remove(&leaked).await.expect(200)["id"], leaked);
    remove(&leaked).await.expect(404);
    let shown = house.get(&path).await.expect(200);
    let secrets = shown["channel"]["webhook"]["secrets"].as_array().expect("a list");
    assert_eq!(secrets.len(), 1);
    assert_eq!(secrets[0]["id"], added["id"]);
}

#[tokio::test]
async fn a_channel_keeps_its_policy_when_only_its_url_changes_and_takes_no_url_that_is_never_called() {
    let house = House::new().await;
    let id = house.made("/api/v1/inboxes", &json!({"name": "support"})).await;
    let path = format!("/api/v1/inboxes/{id}");
    let set = async |webhook| house.ask("PATCH", &path).json(&json!({"channel": {"webhook": webhook}})).send().await;
    set(json!({"url": "https://example.com/m", "unknown": "hold"})).await.expect(200);
    let moved = set(json!({"url": "https://example.com/n"})).await.expect(200);
    assert_eq!(moved["channel"]["webhook"]["unknown"], "hold");
    let refused = set(json!({"url": "http://127.0.0.1/n"})).await.expect(422);
    assert_eq!(refused["faults"][0]["at"], "channel.webhook.url");
}

#[tokio::test]
async fn changes_of_an_inbox_at_the_same_time_are_all_kept() {
    let house = House::new().await;
    let id = house.made("/api/v1/inboxes", &json!({"name": "support"})).await;
    let path = format!("/api/v1/inboxes/{id}");
    let wish = json!({"channel": {"webhook": {"url": "https://example.com/m"}}});
    house.ask("PATCH", &path).json(&wish).send().await.expect(200);
    let secrets = format!("{path}/secrets");
    let add = async || house.post(&secrets, &json!({})).await.expect(201)["id"].clone();
    let hours = json!({"quiet_hours": {"from": "21:00", "to": "08:00"}});
    let quiet = async || house.ask("PATCH", &path).json(&hours).send().await.expect(200)["name"].clone();
    let (one, _, other) = tokio::join!(add(), quiet(), add());
    let shown = house.get(&path).await.expect(200);
    let ids: Vec<_> = shown["channel"]["webhook"]["secrets"].as_array().expect("a list").iter().collect();
    assert!([&one, &other].iter().all(|id| ids.iter().any(|secret| secret["id"] == **id)), "{shown}");
    assert_eq!((ids.len(), shown["quiet_hours"].is_object()), (3, true));
}

#[tokio::test]
async fn a_block_says_why_and_stays_when_a_contact_opts_in() {
    let house = House::new().await;
    let id = house.made("/api/v1/contacts", &json!({"phone": "+12155556677"})).await;
    let path = format!("/api/v1/contacts/{id}");
    let patch = async |body| house.ask("PATCH", &path).json(&body).send().await.expect(200);
    let blocked = patch(json!({"blocked": true, "reason": "fraud", "opted_out": true})).await;
    assert_eq!(blocked["consent"]["blocked"]["reason"], "fraud");
    let back = patch(json!({"opted_out": false})).await;
    assert!(back["consent"]["opted_out"].is_null() && back["consent"]["blocked"].is_object(), "{back}");
    assert!(patch(json!({"blocked": false})).await["consent"]["blocked"].is_null());
}

#[tokio::test]
async fn a_workspace_changes_its_zone_and_caps() {
    let house = House::new().await;
    let path = format!("/api/v1/workspaces/{}", house.workspace.id);
    let wish = json!({"zone": "Europe/Berlin", "caps": {"per_day": 5}});
    let changed = house.ask("PATCH", &path).json(&wish).send().await.expect(200);
    assert_eq!((&changed["zone"], &changed["caps"]["per_day"]), (&json!("Europe/Berlin"), &json!(5)));
    let wish = json!({"caps": {"per_contact_per_day": 3}});
    let changed = house.ask("PATCH", &path).json(&wish).send().await.expect(200);
    assert_eq!((&changed["caps"]["per_day"], &changed["caps"]["per_contact_per_day"]), (&json!(5), &json!(3)));
    house.ask("PATCH", &path).json(&json!({"zone": "Nowhere/Here"})).send().await.expect(422);
}

#[tokio::test]
async fn a_workspace_begins_with_the_zone_and_caps_it_is_given() {
    let house = House::new().await;
    let wish = json!({"name": "Nord", "country": "DE", "zone": "Europe/Berlin", "caps": {"per_day": 7}});
    let made = house.post("/api/v1/workspaces", &wish).await.expect(201);
    assert_eq!((&made["zone"], &made["caps"]["per_day"]), (&json!("Europe/Berlin"), &json!(7)));
    assert_eq!(made["caps"]["per_contact_per_minute"], 10);
}

#[tokio::test]
async fn a_contact_holds_what_its_fields_are_declared_to_hold() {
    let house = House::new().await;
    for field in [
        json!({"name": "orders", "kind": "number"}),
        json!({"name": "tier", "kind": "choice", "options": ["Gold", "Silver"]}),
        json!({"name": "interests", "kind": "text", "many": true}),
    ] {
        house.made("/api/v1/fields", &field).await;
    }
    let fields = json!({"orders": "12", "tier": "gold", "interests": "tea", "free": true});
    let wish = json!({"phone": "+12155556677", "fields": fields});
    let made = house.post("/api/v1/contacts", &wish).await.expect(201);
    assert_eq!(made["fields"], json!({"orders": 12, "tier": "Gold", "interests": ["tea"], "free": true}));
    let path = format!("/api/v1/contacts/{}", made["id"].as_str().unwrap_or_default());
    let wrong = json!({"fields": {"orders": "many", "tier": "bronze", "interests": ["a"], "free": ["a", "b"]}});
    let refused = house.ask("PATCH", &path).json(&wrong).send().await.expect(422);
    let places: Vec<_> = refused["faults"].as_array().expect("faults").iter().map(|fault| &fault["at"]).collect();
    assert_eq!(places, ["fields.free", "fields.orders", "fields.tier"]);
}

#[tokio::test]
async fn a_mapping_is_proposed_for_a_sample_and_can_be_saved_as_it_is() {
    let house = House::new().await;
    house.made("/api/v1/inboxes", &json!({"name": "support"})).await;
    house.made("/api/v1/fields", &json!({"name": "tier", "kind": "text"})).await;
    let sample = json!({"phone_number": "12155556677", "firstName": "John", "buyer": {"email": "j@example.com"}, "tier": "gold"});
    let wish = json!({ "sample": sample });
    let mut proposed = house.post("/api/v1/mapping/suggest", &wish).await.expect(200);
    assert_eq!(proposed["identifier"], json!({"field": "phone", "from": "$.phone_number"}));
    let fields = proposed["map"].as_array().expect("fields");
    let filled: Vec<_> = fields.iter().map(|field| (&field["field"], &field["from"])).collect();
    for (field, from) in [("first_name", "$.firstName"), ("tier", "$.tier"), ("email", "$.buyer.email")] {
        assert!(filled.contains(&(&json!(field), &json!(from))), "{field} is missing in {proposed}");
    }
    let ask = house.ask("POST", "/api/v1/mapping/suggest").json(&wish).header("accept", "application/yaml");
    let yaml = ask.send().await;
    assert_eq!(yaml.header("content-type"), "application/yaml");
    assert!(yaml.text().contains("from: $.phone_number"), "{}", yaml.text());
    proposed["sample"] = sample;
    let document = json!({"name": "Proposed", "inbox": "support", "trigger": {"webhook": proposed}, "steps": []});
    house.ask("PUT", "/api/v1/automations").json(&document).send().await.expect(201);
    let refused = house.post("/api/v1/mapping/suggest", &json!({"sample": "12155556677"})).await.expect(422);
    assert_eq!(refused["faults"][0]["at"], "sample");
}
