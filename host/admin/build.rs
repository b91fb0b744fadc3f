//! Has the crate compiled again when a file of the page comes or goes: what it carries is known by name only then.

fn main() {
    println!("cargo::rerun-if-changed=ui");
}
