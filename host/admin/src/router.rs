//! All routes of the admin door, and what stands around them.

use std::sync::Arc;

use aide::axum::ApiRouter;
use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn;

use crate::answer::answer;
use crate::door::{Admin, Door};
use crate::origin::is_https;
use crate::page::Page;
use crate::{
    audit, automations, captures, contacts, conversations, fields, health, host, inboxes, invites, keys, lists, live,
    mapping, me, members, messages, openapi, plugin_secrets, plugins, runs, secrets, session, setup, stats, templates,
    tokens, users, workspaces,
};

/// The admin door: `/api/v1/*`, `/healthz`, `/readyz`, `/metrics`, the page; a 404 problem for every other path.
pub fn router(admin: Admin) -> Router {
    openapi::begin();
    let page = Arc::new(Page::new(&admin.config));
    let is_tls = admin.config.public_url.as_deref().is_some_and(is_https);
    let routes = ApiRouter::new()
        .merge(me::routes())
        .merge(session::routes())
        .merge(setup::routes())
        .merge(invites::routes())
        .merge(users::routes())
        .merge(tokens::routes())
        .merge(workspaces::routes())
        .merge(inboxes::routes())
        .merge(members::routes())
        .merge(lists::routes())
        .merge(contacts::routes())
        .merge(conversations::routes())
        .merge(messages::routes())
        .merge(automations::routes())
        .merge(mapping::routes())
        .merge(keys::routes())
        .merge(secrets::routes())
        .merge(fields::routes())
        .merge(templates::routes())
        .merge(captures::routes())
        .merge(runs::routes())
        .merge(live::routes())
        .merge(stats::routes())
        .merge(plugins::routes())
        .merge(plugin_secrets::routes())
        .merge(audit::routes())
        .merge(host::routes())
        .merge(health::routes());
    openapi::described(routes, admin.config.public_url.as_deref())
        .fallback(async move |request: Request| page.answer(request).await)
        .layer(from_fn(move |request, next| answer(request, next, is_tls)))
        .with_state(Arc::new(Door::new(admin)))
}
