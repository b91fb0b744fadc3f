//! What the page answers, asked without a network.

use std::fs;
use std::path::{Path, PathBuf};

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use bytes::Bytes;

use super::files::Files;
use super::{Asked, Page, asked};
use crate::config::Config;

/// What one request got.
struct Got {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

async fn get(page: &Page, path: &str, headers: &[(&str, &str)]) -> Got {
    send(page, "GET", path, headers).await
}

async fn send(page: &Page, method: &str, path: &str, headers: &[(&str, &str)]) -> Got {
    let request = headers
        .iter()
        .fold(Request::builder().method(method).uri(path), |request, (name, value)| request.header(*name, *value));
    let response = page.answer(request.body(Body::empty()).expect("a request")).await;
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a whole body");
    Got { status: parts.status, headers: parts.headers, body }
}

fn page() -> Page {
    Page::new(&Config::default())
}

fn folder_page(folder: &tempfile::TempDir) -> Page {
    Page::new(&Config { ui_dir: PathBuf::from(folder.path()), ..Config::default() })
}

#[tokio::test]
async fn the_front_leads_to_the_page_and_every_address_below_it_is_the_document() {
    let page = page();
    for path in ["/", "/app"] {
        let got = get(&page, path, &[]).await;
        assert_eq!((got.status, got.header("location")), (StatusCode::FOUND, "/app/"), "{path}");
    }
    for path in ["/app/", "/app/runs/1", "/app/settings/users"] {
        let got = get(&page, path, &[]).await;
        assert_eq!((got.status, got.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"), "{path}");
        assert!(got.text().contains("/app.js"), "{}", got.text());
        assert_eq!(got.header("cache-control"), "no-cache");
    }
}

#[tokio::test]
async fn everything_the_document_names_is_there_and_may_be_kept_for_good() {
    let page = page();
    let document = get(&page, "/app/", &[]).await.text();
    let named: Vec<&str> = document.split('"').filter(|text| text.starts_with("/ui/")).collect();
    assert!(named.len() >= 4, "{named:?}");
    for path in named {
        let got = get(&page, path, &[]).await;
        assert_eq!(got.status, StatusCode::OK, "{path}");
        assert_eq!(got.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
    }
}

#[tokio::test]
async fn files_of_another_version_are_not_mixed_in() {
    let page = page();
    assert_eq!(get(&page, "/ui/@00000000000000000000/app.js", &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&page, "/ui/app.js", &[]).await.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn a_file_that_the_browser_has_is_not_sent_again() {
    let page = page();
    let tag = get(&page, "/ui/app.js", &[]).await.header("etag").to_owned();
    for known in [tag.as_str(), &format!("\"other\", {tag}"), "*"] {
        let got = get(&page, "/ui/app.js", &[("if-none-match", known)]).await;
        assert_eq!((got.status, got.body.len()), (StatusCode::NOT_MODIFIED, 0), "{known}");
        assert_eq!(got.header("etag"), tag);
    }
    assert_eq!(get(&page, "/ui/app.js", &[("if-none-match", "W/\"other\"")]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn files_are_packed_for_those_who_take_gzip() {
    let page = page();
    let plain = get(&page, "/ui/lib/uplot.js", &[]).await;
    for takes in ["gzip", "br, GZIP;q=0.5", "deflate, gzip"] {
        let packed = get(&page, "/ui/lib/uplot.js", &[("accept-encoding", takes)]).await;
        assert_eq!((packed.header("content-encoding"), packed.header("vary")), ("gzip", "Accept-Encoding"), "{takes}");
        assert!(packed.body.starts_with(&[0x1f, 0x8b]) && packed.body.len() < plain.body.len() / 2);
    }
    for takes in ["", "br", "gzip;q=0", "gzip; q=0.000"] {
        let got = get(&page, "/ui/lib/uplot.js", &[("accept-encoding", takes)]).await;
        assert_eq!((got.header("content-encoding"), &got.body), ("", &plain.body), "{takes}");
    }
}

#[tokio::test]
async fn every_answer_of_the_page_keeps_foreign_script_out() {
    let page = page();
    let cases = [
        ("GET", "/", StatusCode::FOUND),
        ("GET", "/app/", StatusCode::OK),
        ("HEAD", "/ui/app.js", StatusCode::OK),
        ("GET", "/ui/nothing.js", StatusCode::NOT_FOUND),
        ("GET", "/ui/../Cargo.toml", StatusCode::NOT_FOUND),
        ("POST", "/app/", StatusCode::METHOD_NOT_ALLOWED),
    ];
    for (method, path, status) in cases {
        let got = send(&page, method, path, &[]).await;
        assert_eq!(got.status, status, "{method} {path}");
        let policy = got.header("content-security-policy");
        for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{method} {path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(got.header("referrer-policy"), "no-referrer", "{method} {path}");
        let is_document = !path.starts_with("/ui/");
        assert_eq!(got.header("permissions-policy").contains("camera=()"), is_document, "{method} {path}");
    }
    assert_eq!(send(&page, "POST", "/app/", &[]).await.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn what_is_not_the_page_is_left_to_the_api() {
    for path in ["/api/v1/nothing", "/other", "/uix", "/application"] {
        assert_eq!(asked(path, None), Asked::Nothing, "{path}");
        let got = get(&page(), path, &[]).await;
        assert_eq!((got.status, got.headers.get(header::CONTENT_SECURITY_POLICY)), (StatusCode::NOT_FOUND, None));
    }
}

#[tokio::test]
async fn a_folder_in_place_of_the_files_is_read_anew_each_time_and_nothing_outside_of_it() {
    let outer = tempfile::tempdir().expect("a folder");
    fs::write(outer.path().join("secret.js"), "secret").expect("a file");
    let folder = tempfile::tempdir_in(outer.path()).expect("a folder");
    for (name, text) in
        [("index.html", "<p>\"/ui/a.js\"</p>"), ("a.js", "1"), ("notes.md", "notes"), (".hidden.js", "2")]
    {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    let page = folder_page(&folder);
    assert_eq!(get(&page, "/app/x", &[]).await.text(), "<p>\"/ui/a.js\"</p>");
    assert_eq!(get(&page, "/ui/a.js", &[]).await.text(), "1");
    fs::write(folder.path().join("a.js"), "2").expect("a file");
    let got = get(&page, "/ui/a.js", &[]).await;
    assert_eq!((got.text().as_str(), got.header("cache-control")), ("2", "no-cache"));
    for path in [
        "/ui/notes.md",
        "/ui/.hidden.js",
        "/ui/../secret.js",
        "/ui/%2e%2e/secret.js",
        "/ui//a.js",
        "/ui/@/a.js",
        "/ui/",
    ] {
        assert_eq!(get(&page, path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// The texts of the files that the program carries, by their names below `ui`, without the libraries.
fn own_files() -> Vec<(String, String)> {
    let Files::Embedded { files, .. } = Files::of(Path::new("")) else { panic!("the program carries its files") };
    let own = files.iter().filter(|(name, _)| !name.starts_with("lib/"));
    own.map(|(name, file)| (name.clone(), String::from_utf8_lossy(&file.bytes()).into_owned())).collect()
}

#[tokio::test]
async fn a_file_of_a_version_comes_with_all_that_it_imports() {
    let page = page();
    let document = get(&page, "/app/", &[]).await.text();
    let folder = document.split_once("/ui/@").and_then(|(_, rest)| rest.split_once('/')).expect("a folder").0;
    let whole = get(&page, &format!("/ui/@{folder}/app.js"), &[]).await.text();
    for module in ["core/api.js", "lib/preact-htm.js", "pages/runs/routes.js", "app.js"] {
        assert!(whole.contains(&format!("$modules.run(\"{module}\"")), "{module}");
    }
    assert!(!whole.contains("\nimport ") && !whole.contains("$modules.run(\"pages/runs/list.js\""));
    assert!(!get(&page, &format!("/ui/@{folder}/css/first.css"), &[]).await.text().contains("@import"));
    // Where they are asked for without it, they are as they stand in the repository.
    assert!(get(&page, "/ui/app.js", &[]).await.text().contains("from \"./core/html.js\""));
}

#[test]
fn what_the_first_script_has_loaded_is_what_its_page_needs() {
    let Files::Embedded { files, joined, .. } = Files::of(Path::new("")) else {
        panic!("the program carries its files")
    };
    let text = |name: &str| String::from_utf8_lossy(&files[name].bytes()).into_owned();
    let (first, app) = (text("first.js"), text("app.js"));
    let pages: Vec<&str> = first.lines().filter(|line| line.trim_start().starts_with("\"/app/")).collect();
    assert!(pages.len() >= 3, "{pages:?}");
    for page in pages {
        let mut names = page.split('"').filter(|name| name.ends_with(".js") || name.ends_with(".css"));
        let module = names.next().expect("a module");
        assert!(joined.contains_key(module), "first.js names {module}, which no routes.js loads");
        let area = module.split('/').nth(1).expect("an area");
        let styles: String = names
            .filter_map(|name| name.strip_prefix("css/")?.strip_suffix(".css"))
            .fold(String::new(), |all, name| all + &format!(", \"{name}\""));
        assert!(app.contains(&format!("styled({area}{styles})")), "{module} needs other styles than {styles}");
    }
}

#[test]
fn the_scripts_of_the_page_keep_to_its_rules() {
    let mut faults = Vec::new();
    let words =
        ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "dangerouslySet", "eval(", "new Function"];
    for (name, text) in own_files() {
        let mut fault = |holds: bool, what: &str| {
            if holds {
                faults.push(format!("{name} {what}"));
            }
        };
        let is_script = name.ends_with(".js");
        fault(is_script && !text.starts_with("/** "), "does not begin with /** and what it is");
        fault(is_script && text.lines().count() > 300, "has more than 300 lines");
        fault(is_script && words.iter().any(|word| text.contains(word)), "makes HTML or code of texts");
        fault(name.ends_with(".html") && (text.contains(" style=") || text.contains("<style")), "has a style in it");
        let loads = text.contains("url(") || (name != "css/first.css" && text.contains("@import"));
        fault(name.ends_with(".css") && loads, "loads something");
        let is_elsewhere =
            |line: &str| line.contains("src=\"http") || line.contains("from \"http") || line.contains("import(\"http");
        fault(text.lines().any(is_elsewhere), "loads something from another host");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_dark_colours_are_the_same_by_the_system_and_by_choice() {
    let files = own_files();
    let tokens = &files.iter().find(|(name, _)| name == "css/tokens.css").expect("the tokens").1;
    let block = |opening: &str| -> Vec<String> {
        let rest = tokens.split_once(opening).expect("a block of colours").1;
        let block = rest.split_once('}').expect("its end").0;
        block.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
    };
    let by_system = block(":root:not([data-theme=\"light\"]) {");
    assert!(by_system.len() > 20, "{by_system:?}");
    assert_eq!(by_system, block(":root[data-theme=\"dark\"] {"));
}
