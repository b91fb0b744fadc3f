//! Answers that are files: read as they come, however long they are.

use std::io::Read;
use std::time::Duration;

use anyhow::Result;

use super::Client;

/// The longest that a file may be on its way.
const FILE_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

impl Client {
    /// `POST path` without a body, answered with a file.
    pub(crate) fn post_for_file(&self, path: &str) -> Result<impl Read + use<>> {
        let request = self.agent.post(self.address(path)).config().timeout_global(Some(FILE_TIMEOUT)).build();
        let request = request.header("Authorization", self.authorization());
        let answer = self.told(self.in_workspace(request).send_empty())?;
        Ok(answer.into_body().into_with_config().limit(u64::MAX).reader())
    }
}
