//! `hookbox:plugin/conversations`: the conversation of the automation's inbox with the contact.

use hookbox_model::{Effect, Grants};

use super::texts::{check_body, check_directory_name, unknown};
use crate::bindings::hookbox::plugin::conversations::Host;
use crate::bindings::hookbox::plugin::types::Refusal;
use crate::state::GuestState;

impl Host for GuestState {
    fn assign(&mut self, member: String) -> Result<(), Refusal> {
        self.count_call()?;
        check_directory_name("member", &member)?;
        self.granted(Grants::CONVERSATIONS_WRITE, "assign")?;
        if !self.subject.directory.members.contains(&member) {
            return Err(unknown("member", &member));
        }
        let bytes = member.len();
        self.ask(Effect::Assign { to: member }, bytes)
    }

    fn unassign(&mut self) -> Result<(), Refusal> {
        change(self, "unassign", Effect::Unassign)
    }

    fn close(&mut self) -> Result<(), Refusal> {
        change(self, "close", Effect::Close)
    }

    fn reopen(&mut self) -> Result<(), Refusal> {
        change(self, "reopen", Effect::Reopen)
    }

    fn add_note(&mut self, body: String) -> Result<(), Refusal> {
        self.count_call()?;
        check_body("note", &body)?;
        self.granted(Grants::CONVERSATIONS_WRITE, "note")?;
        let bytes = body.len();
        self.ask(Effect::AddNote { body }, bytes)
    }
}

fn change(state: &mut GuestState, action: &str, effect: Effect) -> Result<(), Refusal> {
    state.count_call()?;
    state.granted(Grants::CONVERSATIONS_WRITE, action)?;
    state.ask(effect, 0)
}

#[cfg(test)]
mod tests {
    use super::Host;
    use crate::bindings::hookbox::plugin::types::Refusal;
    use crate::state::fixture::state_with;
    use hookbox_model::Effect;

    #[test]
    fn each_change_needs_its_own_grant() {
        let mut state = state_with(&[("conversations.write", &["assign", "close"])]);
        assert!(state.assign("front-desk".into()).is_ok());
        assert!(state.close().is_ok());
        assert!(matches!(state.unassign(), Err(Refusal::NotGranted(_))));
        assert!(matches!(state.reopen(), Err(Refusal::NotGranted(_))));
        assert!(matches!(state.add_note("hello".into()), Err(Refusal::NotGranted(_))));
        let asked = std::mem::take(&mut state.effects).into_effects();
        assert_eq!(asked, [Effect::Assign { to: "front-desk".into() }, Effect::Close]);
    }

    #[test]
    fn unknown_members_and_endless_notes_are_refused() {
        let mut state = state_with(&[("conversations.write", &["*"])]);
        let unknown = state.assign("nobody".into()).expect_err("no such member");
        assert!(matches!(unknown, Refusal::Invalid(text) if text == "there is no member \"nobody\" in this workspace"));
        assert!(matches!(state.add_note(String::new()), Err(Refusal::Invalid(_))));
        assert!(matches!(state.add_note("x".repeat(10_001)), Err(Refusal::Invalid(_))));
        assert!(state.add_note("é".repeat(10_000)).is_ok());
    }
}
