//! The way in for channels: what people wrote and what became of messages, signed by the channel of the inbox.
//!
//! A request is taken through its checks in this order: a place among those whose bodies are read, declared length, content
//! type, body, signature, the inbox's rate, JSON, content. Unknown inboxes, inboxes without a channel and missing, wrong and
//! late signatures are one refusal with one body, after the same work: an answer tells nobody which inboxes exist.

use std::hint;
use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{InboxId, IncomingMessage, JsonLimits, MessageId, MessageReport, Payload, Timestamp};
use hookbox_store::{Received, Store, StoreError};
use hookbox_vault::{Secret, Vault};
use http::HeaderMap;
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::body::{self, Pace};
use crate::channels::{ChannelCache, KnownChannel};
use crate::clock::now;
use crate::config::Config;
use crate::head;
use crate::rates::Rates;
use crate::refusal::Refusal;
use crate::signature;
use crate::told::{self, Normalise, Told};

/// Takes in what channels tell.
pub(crate) struct Reception {
    store: Arc<dyn Store>,
    channels: ChannelCache,
    normalise: Arc<Normalise>,
    pace: Pace,
    body_bytes_max: u64,
    /// Bodies that may be in memory: they are read before anybody knows whose they are.
    bodies: Semaphore,
    signature_tolerance_s: u64,
    json: JsonLimits,
}

/// A signature is checked against so many secrets at least, with decoys for those that are not there: two are live while
/// one takes the place of the other.
const SECRETS_CHECKED_MIN: usize = 2;

/// What a decoy is made of. What it signs is never accepted.
const DECOY: [u8; 32] = [0; 32];

impl Reception {
    pub(crate) fn new(store: Arc<dyn Store>, vault: Vault, normalise: Arc<Normalise>, config: &Config) -> Self {
        Self {
            store,
            channels: ChannelCache::new(config, vault),
            pace: Pace::of(config),
            normalise,
            body_bytes_max: config.incoming_body_bytes_max,
            bodies: Semaphore::new(config.incoming_bodies_max),
            signature_tolerance_s: config.signature_tolerance_s,
            json: config.json,
        }
    }

    /// Takes in what came for the inbox called `name`; it is on disk when this returns. `new` names it, if it is a message.
    pub(crate) async fn receive(
        &self,
        name: &str,
        headers: &HeaderMap,
        body: &mut Incoming,
        rates: &Rates,
        new: Uuid,
    ) -> Result<(), Refusal> {
        let _place = self.bodies.try_acquire().map_err(|_| Refusal::Busy)?;
        body::check_declared(body, self.body_bytes_max)?;
        if !head::is_json(headers) {
            return Err(Refusal::ContentType);
        }
        let body = body::read(body, self.body_bytes_max, self.pace).await?;
        let channel = self.channel(name).await?;
        // The body may have taken its time: the signature's age counts at its end.
        let at = now();
        let channel = self.verify(channel, headers, &body, at)?;
        rates.inbox(channel.inbox)?;
        let payload = Payload::parse(body, self.json).map_err(Refusal::Json)?;
        let told = told::read(payload.value(), &*self.normalise).map_err(Refusal::Content)?;
        self.store(&channel, told, MessageId::from_uuid(new), at).await
    }

    /// The channel of the inbox called `name`. A name that is no id is that of an inbox nobody has.
    async fn channel(&self, name: &str) -> Result<Option<Arc<KnownChannel>>, Refusal> {
        let Ok(inbox) = name.parse::<InboxId>() else { return Ok(None) };
        tracing::Span::current().record("inbox.id", tracing::field::display(inbox));
        self.channels.get(&*self.store, inbox).await.map_err(|error| Refusal::of_store(&error))
    }

    /// The channel, if there is one and it signed the request.
    fn verify(
        &self,
        channel: Option<Arc<KnownChannel>>,
        headers: &HeaderMap,
        body: &Bytes,
        now: Timestamp,
    ) -> Result<Arc<KnownChannel>, Refusal> {
        let check = |secrets: &[Secret]| signature::is_signed(secrets, headers, body, now, self.signature_tolerance_s);
        let secrets = channel.as_ref().map_or_else(Vec::new, |channel| channel.secrets(now));
        let signed = check(&secrets);
        let decoys = vec![Secret::from_random(DECOY); SECRETS_CHECKED_MIN.saturating_sub(secrets.len())];
        hint::black_box(check(&decoys));
        channel.filter(|_| signed).ok_or(Refusal::Channel)
    }

    async fn store(&self, channel: &KnownChannel, told: Told, id: MessageId, at: Timestamp) -> Result<(), Refusal> {
        let (workspace, inbox) = (channel.workspace, channel.inbox);
        match told {
            Told::Message { external_id, from, body, media } => {
                let incoming =
                    IncomingMessage { id, workspace, inbox, external_id, from, body, media, received_at: at };
                match self.store.messages().receive(&incoming).await {
                    Ok(Received::Stored) => tracing::debug!(message.id = %id, "a message came in"),
                    Ok(Received::Repeated(first)) => tracing::debug!(message.id = %first, "a message came in again"),
                    Err(error) => return Err(Refusal::of_store(&error)),
                }
            }
            Told::Report { message, state, reason } => {
                let report = MessageReport { workspace, inbox, message, state, reason, at };
                match self.store.messages().report(&report).await {
                    Ok(()) => tracing::debug!(message.id = %message, "a report came in"),
                    Err(StoreError::Missing { .. }) => return Err(Refusal::MessageMissing),
                    Err(error) => return Err(Refusal::of_store(&error)),
                }
            }
        }
        Ok(())
    }
}
