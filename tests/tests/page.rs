//! The page, in a real Chromium: what admins and integrators do with it, what others may not, and that everyone can use it.
//!
//! Where node or Chromium is missing the tests say that they were skipped. Pictures of every page are left in the folder
//! `pictures` of the tests' temporary folder.

use std::path::Path;

use hookbox_tests::browser::Browser;
use hookbox_tests::guests;
use hookbox_tests::program::{Program, Setup};

/// Where packages and pictures are kept.
const CACHES: &str = env!("CARGO_TARGET_TMPDIR");

/// A browser and a program that nobody has set up, or nothing where there is no browser.
fn begin(setup: Setup) -> Option<(Browser, Program)> {
    let browser = Browser::ready(Path::new(CACHES))?;
    Some((browser, setup.start()))
}

fn hookbox() -> Setup {
    Setup::new(env!("CARGO_BIN_EXE_hookbox-under-test"))
}

fn pictures() -> String {
    Path::new(CACHES).join("pictures").to_string_lossy().into_owned()
}

#[test]
fn from_the_first_link_to_a_request_that_became_a_run() {
    let Some((browser, program)) = begin(hookbox()) else { return };
    browser.journey("mission", &program, &[]);
}

#[test]
fn a_plugin_is_uploaded_looked_at_and_approved() {
    let Some((browser, program)) = begin(hookbox()) else { return };
    let component = program.home().join("counting.wasm");
    std::fs::write(&component, guests::upload("counting-1")).expect("the home of the program is writable");
    browser.journey("plugin", &program, &[("HOOKBOX_COMPONENT", &component.to_string_lossy())]);
}

#[test]
fn a_pasted_sample_is_kept_to_the_letter() {
    let Some((browser, program)) = begin(hookbox()) else { return };
    browser.journey("sample", &program, &[]);
}

#[test]
fn dead_letters_are_repeated_in_bulk() {
    let Some((browser, program)) = begin(hookbox()) else { return };
    browser.journey("dead-letters", &program, &[]);
}

#[test]
fn who_may_not_is_not_offered_to() {
    let Some((browser, program)) = begin(hookbox()) else { return };
    browser.journey("roles", &program, &[]);
}

#[test]
fn what_a_webhook_carries_is_never_run_by_the_page() {
    let Some((browser, program)) = begin(hookbox()) else { return };
    browser.journey("hostile", &program, &[]);
}

#[test]
fn everyone_can_use_every_page_in_light_and_dark_on_phones_and_on_desks() {
    let Some((browser, program)) = begin(hookbox()) else { return };
    let component = program.home().join("counting.wasm");
    std::fs::write(&component, guests::upload("counting-1")).expect("the home of the program is writable");
    let told = [("HOOKBOX_COMPONENT", component.to_string_lossy()), ("HOOKBOX_SHOTS", pictures().into())];
    let told = told.each_ref().map(|(name, value)| (*name, value.as_ref()));
    browser.journey("pages", &program, &told);
}

#[test]
fn a_keyboard_leads_everywhere_and_never_back_to_the_beginning() {
    let Some((browser, program)) = begin(hookbox()) else { return };
    browser.journey("keyboard", &program, &[]);
}

#[test]
fn a_desk_that_was_left_shows_nothing_and_keeps_what_was_typed() {
    let Some((browser, program)) = begin(hookbox()) else { return };
    browser.journey("ended", &program, &[]);
}

#[test]
fn the_first_load_is_small() {
    let Some((browser, program)) = begin(hookbox()) else { return };
    browser.journey("first-load", &program, &[]);
}

#[test]
fn contacts_are_put_on_lists_and_names_in_use_stay() {
    let Some((browser, program)) = begin(hookbox()) else { return };
    browser.journey("lists", &program, &[]);
}

#[test]
fn a_newer_version_is_dropped_on_the_page_and_compared_on_past_captures() {
    let Some((browser, program)) = begin(hookbox()) else { return };
    let [first, next] = ["counting-1", "counting-2"].map(|name| {
        let component = program.home().join(name).with_extension("wasm");
        std::fs::write(&component, guests::upload(name)).expect("the home of the program is writable");
        component.to_string_lossy().into_owned()
    });
    browser.journey("compare", &program, &[("HOOKBOX_COMPONENT", &first), ("HOOKBOX_NEXT_COMPONENT", &next)]);
}

#[test]
fn messages_of_an_inbox_reach_its_channel_and_wait_in_quiet_hours() {
    let setup = hookbox().variable("HOOKBOX__DISPATCH__ALLOWED_NETWORKS", "127.0.0.1/32");
    let Some((browser, program)) = begin(setup) else { return };
    browser.journey("channel", &program, &[]);
}
