//! What the cases are sent to: a host with an automation for each part of the contract, and inboxes with and without a channel.

use hookbox_tests::admin::Admin;
use hookbox_tests::deadline::{DEADLINE, eventually};
use hookbox_tests::documents::{automation, tagging};
use hookbox_tests::program::{Program, Setup, TOKEN};
use hookbox_tests::webhook::{Request, Webhook};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use ureq::http::Method;

pub(crate) use hookbox_tests::documents::JOHN;

/// A host as the cases find it.
pub(crate) struct Scene {
    program: Program,
    /// Where it listens.
    pub(crate) address: String,
    pub(crate) admin: Admin,
    /// Live, and asks for nothing but a key.
    pub(crate) plain: Webhook,
    /// Takes bodies of 100 bytes.
    pub(crate) small: Webhook,
    pub(crate) draft: Webhook,
    pub(crate) paused: Webhook,
    pub(crate) archived: Webhook,
    /// Takes requests from 203.0.113.0/24 and 198.51.100.7 only.
    pub(crate) listed: Webhook,
    /// Takes requests from 2001:db8:a::/48 only.
    pub(crate) listed_v6: Webhook,
    /// Takes one request a second with each key.
    pub(crate) limited: Webhook,
    /// Takes signed requests only.
    pub(crate) signed: Webhook,
    pub(crate) secrets: Secrets,
    /// A key of `plain` that is no longer good.
    pub(crate) expired_key: String,
    /// An inbox with a channel that has two secrets, newest first.
    pub(crate) inbox: String,
    pub(crate) channel_secrets: [String; 2],
    /// An inbox without a channel.
    pub(crate) sandbox: String,
}

/// The secrets of `signed`.
pub(crate) struct Secrets {
    pub(crate) new: String,
    pub(crate) old: String,
    /// No longer good since a moment ago.
    pub(crate) expired: String,
    /// Taken away.
    pub(crate) removed: String,
}

/// Who signs as Standard Webhooks says.
pub(crate) struct Signer<'s> {
    pub(crate) secret: &'s str,
    pub(crate) id: &'s str,
    /// Seconds from now, into the future.
    pub(crate) skew_s: i64,
}

impl Scene {
    /// A host that believes its proxy (this test) where requests come from, and takes two requests at once of an address.
    pub(crate) fn new(program: &str) -> Self {
        let setup = Setup::new(program).variable("HOOKBOX__INGRESS__TRUSTED_PROXIES", "127.0.0.0/8");
        let setup = setup.variable("HOOKBOX__INGRESS__ADDRESS_RATE_PER_S_MAX", 1);
        Self::furnish(setup.variable("HOOKBOX__INGRESS__ADDRESS_BURST_MAX", 2).start())
    }

    pub(crate) fn furnish(program: Program) -> Self {
        let admin = program.admin();
        admin.furnish();
        let with = |name: &str, part: &str, value: Value| {
            let mut document = automation(name, &json!([tagging("seen")]));
            document["trigger"]["webhook"][part] = value;
            admin.apply(&document)
        };
        let simple = |name: &str| admin.apply(&automation(name, &json!([tagging("seen")])));
        let (paused, archived) = (simple("Paused"), simple("Archived"));
        set_state(&admin, &paused, "paused");
        set_state(&admin, &archived, "archived");
        let draft = automation("Draft", &json!([tagging("seen")])).to_string();
        let saved = admin.send(Method::PUT, "/api/v1/automations?state=draft", "application/json", &draft);
        let draft = Webhook::of(&saved.success().json());
        let signed = with("Signed", "signature", json!("required"));
        let (inbox, channel_secrets) = channel(&admin);
        let sandbox = new_inbox(&admin, "quiet");
        let plain = simple("Plain");
        let mut scene = Self {
            small: with("Small", "body_bytes_max", json!(100)),
            listed: with("Listed", "allow", json!(["203.0.113.0/24", "198.51.100.7/32"])),
            listed_v6: with("Listed v6", "allow", json!(["2001:db8:a::/48"])),
            limited: with("Limited", "rate", json!({"per_second": 1, "burst": 1})),
            secrets: secrets(&admin, &signed),
            expired_key: String::new(),
            plain,
            draft,
            paused,
            archived,
            signed,
            inbox,
            channel_secrets,
            sandbox,
            admin,
            address: program.address().to_owned(),
            program,
        };
        scene.expired_key = scene.new_key(&scene.plain, &json!({"not_after": soon()}));
        scene.wait_for_the_end_of_what_expires();
        scene
    }

