//! Phone numbers of many countries: what we store is what libphonenumber answers, but where we say why not.

use std::collections::BTreeSet;

use hookbox_mapping::phone::e164;

const CORPUS: &str = include_str!("phone.tsv");

/// Why what is wanted may differ from the library's answer; the head of the file says what each means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Same,
    Plus,
    OwnCode,
    Characters,
    Later,
}

#[derive(Debug)]
struct Case {
    country: &'static str,
    text: &'static str,
    answer: Option<&'static str>,
    wanted: Option<&'static str>,
    why: Why,
}

fn cases() -> Vec<Case> {
    CORPUS.lines().filter(|line| !line.starts_with('#')).map(case).collect()
}

fn case(line: &'static str) -> Case {
    let cells: Vec<_> = line.split('\t').collect();
    let [country, text, answer, wanted, why] = cells.as_slice() else { panic!("five cells: {line}") };
    let number = |cell: &'static str| (cell != "-").then_some(cell);
    let why = match *why {
        "-" => Why::Same,
        "plus" => Why::Plus,
        "own-code" => Why::OwnCode,
        "characters" => Why::Characters,
        "later" => Why::Later,
        other => panic!("{other} is no reason: {line}"),
    };
    Case { country: number(country).unwrap_or_default(), text, answer: number(answer), wanted: number(wanted), why }
}

#[test]
fn a_number_is_stored_as_libphonenumber_answers() {
    let differing: Vec<_> = cases()
        .into_iter()
        .filter_map(|case| {
            let found = e164(case.text, case.country).ok();
            (found.as_deref() != case.wanted).then(|| format!("{found:?}, not as in {case:?}"))
        })
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
}

#[test]
fn what_differs_from_the_library_differs_for_the_reason_given() {
    for case in cases() {
        let as_said = match case.why {
            Why::Same => case.answer == case.wanted,
            Why::Plus => case.answer.is_none() && case.wanted.is_some() && !case.text.starts_with(['+', '＋']),
            // With the + the one is the beginning of the other: +494917… is +49 and the whole of 4917…
            Why::OwnCode => {
                let digits: String = case.text.chars().filter(char::is_ascii_digit).collect();
                case.wanted == Some(&*format!("+{digits}"))
                    && case.answer.is_some_and(|answer| answer.ends_with(&digits))
            }
            Why::Characters => {
                case.answer.is_some()
                    && case.wanted.is_none()
                    && case.text.contains(|c: char| c.is_alphabetic() || ",;~".contains(c))
            }
            Why::Later => case.answer != case.wanted,
        };
        assert!(as_said, "{case:?}");
    }
}

#[test]
fn the_corpus_is_of_many_countries_and_of_good_and_bad_numbers() {
    let cases = cases();
    let countries: BTreeSet<_> = cases.iter().map(|case| case.country).collect();
    let bad = cases.iter().filter(|case| case.wanted.is_none()).count();
    let later = cases.iter().filter(|case| case.why == Why::Later).count();
    assert!(countries.len() >= 60 && cases.len() >= 200, "{} countries, {} numbers", countries.len(), cases.len());
    assert!(bad >= 50 && cases.len() - bad >= 200, "{bad} bad of {}", cases.len());
    assert!(later * 20 < cases.len(), "{later} answers are those of another version");
}
