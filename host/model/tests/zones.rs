//! Time zones are those that the program carries, whatever the machine has.
//!
//! The zones of a machine are read once for each program, so the case runs in a program of its own.

use std::path::Path;
use std::process::Command;

use hookbox_model::Zone;

/// The least that is a file of time zones: one offset of zero, called UTC.
const ZONE_FILE: &[u8] = b"TZif\0\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x04\
    \0\0\0\0\0\0UTC\0";

#[test]
fn a_zone_means_the_same_on_a_machine_that_has_others() {
    if std::env::var_os("ZONES_OF_THE_MACHINE").is_some() {
        assert!("Mars/Olympus".parse::<Zone>().is_err(), "only this machine knows it");
        let legacy: Zone = "US/Eastern".parse().expect("a name that machines leave out");
        assert_eq!(legacy.to_string(), "US/Eastern");
        return;
    }
    let zones = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("zones-{}", std::process::id()));
    std::fs::create_dir_all(zones.join("Mars")).expect("a folder");
    std::fs::write(zones.join("Mars/Olympus"), ZONE_FILE).expect("a file");
    let ended = Command::new(std::env::current_exe().expect("this program"))
        .env("ZONES_OF_THE_MACHINE", "here")
        .env("TZDIR", &zones)
        .status()
        .expect("a program");
    std::fs::remove_dir_all(&zones).expect("the folder");
    assert!(ended.success());
}