    /// Stops the host and starts it on the same store; it need not be ready to take anything.
    pub(crate) fn restart(&mut self) {
        self.program.stop();
        let line = self.program.spawn().recv_timeout(DEADLINE).expect("the program listens");
        let line: Value = serde_json::from_str(&line).expect("the first line of stdout is JSON");
        let url = line["listening"].as_str().expect("the line names the URL");
        self.address = url.strip_prefix("http://").expect("it listens on plain HTTP").to_owned();
        self.admin = Admin::new(url, TOKEN);
        eventually("the admin door to answer", || (self.admin.get("/api/v1/captures").status == 200).then_some(()));
    }

    /// Waits until the expiring key and secret are over, which the door shows by refusing them.
    fn wait_for_the_end_of_what_expires(&self) {
        let address = &self.address;
        let with_key = self.with_key(&self.expired_key);
        let with_secret = || self.sign(&self.signed.request(JOHN), JOHN, &self.signer(&self.secrets.expired, "expiry"));
        eventually("a key to expire", || (with_key.send(address).status == 401).then_some(()));
        eventually("a secret to expire", || (with_secret().send(address).status == 401).then_some(()));
    }

    /// The good request with another key.
    pub(crate) fn with_key(&self, key: &str) -> Request {
        self.plain.request(JOHN).header("authorization", format!("Bearer {key}"))
    }

    /// A new key of an automation.
    #[track_caller]
    pub(crate) fn new_key(&self, webhook: &Webhook, wish: &Value) -> String {
        let made = self.admin.post(&format!("/api/v1/automations/{}/keys", webhook.automation), wish);
        made.success().json()["key"].as_str().expect("a new key is shown").to_owned()
    }

    /// Takes a key back.
    #[track_caller]
    pub(crate) fn revoke(&self, webhook: &Webhook, key: &str) {
        let id = key.split('_').nth(1).expect("a key has an id");
        self.admin.delete(&format!("/api/v1/automations/{}/keys/{id}", webhook.automation)).success();
    }

    pub(crate) fn signer<'s>(&self, secret: &'s str, id: &'s str) -> Signer<'s> {
        Signer { secret, id, skew_s: 0 }
    }

    /// The request with the headers of a signature over `body`.
    pub(crate) fn sign(&self, request: &Request, body: &str, signer: &Signer<'_>) -> Request {
        let at = Timestamp::now().as_second() + signer.skew_s;
        let webhook = standardwebhooks::Webhook::new(signer.secret).expect("a secret of the right form");
        let signature = webhook.sign(signer.id, at, body.as_bytes()).expect("a signature");
        let request = request.clone().header("webhook-id", signer.id).header("webhook-timestamp", at.to_string());
        request.header("webhook-signature", signature)
    }

    /// A request to an inbox, not signed.
    pub(crate) fn telling(&self, inbox: &str, body: &str) -> Request {
        self.plain.request(body).without("authorization").path(&format!("/inboxes/{inbox}/incoming"))
    }

    /// A request that is answered 200 on any connection that goes on.
    pub(crate) fn healthy(&self) -> String {
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned()
    }
}

/// A moment that is over soon.
fn soon() -> String {
    (Timestamp::now() + SignedDuration::from_secs(1)).to_string()
}

fn set_state(admin: &Admin, webhook: &Webhook, state: &str) {
    admin.post(&format!("/api/v1/automations/{}/state", webhook.automation), &json!({"state": state})).success();
}

fn secrets(admin: &Admin, webhook: &Webhook) -> Secrets {
    let path = format!("/api/v1/automations/{}/secrets", webhook.automation);
    let make = |wish: Value| {
        let made = admin.post(&path, &wish).success().json();
        let text = |name: &str| made[name].as_str().expect("a new secret is shown").to_owned();
        (text("id"), text("secret"))
    };
    let ((_, old), (_, new)) = (make(json!({})), make(json!({})));
    let (id, removed) = make(json!({}));
    admin.delete(&format!("{path}/{id}")).success();
    let (_, expired) = make(json!({"not_after": soon()}));
    Secrets { new, old, expired, removed }
}

fn new_inbox(admin: &Admin, name: &str) -> String {
    let made = admin.post("/api/v1/inboxes", &json!({"name": name})).success().json();
    made["id"].as_str().expect("an inbox has an id").to_owned()
}

/// An inbox with a channel whose secret was changed once.
fn channel(admin: &Admin) -> (String, [String; 2]) {
    let inbox = new_inbox(admin, "texts");
    let path = format!("/api/v1/inboxes/{inbox}");
    let channel = json!({"channel": {"webhook": {"url": "https://carrier.example/messages"}}});
    let made = admin.patch(&path, &channel).success().json();
    let newer = admin.post(&format!("{path}/secrets"), &json!({})).success().json();
    let text = |made: &Value| made["secret"].as_str().expect("a new secret is shown").to_owned();
    (inbox, [text(&newer), text(&made)])
}
