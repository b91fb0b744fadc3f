//! Workspaces, inboxes, members, lists and contacts: made, found, paged, changed.

use hookbox_admin::ensure_default_workspace;
use serde_json::{Value, json};

use crate::history::lived_in;
use crate::house::House;

#[tokio::test]
async fn named_records_are_made_once_and_paged_oldest_first() {
    let house = House::new().await;
    for resource in ["inboxes", "members", "lists", "workspaces"] {
        let path = format!("/api/v1/{resource}");
        let mut ids: Vec<String> = Vec::new();
        for name in ["one", "two", "three"] {
            ids.push(house.made(&path, &json!({"name": name})).await);
        }
        assert_eq!(house.post(&path, &json!({"name": "two"})).await.expect(409)["type"], "/problems/exists");
        let found = house.get(&format!("{path}/{}", ids[1])).await.expect(200);
        assert_eq!(found["name"], "two");
        assert!(found["created_at"].as_str().is_some_and(|text| text.ends_with('Z') && text.contains('T')), "{found}");
        assert_eq!(paged(&house, &path, 2).await.iter().filter(|item| ids.contains(&id(item))).count(), 3);
    }
}

/// Every item of a resource, `limit` at a time.
async fn paged(house: &House, path: &str, limit: usize) -> Vec<Value> {
    let mut items = Vec::new();
    let mut after = String::new();
    loop {
        let page = house.get(&format!("{path}?limit={limit}&after={after}")).await.expect(200);
        let found = page["items"].as_array().expect("items");
        assert!(found.len() <= limit);
        items.extend(found.iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => return items,
        }
    }
}

