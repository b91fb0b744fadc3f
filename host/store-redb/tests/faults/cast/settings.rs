//! What people set up: automations, plugins, users, and everything that has a name.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use fastrand::Rng;
use hookbox_model::{
    Approval, Automation, AutomationState, Counted, Digest, Field, FieldKind, Grants, Member, RunCounts, StatsRow,
    StatsSpan, Template, Timestamp, Token, User,
};
use hookbox_store::conformance::samples;
use hookbox_store::{Ends, Store, StoreError, UserChange};
use hookbox_store_redb::RedbStore;

use super::super::acts::Act;
use super::{Cast, audit, one, page};

impl Cast {
    /// A plugin's version comes, is approved, made active, or goes.
    pub(super) async fn plugin(&mut self, store: &RedbStore, chance: &mut Rng) -> Result<Act, StoreError> {
        let known = store.plugins().page(self.workspace.id, page()).await?.items;
        let (seen, at) = (one(&known, chance).filter(|_| chance.bool()), samples::now());
        let Some(seen) = seen else {
            let component = Bytes::from(format!("component {}", chance.u8(0..6)).repeat(chance.usize(1..2_000)));
            let name = if chance.bool() { "score-lead" } else { "look-up" };
            let plugin = samples::uploaded(self.workspace.id, name, &component);
            self.plugins.push(plugin.clone());
            let installed = Act::new("plugin comes", move |store| {
                let (plugin, component) = (plugin.clone(), component.clone());
                async move { store.plugins().install(&plugin, component, audit("plugin.upload")).await }
            });
            return Ok(installed.alone());
        };
        let seen = (*seen).clone();
        Ok(match chance.u8(0..3) {
            0 => Act::new("plugin is approved", move |store| {
                let (seen, approval) = (seen.clone(), Approval::Approved { by: "tok_sample".into(), at });
                async move { store.plugins().decide(&seen, approval, Grants::default(), audit("plugin.decide")).await }
            }),
            1 => Act::new("plugin is active", move |store| {
                let seen = seen.clone();
                async move { store.plugins().activate(&seen, at, audit("plugin.activate")).await }
            }),
            _ => Act::new("plugin goes", move |store| {
                let seen = seen.clone();
                async move { store.plugins().remove(&seen, audit("plugin.remove")).await }
            })
            .alone(),
        })
    }

    /// Anything else that is kept.
    pub(super) async fn setting(&self, store: &RedbStore, chance: &mut Rng) -> Result<Act, StoreError> {
        Ok(match chance.u8(0..12) {
            0..3 => self.automation_changes(store, chance).await?,
            3 => self.trigger_key(chance),
            4 | 5 => self.user(store, chance).await?,
            6 => self.counts(chance),
            7 => self.token(),
            8 => self.history(chance),
            9 => self.forgotten(chance),
            _ => self.named(chance),
        })
    }

    async fn automation_changes(&self, store: &RedbStore, chance: &mut Rng) -> Result<Act, StoreError> {
        let (workspace, id, at) = (self.workspace.id, self.automation.id, samples::now());
        let stored = store.automations().get(workspace, id).await?;
        let version = stored.map_or(1, |stored| stored.version);
        if chance.bool() {
            let states = [AutomationState::Live, AutomationState::Live, AutomationState::Paused];
            let state = states[chance.usize(0..3)];
            return Ok(Act::new("automation's state", move |store| async move {
                store.automations().set_state(workspace, id, state, at, audit("automation.state")).await
            }));
        }
        let after = Automation { version: version + 1, updated_at: at, ..self.automation.clone() };
        Ok(Act::new("automation's version", move |store| {
            let after = after.clone();
            async move { store.automations().update(&after, audit("automation.change")).await }
        }))
    }

    fn trigger_key(&self, chance: &mut Rng) -> Act {
        let (workspace, automation, at) = (self.workspace.id, self.automation.id, samples::now());
        match chance.u8(0..3) {
            0 => {
                let key = samples::trigger_key(workspace, automation);
                Act::new("key", move |store| {
                    let key = key.clone();
                    async move { store.triggers().add_key(&key, audit("key.create")).await }
                })
            }
            1 => {
                let key = self.key.id;
                Act::new("key is used", move |store| async move {
                    store.triggers().key_used(workspace, automation, key, at).await
                })
            }
            _ => {
                let key = self.key.id;
                Act::new("key is revoked", move |store| async move {
                    store.triggers().revoke_key(workspace, automation, key, at, audit("key.revoke")).await
                })
            }
        }
    }

