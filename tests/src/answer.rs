//! What came back from one of the doors, and what every refusal has to look like.

use serde_json::Value;

/// An HTTP answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Header fields; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header field of that name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let parsed = serde_json::from_slice(&self.body);
        parsed.unwrap_or_else(|error| panic!("{} with a body that is not JSON ({error}): {}", self.status, self.text()))
    }

    /// The same answer, which has to be a success.
    #[track_caller]
    pub fn success(self) -> Self {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.text());
        self
    }

    /// The problem document of a refusal: right media type, every member, the status of the answer, its request id.
    #[track_caller]
    pub fn problem(&self) -> Value {
        let context = format!("{} {:?} {}", self.status, self.headers, self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{context}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{context}");
        for member in ["type", "title", "detail", "request_id"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member} is missing: {context}");
        }
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"), "{context}");
        problem
    }
}
