//! Reads what stands between the macro's parentheses, and refuses what the host would refuse at install time.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitStr, Path, Result, Token, parenthesized};

/// What a host can grant, as written in a manifest.
const CAPABILITIES: [&str; 9] = [
    "contacts.read",
    "contacts.write",
    "contacts.tag",
    "lists.write",
    "conversations.write",
    "messages.send",
    "state",
    "http",
    "secret",
];

/// What `conversations.write` can be granted for.
const CONVERSATION_ACTIONS: [&str; 5] = ["assign", "unassign", "close", "reopen", "note"];

/// The longest name of a plugin, in characters.
const NAME_LENGTH_MAX: usize = 64;

/// What stands between the macro's parentheses.
pub(crate) struct Arguments {
    pub(crate) name: LitStr,
    pub(crate) title: LitStr,
    pub(crate) description: LitStr,
    pub(crate) needs: Vec<Need>,
}

/// One thing the plugin asks to be allowed.
pub(crate) struct Need {
    pub(crate) capability: String,
    pub(crate) scope: Vec<LitStr>,
    pub(crate) reason: LitStr,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (mut name, mut title, mut description, mut needs) = (None, None, None, None);
        let whole = input.span();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            match key.to_string().as_str() {
                "name" => set(&mut name, &key, checked_name(text(input)?)?)?,
                "title" => set(&mut title, &key, not_empty(text(input)?)?)?,
                "description" => set(&mut description, &key, not_empty(text(input)?)?)?,
                "needs" => set(&mut needs, &key, parse_needs(input)?)?,
                _ => return Err(Error::new(key.span(), "expected `name`, `title`, `description` or `needs`")),
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let missing = |what: &str| Error::new(whole, format!("`{what} = \"…\"` is missing"));
        Ok(Self {
            name: name.ok_or_else(|| missing("name"))?,
            title: title.ok_or_else(|| missing("title"))?,
            description: description.ok_or_else(|| missing("description"))?,
            needs: needs.unwrap_or_default(),
        })
    }
}

fn set<T>(place: &mut Option<T>, key: &Ident, value: T) -> Result<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::new(key.span(), format!("`{key}` stands here twice"))),
    }
}

/// `= "…"` after a key.
fn text(input: ParseStream<'_>) -> Result<LitStr> {
    input.parse::<Token![=]>()?;
    input.parse()
}

fn not_empty(text: LitStr) -> Result<LitStr> {
    if text.value().trim().is_empty() {
        return Err(Error::new(text.span(), "people read this: it must not be empty"));
    }
    Ok(text)
}

fn checked_name(name: LitStr) -> Result<LitStr> {
    let text = name.value();
    let allowed = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '-');
    if text.is_empty() || text.len() > NAME_LENGTH_MAX || !text.chars().all(allowed) {
        let what = format!("a plugin's name is 1 to {NAME_LENGTH_MAX} lower-case letters, digits and dashes");
        return Err(Error::new(name.span(), what));
    }
    Ok(name)
}

/// `needs(…, …)` after the key.
fn parse_needs(input: ParseStream<'_>) -> Result<Vec<Need>> {
    let inside;
    parenthesized!(inside in input);
    Ok(Punctuated::<Need, Token![,]>::parse_terminated(&inside)?.into_iter().collect())
}

impl Parse for Need {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let path: Path = input.parse()?;
        let capability = capability(&path)?;
        let inside;
        parenthesized!(inside in input);
        let (mut scope, mut reason) = (Vec::new(), None);
        while !inside.is_empty() {
            if inside.peek(LitStr) {
                scope.push(checked_scope(&capability, not_empty(inside.parse()?)?)?);
            } else {
                let key = inside.call(Ident::parse_any)?;
                if key != "reason" {
                    return Err(Error::new(key.span(), "expected a name in quotes, or `reason = \"…\"`"));
                }
                set(&mut reason, &key, not_empty(text(&inside)?)?)?;
            }
            if !inside.is_empty() {
                inside.parse::<Token![,]>()?;
            }
        }
        if scope.is_empty() {
            return Err(Error::new_spanned(&path, "to what is missing: a name in quotes, or \"*\" for all"));
        }
        let reason =
            reason.ok_or_else(|| Error::new_spanned(&path, "`reason = \"…\"` is missing: an admin decides by it"))?;
        Ok(Self { capability, scope, reason })
    }
}

