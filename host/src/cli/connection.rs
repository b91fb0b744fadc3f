//! Arguments that the commands share which talk to a host: which host, as whom, and which page.

use anyhow::Result;

use crate::client::Client;
use crate::usage::UsageError;

/// Which host to talk to, as whom, about which workspace.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct Connection {
    /// Where the host listens
    #[arg(long, env = "HOOKBOX_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// A token: the one that `hookbox serve` prints at its first start, or one of your own (`hookbox token create`)
    #[arg(long, env = "HOOKBOX_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// The workspace; only needed when there are several
    #[arg(long, env = "HOOKBOX_WORKSPACE")]
    workspace: Option<String>,
}

/// Which page of records to fetch.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Paging {
    /// At most so many records
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// Go on from here: the `next` of the page before
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
}

impl Connection {
    /// The client for it; without a token that is a usage error.
    pub(super) fn client(self) -> Result<Client> {
        let token = self.token.filter(|token| !token.is_empty()).ok_or_else(|| {
            UsageError(
                "no admin token: set HOOKBOX_TOKEN or give --token; `hookbox serve` prints the token once, at its \
                 first start on a data directory"
                    .into(),
            )
        })?;
        Ok(Client::new(self.url, token, self.workspace))
    }
}

impl Paging {
    /// The query parameters of this page after those given.
    pub(super) fn query<'a>(
        &'a self,
        limit: &'a str,
        filters: &[(&'a str, Option<&'a str>)],
    ) -> Vec<(&'a str, &'a str)> {
        let own = [("limit", Some(limit)), ("after", self.after.as_deref())];
        filters.iter().copied().chain(own).filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// The limit as a query parameter wants it.
    pub(super) fn limit(&self) -> String {
        self.limit.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{Connection, Paging};
    use crate::usage::UsageError;

    #[test]
    fn a_missing_token_is_a_usage_error_that_says_where_to_find_it() {
        let connection = Connection { url: "http://127.0.0.1:1".into(), token: Some(String::new()), workspace: None };
        let error = connection.client().expect_err("no token");
        assert!(error.downcast_ref::<UsageError>().is_some_and(|error| error.0.contains("HOOKBOX_TOKEN")));
    }

    #[test]
    fn a_page_asks_only_for_what_was_given() {
        let paging = Paging { limit: 20, after: None };
        assert_eq!(
            paging.query("20", &[("state", Some("failed")), ("contact", None)]),
            [("state", "failed"), ("limit", "20")]
        );
    }
}