    async fn user(&self, store: &RedbStore, chance: &mut Rng) -> Result<Act, StoreError> {
        let workspace = self.workspace.id;
        let entries = move |act| BTreeMap::from([(workspace, audit(act))]);
        let users = store.users().page(page()).await?.items;
        let seen = one(&users, chance);
        Ok(match (chance.u8(0..3), seen) {
            (0, Some(before)) => {
                let after =
                    User { name: format!("Ann {}", chance.u8(..)), updated_at: samples::now(), ..before.clone() };
                let ends = if chance.bool() { Ends::Sessions } else { Ends::Nothing };
                let change = UserChange { before, after, ends, invite: None };
                Act::new("user changes", move |store| {
                    let change = change.clone();
                    async move { store.users().change(change, entries("user.change")).await }
                })
            }
            (1, Some(user)) => {
                let session = samples::session(&user);
                Act::new("session", move |store| {
                    let (user, session) = (user.clone(), session.clone());
                    async move { store.sessions().begin(&user, &session, 3, audit("session.begin")).await }
                })
            }
            _ => {
                let user = samples::user();
                let (invite, _) = samples::invite(&user);
                Act::new("user", move |store| {
                    let (user, invite) = (user.clone(), invite.clone());
                    async move { store.users().create(&user, &invite, entries("user.create")).await }
                })
            }
        })
    }

    fn token(&self) -> Act {
        let token = Token { sha256: Digest::of(samples::phone().as_bytes()), ..samples::token("") };
        Act::new("token", move |store| {
            let token = token.clone();
            async move { store.tokens().add(&token, None, audit("token.create")).await }
        })
    }

    fn counts(&self, chance: &mut Rng) -> Act {
        let minute = StatsSpan::Minute.millis();
        let at = Timestamp::from_millis(chance.u64(0..3) * minute);
        let mut counts = RunCounts::default();
        counts.capture(at);
        let row = StatsRow { workspace: self.workspace.id, at, counted: Counted::Runs(self.automation.id, counts) };
        Act::new("counts", move |store| {
            let rows = vec![row.clone()];
            async move { store.stats().add(rows).await }
        })
    }

    fn history(&self, chance: &mut Rng) -> Act {
        let now = samples::now();
        if chance.bool() {
            return Act::new("time of retention", move |store| async move {
                store.history().keep_retention_time(now).await
            });
        }
        // Where the queue begins is known to whoever has claimed from it; until then older days stay.
        let dropped = Act::new("history goes", move |store| async move {
            let claims = store.runs().claim(100).await?;
            let keys: Vec<_> = claims.iter().map(|claim| (claim.capture.workspace, claim.run_id())).collect();
            store.runs().release(&keys).await;
            store.history().drop_days_before(now.day()).await.map(|dropped| dropped.days)
        });
        dropped.alone()
    }

    fn forgotten(&self, chance: &mut Rng) -> Act {
        let (workspace, key) = (self.workspace.id, format!("key {}", chance.u8(0..5)));
        Act::new("state is forgotten", move |store| {
            let key = key.clone();
            async move { store.plugin_state().forget(workspace, super::PLUGIN, &key, audit("state.forget")).await }
        })
    }

    fn named(&self, chance: &mut Rng) -> Act {
        let (workspace, created_at, name) = (self.workspace.id, samples::now(), format!("name {}", chance.u8(0..8)));
        match chance.u8(0..4) {
            0 => {
                let member = Member { id: samples::id(), workspace, name, created_at };
                Act::new("member", move |store| {
                    let member = member.clone();
                    async move { store.members().create(&member, audit("member.create")).await }
                })
            }
            1 => {
                let (id, body) = (samples::id(), "Hi".into());
                let template = Template { id, workspace, name, body, created_at, updated_at: created_at };
                Act::new("template", move |store| {
                    let template = template.clone();
                    async move { store.templates().create(&template, audit("template.create")).await }
                })
            }
            2 => {
                let field =
                    Field { id: samples::id(), workspace, name, kind: FieldKind::Date, many: false, created_at };
                Act::new("field", move |store| {
                    let field = field.clone();
                    async move { store.fields().create(&field, audit("field.create")).await }
                })
            }
            _ => {
                let secret = Arc::new(samples::plugin_secret(workspace, &name));
                Act::new("plugin's secret", move |store| {
                    let secret = Arc::clone(&secret);
                    async move { store.plugin_secrets().put(&secret, audit("secret.put")).await }
                })
            }
        }
    }
}