/// Refuses a scope that no host would take. Names of contacts' fields, lists and the like are the workspace's.
fn checked_scope(capability: &str, scope: LitStr) -> Result<LitStr> {
    let text = scope.value();
    let wrong = |why: String| Err(Error::new(scope.span(), why));
    match capability {
        _ if text == "*" => Ok(scope),
        "http" if !is_place(&text) => wrong(format!(
            "{text:?} is no place to call: write it like \"POST https://api.example.com\", without a path, or \"*\" for all"
        )),
        "conversations.write" if !CONVERSATION_ACTIONS.contains(&text.as_str()) => {
            wrong(format!("there is no conversation action {text:?}; there are {CONVERSATION_ACTIONS:?}"))
        }
        _ => Ok(scope),
    }
}

/// A method in capitals, if any, and an origin.
fn is_place(text: &str) -> bool {
    let (method, origin) = text.split_once(' ').unwrap_or(("*", text));
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let host = host.map(|host| host.strip_suffix('/').unwrap_or(host)).unwrap_or_default();
    let in_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-_[]:*".contains(&byte);
    let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
    (method == "*" || is_method) && !host.is_empty() && host.bytes().all(in_host)
}

/// `lists::write` is the capability `lists.write`.
fn capability(path: &Path) -> Result<String> {
    let parts: Vec<String> = path.segments.iter().map(|part| part.ident.to_string()).collect();
    let capability = parts.join(".");
    if CAPABILITIES.contains(&capability.as_str()) {
        return Ok(capability);
    }
    let known = CAPABILITIES.map(|known| format!("`{}`", known.replace('.', "::"))).join(", ");
    Err(Error::new_spanned(path, format!("there is no capability `{}`; there are {known}", parts.join("::"))))
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    #[track_caller]
    fn check(text: &str, refusal: &str) {
        let error = syn::parse_str::<Arguments>(text).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(refusal), "{text}: {error}");
    }

    #[test]
    fn a_plugin_says_what_it_is_and_needs() {
        let text = r#"name = "a-1", title = "A", description = "Does a", needs(
            lists::write("x", "y", reason = "because"), state("n", "leads:*", reason = "so"), secret("crm", reason = "it"),
            http("*", "POST https://api.example.com", "https://*.example.com:8443/", reason = "to ask"),
        )"#;
        let arguments = syn::parse_str::<Arguments>(text).expect("well formed");
        assert_eq!(arguments.name.value(), "a-1");
        assert_eq!(arguments.needs.len(), 4);
        assert_eq!(arguments.needs[0].capability, "lists.write");
        assert_eq!(arguments.needs[0].scope.len(), 2);
    }

    #[test]
    fn a_mistake_is_named_when_it_is_compiled() {
        let with = |rest: &str| format!(r#"name = "a", title = "A", description = "D", {rest}"#);
        check(r#"name = "Not A Name", title = "A", description = "D""#, "lower-case letters");
        check(r#"title = "A", description = "D""#, "`name = \"…\"` is missing");
        check(r#"name = "a", title = " ", description = "D""#, "must not be empty");
        check(&with(r#"name = "b""#), "twice");
        check(&with(r#"version = "1""#), "expected `name`");
        check(&with(r#"needs(lists::wirte("*", reason = "x"))"#), "there is no capability `lists::wirte`");
        check(&with(r#"needs(http("api.example.com", reason = "x"))"#), "is no place to call");
        check(&with(r#"needs(http("https://api.example.com/path", reason = "x"))"#), "is no place to call");
        check(&with(r#"needs(conversations::write("delete", reason = "x"))"#), "no conversation action");
        check(&with(r#"needs(lists::write("*"))"#), "`reason = \"…\"` is missing");
        check(&with(r#"needs(lists::write(reason = "x"))"#), "to what is missing");
    }
}
