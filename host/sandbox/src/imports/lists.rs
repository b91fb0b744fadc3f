//! `hookbox:plugin/lists`: the lists that the contact is on.

use hookbox_model::{Effect, Grants};

use super::texts::{check_directory_name, unknown};
use crate::bindings::hookbox::plugin::lists::Host;
use crate::bindings::hookbox::plugin::types::Refusal;
use crate::state::GuestState;

impl Host for GuestState {
    fn add(&mut self, name: String) -> Result<(), Refusal> {
        check_list(self, &name)?;
        let bytes = name.len();
        self.ask(Effect::AddToList { list: name }, bytes)
    }

    fn remove(&mut self, name: String) -> Result<(), Refusal> {
        check_list(self, &name)?;
        let bytes = name.len();
        self.ask(Effect::RemoveFromList { list: name }, bytes)
    }
}

/// The grant comes before the look-up: whoever may not write lists must not learn which there are.
fn check_list(state: &mut GuestState, name: &str) -> Result<(), Refusal> {
    state.count_call()?;
    check_directory_name("list", name)?;
    state.granted(Grants::LISTS_WRITE, name)?;
    if state.subject.directory.lists.contains(name) { Ok(()) } else { Err(unknown("list", name)) }
}

#[cfg(test)]
mod tests {
    use super::Host;
    use crate::bindings::hookbox::plugin::types::Refusal;
    use crate::state::fixture::state_with;
    use hookbox_model::Effect;

    #[test]
    fn a_list_must_be_granted_and_exist() {
        let mut state = state_with(&[("lists.write", &["customers", "nowhere"])]);
        assert!(state.add("customers".into()).is_ok());
        assert!(state.remove("customers".into()).is_ok());
        assert!(matches!(state.add("staff".into()), Err(Refusal::NotGranted(_))));
        let unknown = state.add("nowhere".into()).expect_err("no such list");
        assert!(matches!(unknown, Refusal::Invalid(text) if text == "there is no list \"nowhere\" in this workspace"));
        assert!(matches!(state.add(String::new()), Err(Refusal::Invalid(_))));
        let list = || "customers".to_owned();
        let asked = std::mem::take(&mut state.effects).into_effects();
        assert_eq!(asked, [Effect::AddToList { list: list() }, Effect::RemoveFromList { list: list() }]);
    }
}