fn id(item: &Value) -> String {
    item["id"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_workspace_has_a_country_that_exists() {
    let house = House::new().await;
    let made = house.post("/api/v1/workspaces", &json!({"name": "a", "country": "DE"})).await.expect(201);
    assert_eq!(made["country"], "DE");
    assert_eq!(house.post("/api/v1/workspaces", &json!({"name": "b"})).await.expect(201)["country"], "US");
    for country in ["", "de", "Germany", "ZZ"] {
        let problem = house.post("/api/v1/workspaces", &json!({"name": "c", "country": country})).await.expect(422);
        assert_eq!(problem["faults"][0]["at"], "country", "{country}");
    }
}

#[tokio::test]
async fn a_contact_is_stored_in_one_form_and_found_by_any() {
    let house = House::new().await;
    let made = house
        .post(
            "/api/v1/contacts",
            &json!({
                "phone": "(215) 555-6677", "email": " John@Example.com", "external_id": "c-1",
                "fields": {"first_name": "John", "orders": 9007199254740993i64, "vip": true}, "tags": ["new"],
            }),
        )
        .await
        .expect(201);
    assert_eq!(made["phone"], "+12155556677");
    assert_eq!(made["email"], "john@example.com");
    assert_eq!(made["fields"], json!({"first_name": "John", "orders": 9007199254740993i64, "vip": true}));
    assert_eq!((&made["version"], &made["opted_out"], &made["lists"]), (&json!(1), &json!(false), &json!([])));
    for query in [
        "phone=12155556677",
        "phone=%2B12155556677",
        "phone=215-555-6677",
        "email=JOHN@example.com",
        "external_id=c-1&phone=2155556677",
    ] {
        let found = house.get(&format!("/api/v1/contacts?{query}")).await.expect(200);
        assert_eq!(found, json!({"items": [made], "next": null}), "{query}");
    }
    for query in ["phone=12155556678", "external_id=c-2", "external_id=c-1&email=jane@example.com"] {
        let found = house.get(&format!("/api/v1/contacts?{query}")).await.expect(200);
        assert_eq!(found["items"], json!([]), "{query}");
    }
    let again = house.post("/api/v1/contacts", &json!({"phone": "+12155556677"})).await;
    assert_eq!(again.expect(409)["type"], "/problems/exists");
}

#[tokio::test]
async fn everything_wrong_with_a_contact_is_said_at_once() {
    let house = House::new().await;
    let body = json!({"phone": "12", "email": "nobody", "fields": {"phone": "1", "deep": {"a": 1}, "": 1}});
    let problem = house.post("/api/v1/contacts", &body).await.expect(422);
    let places: Vec<&str> = problem["faults"].as_array().into_iter().flatten().flat_map(|f| f["at"].as_str()).collect();
    assert_eq!(places, ["phone", "email", "fields.", "fields.deep", "fields.phone"], "{problem}");
    let long = json!({"phone": "+12155556677", "fields": {"note": "x".repeat(10_001)}});
    let large = house.post("/api/v1/contacts", &long).await.expect(422);
    assert_eq!(large["faults"][0]["at"], "fields.note", "{large}");
    let tags: Vec<String> = (0..501).map(|n| n.to_string()).collect();
    let large = house.post("/api/v1/contacts", &json!({"phone": "+12155556677", "tags": tags})).await.expect(422);
    assert_eq!(large["faults"][0]["at"], "tags", "{large}");
    let nobody = house.post("/api/v1/contacts", &json!({"fields": {"a": 1}})).await.expect(422);
    assert!(nobody["detail"].as_str().is_some_and(|detail| detail.contains("phone number")), "{nobody}");
}

#[tokio::test]
async fn a_contact_is_changed_only_from_the_version_that_was_read() {
    let house = House::new().await;
    let id = house.made("/api/v1/contacts", &json!({"phone": "+12155556677", "fields": {"a": 1, "b": 2}})).await;
    let path = format!("/api/v1/contacts/{id}");
    let patch = async |body: Value| house.ask("PATCH", &path).json(&body).send().await;

    let changed =
        patch(json!({"version": 1, "fields": {"a": null, "c": "x"}, "email": "A@b.example"})).await.expect(200);
    assert_eq!(changed["fields"], json!({"b": 2, "c": "x"}));
    assert_eq!((&changed["version"], &changed["email"]), (&json!(2), &json!("a@b.example")));
    assert_eq!(
        patch(json!({"version": 1, "opted_out": true})).await.expect(409)["type"],
        "/problems/changed-meanwhile"
    );
    let changed = patch(json!({"opted_out": true, "tags": ["x"], "email": null})).await.expect(200);
    assert_eq!((&changed["version"], &changed["email"], &changed["tags"]), (&json!(3), &Value::Null, &json!(["x"])));
    assert_eq!(patch(json!({"opted_out": true})).await.expect(200)["version"], 3, "nothing changed");
    patch(json!({"phone": null})).await.expect(422);
    patch(json!({"lists": []})).await.expect(422);
    house.made("/api/v1/contacts", &json!({"phone": "+12155556678"})).await;
    patch(json!({"phone": "+12155556678"})).await.expect(409);
    assert_eq!(house.get(&path).await.expect(200), changed);
    assert_eq!(house.get("/api/v1/contacts?phone=2155556677").await.expect(200)["items"], json!([changed]));
}

#[tokio::test]
async fn contacts_are_put_on_a_list_all_or_none_and_taken_off() {
    let house = House::new().await;
    let list = house.made("/api/v1/lists", &json!({"name": "customers"})).await;
    let one = house.made("/api/v1/contacts", &json!({"phone": "+12155556677"})).await;
    let other = house.made("/api/v1/contacts", &json!({"phone": "+12155556678"})).await;
    let path = format!("/api/v1/lists/{list}/contacts");
    let put = async |contacts: Value| house.post(&path, &json!({ "contacts": contacts })).await;
    let on_it = async || {
        let page = house.get(&path).await.expect(200);
        page["items"].as_array().into_iter().flatten().map(id).collect::<Vec<_>>()
    };
    let (nobody, nonsense) = (list.replace("lst_", "con_"), "con_1");
    let problem = put(json!([one, nobody, other, nobody])).await.expect(422);
    let places: Vec<&str> = problem["faults"].as_array().into_iter().flatten().flat_map(|f| f["at"].as_str()).collect();
    assert_eq!(places, ["contacts[1]", "contacts[3]"], "{problem}");
    for (contacts, at) in
        [(json!([one, nonsense]), "contacts[1]"), (json!([]), "contacts"), (json!(vec![one.clone(); 101]), "contacts")]
    {
        assert_eq!(put(contacts).await.expect(422)["faults"][0]["at"], at);
    }
    assert_eq!(on_it().await, [] as [String; 0], "what was refused put nobody on it");

    assert_eq!(put(json!([one, one])).await.expect(200), json!({"added": 1, "already": 0}));
    assert_eq!(put(json!([one, other])).await.expect(200), json!({"added": 1, "already": 1}));
    assert_eq!(on_it().await, [one.clone(), other.clone()]);
    let contact = house.get(&format!("/api/v1/contacts/{one}")).await.expect(200);
    assert_eq!((&contact["version"], &contact["lists"]), (&json!(2), &json!([{"id": list, "name": "customers"}])));

    for _ in 0..2 {
        let left = house.ask("DELETE", &format!("{path}/{one}")).send().await.expect(200);
        assert_eq!(left["id"], list, "a second time changes nothing");
        assert_eq!(on_it().await, std::slice::from_ref(&other));
    }
    let contact = house.get(&format!("/api/v1/contacts/{one}")).await.expect(200);
    assert_eq!((&contact["version"], &contact["lists"]), (&json!(3), &json!([])));
    house.ask("DELETE", &format!("{path}/{nobody}")).send().await.expect(404);
    let elsewhere = format!("/api/v1/lists/{}/contacts", nobody.replace("con_", "lst_").replace('0', "1"));
    house.post(&elsewhere, &json!({"contacts": [one]})).await.expect(404);
    house.ask("DELETE", &format!("{elsewhere}/{other}")).send().await.expect(404);
}

#[tokio::test]
async fn conversations_and_messages_say_what_their_contact_is_called_now() {
    let (house, ..) = lived_in().await;
    let first = async |path: &str| house.get(path).await.expect(200)["items"][0].clone();
    let contact = id(&first("/api/v1/contacts").await);
    let rename = json!({"fields": {"first_name": "Ann", "last_name": "Lee"}});
    house.ask("PATCH", &format!("/api/v1/contacts/{contact}")).json(&rename).send().await.expect(200);
    for path in ["/api/v1/conversations", "/api/v1/messages"] {
        let item = first(path).await;
        assert_eq!((&item["contact"], &item["contact_name"]), (&json!(contact), &json!("Ann Lee")), "{path}");
    }
}

#[tokio::test]
async fn plugins_are_found_by_digest_by_id_and_by_name() {
    let house = House::new().await;
    let page = house.get("/api/v1/plugins").await.expect(200);
    let plugin = &page["items"][0];
    assert_eq!(plugin["manifest"]["name"], "add-to-list");
    assert_eq!(plugin["manifest"]["settings"]["required"], json!(["list"]));
    assert_eq!(
        (&plugin["origin"], &plugin["active"], &plugin["grants"]),
        (&json!("built-in"), &json!(true), &json!([]))
    );
    for text in [&plugin["id"], &plugin["digest"], &plugin["manifest"]["name"]] {
        let found = house.get(&format!("/api/v1/plugins/{}", text.as_str().unwrap_or_default())).await.expect(200);
        for (key, value) in plugin.as_object().expect("a plugin") {
            assert_eq!(&found[key], value, "{key} is as on the page");
        }
    }
    for name in ["no-such-plugin", "plg_0192f3a0000070008000000000000001", &"0".repeat(64)] {
        house.get(&format!("/api/v1/plugins/{name}")).await.expect(404);
    }
}

#[tokio::test]
async fn whoever_names_no_workspace_is_in_the_first_whatever_it_and_others_are_called() {
    let house = House::new().await;
    let first = house.workspace.id;
    let path = format!("/api/v1/workspaces/{first}");
    let rename = async |path: &str, name: &str| house.ask("PATCH", path).json(&json!({"name": name})).send().await;
    rename(&path, "acme").await.expect(200);
    let other = house.made("/api/v1/workspaces", &json!({"name": "other"})).await;
    for refused in [
        rename(&format!("/api/v1/workspaces/{other}"), "default").await,
        house.post("/api/v1/workspaces", &json!({"name": "default"})).await,
    ] {
        assert_eq!(refused.expect(422)["faults"][0]["at"], "name");
    }
    assert_eq!(rename(&format!("/api/v1/workspaces/{other}"), "acme").await.status, 409);
    let list = house.made("/api/v1/lists", &json!({"name": "vip"})).await;
    for name in ["default", "acme", &first.to_string()] {
        let ask = house.ask("GET", "/api/v1/lists").header("hookbox-workspace", name);
        assert_eq!(ask.send().await.expect(200)["items"][0]["id"], list, "{name}");
    }
    let found = ensure_default_workspace(&*house.store).await.expect("a workspace");
    assert_eq!((found.id, found.name.as_str()), (first, "acme"), "another start makes no second one");
    rename(&path, "default").await.expect(200);
}
