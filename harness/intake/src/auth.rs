//! Authentication files of Web Fuzzing Commons as identities.
//!
//! In: the format's `auth` list with its `authTemplate`. Out: an identity with its headers for each entry. A login
//! endpoint is refused at its place: Pincer sends what a caller shows, it does not obtain it.

use std::collections::BTreeMap;

use pincer_core::scenario::{Diagnostic, ReadError, Seg, Source};
use pincer_core::vocab::{Identity, Template, Word};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct File {
    #[serde(default, rename = "schemaVersion")]
    _schema_version: Option<Value>,
    auth: Vec<Entry>,
    #[serde(default)]
    auth_template: Option<Entry>,
    #[serde(default, rename = "configs")]
    _configs: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Entry {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    require_mock_handling: bool,
    #[serde(default)]
    fixed_headers: Option<Vec<Header>>,
    #[serde(default)]
    login_endpoint_auth: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    name: String,
    value: String,
}

/// The headers by which an identity shows itself.
type Shown = BTreeMap<String, Template>;

/// Reads an authentication file.
pub(crate) fn read_auth(source: &Source) -> Result<BTreeMap<Identity, Shown>, ReadError> {
    let file: File = source.parse().map_err(|fault| ReadError(vec![fault]))?;
    let mut reader = Reader { source, faults: Vec::new() };
    let template = file.auth_template.as_ref();
    if let Some(template) = template {
        reader.supported(&["authTemplate".into()], template);
    }
    let mut identities = BTreeMap::new();
    for (i, entry) in file.auth.iter().enumerate() {
        let at = ["auth".into(), i.into()];
        reader.supported(&at, entry);
        let Some(name) = reader.name(&at, entry) else { continue };
        let own = entry.fixed_headers.as_ref().map(|headers| (at.to_vec(), headers));
        let inherited = template.and_then(|entry| entry.fixed_headers.as_ref());
        let headers = own.or_else(|| inherited.map(|headers| (vec!["authTemplate".into()], headers)));
        let Some((place, headers)) = headers.filter(|(_, headers)| !headers.is_empty()) else {
            if entry.login_endpoint_auth.is_none() {
                reader.fault(&at, format!("`{name}` has no credential"), Some("add `fixedHeaders`"));
            }
            continue;
        };
        let shown = reader.headers(&place, headers);
        if identities.insert(name.clone(), shown).is_some() {
            reader.fault(&[&at[..], &["name".into()]].concat(), format!("`{name}` is defined twice"), None);
        }
    }
    if reader.faults.is_empty() { Ok(identities) } else { Err(ReadError(reader.faults)) }
}

struct Reader<'s> {
    source: &'s Source,
    faults: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn fault(&mut self, at: &[Seg], message: impl Into<String>, help: Option<&str>) {
        self.faults.push(self.source.fault(at, message.into(), help.map(str::to_owned)));
    }

    /// What can't be done is said at its place.
    fn supported(&mut self, at: &[Seg], entry: &Entry) {
        if entry.login_endpoint_auth.is_some() {
            let help = Some("log in yourself and put the token into `fixedHeaders`; a value can use `${env:NAME}`");
            let at = [at, &["loginEndpointAuth".into()]].concat();
            self.fault(&at, "`loginEndpointAuth` is not supported", help);
        }
        if entry.require_mock_handling {
            let at = [at, &["requireMockHandling".into()]].concat();
            self.fault(
                &at,
                "`requireMockHandling` is not supported",
                Some("use fixed headers that are valid without a login service"),
            );
        }
    }

    fn name(&mut self, at: &[Seg], entry: &Entry) -> Option<Identity> {
        let Some(name) = &entry.name else {
            self.fault(at, "the key `name` is missing", None);
            return None;
        };
        match Identity::new(name.as_str()) {
            Ok(identity) => Some(identity),
            Err(error) => {
                let help = Some("use letters, digits, `-` or `_`, for example `alice`");
                self.fault(&[at, &["name".into()]].concat(), error.to_string(), help);
                None
            }
        }
    }

    fn headers(&mut self, at: &[Seg], headers: &[Header]) -> Shown {
        let mut shown = Shown::new();
        for (i, header) in headers.iter().enumerate() {
            let at = |key: &str| [at, &["fixedHeaders".into(), i.into(), key.into()]].concat();
            if !is_token(&header.name) {
                self.fault(&at("name"), format!("`{}` is not a header name", header.name), None);
            } else if shown.keys().any(|name| name.eq_ignore_ascii_case(&header.name)) {
                self.fault(&at("name"), format!("the header `{}` is defined twice", header.name), None);
            }
            if header.value.contains(['\r', '\n', '\0']) {
                self.fault(&at("value"), "a header value must not contain line breaks or NUL", None);
            }
            match header.value.parse::<Template>() {
                Ok(value) => {
                    let known = |word: &Word| matches!(word, Word::Env(_) | Word::File(_));
                    if let Some(word) = value.words().find(|word| !known(word)) {
                        let help = Some("use `${env:NAME}` or `${file:PATH}`");
                        self.fault(&at("value"), format!("`${{{word}}}` cannot be used in a credential"), help);
                    }
                    shown.insert(header.name.clone(), value);
                }
                Err(error) => self.fault(&at("value"), error.to_string(), None),
            }
        }
        shown
    }
}

/// RFC 9110 section 5.6.2.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "\
schemaVersion: \"0.2.0\"
authTemplate: { fixedHeaders: [ { name: X-Tenant, value: a } ] }
auth:
  - name: alice
    fixedHeaders:
      - { name: Authorization, value: \"Bearer ${env:TOKEN}\" }
      - { name: X-Tenant, value: b }
  - name: bob
";

    fn faults(text: &str) -> Vec<String> {
        let read = read_auth(&Source::new("auth.yaml", text));
        read.err().map_or_else(Vec::new, |error| error.0.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn fixed_headers_become_identities() {
        let read = read_auth(&Source::new("auth.yaml", SOUND)).unwrap();
        let shown = |name: &str| {
            let headers = read.get(&Identity::new(name).unwrap()).unwrap();
            headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
        };
        assert_eq!(shown("alice"), ["Authorization: Bearer ${env:TOKEN}", "X-Tenant: b"]);
        assert_eq!(shown("bob"), ["X-Tenant: a"]);
    }

    #[test]
    fn json_is_read_too() {
        let text = r#"{"auth": [{"name": "alice", "fixedHeaders": [{"name": "X-Key", "value": "k"}]}]}"#;
        assert_eq!(faults(text), Vec::<String>::new());
    }

    #[test]
    fn each_fault_names_its_place() {
        for (right, wrong, message) in [
            (
                "  - name: bob",
                "  - name: bob\n    loginEndpointAuth: { endpoint: /login, verb: POST }",
                "auth.yaml:9:24: `loginEndpointAuth` is not supported (log in yourself",
            ),
            (
                "  - name: bob",
                "  - name: bob\n    requireMockHandling: true",
                "auth.yaml:9:26: `requireMockHandling` is not supported",
            ),
            (
                "authTemplate: { fixedHeaders: [ { name: X-Tenant, value: a } ] }",
                "configs: {}",
                "auth.yaml:8:5: `bob` has no credential (add `fixedHeaders`)",
            ),
            ("name: bob", "name: Bob B", "auth.yaml:8:11: `Bob B` is not a valid identity name"),
            ("name: bob", "name: alice", "auth.yaml:8:11: `alice` is defined twice"),
            ("name: bob", "nam: bob", "`nam` is not a valid key here (did you mean `name`?)"),
            ("name: Authorization", "name: \"a b\"", "auth.yaml:6:17: `a b` is not a header name"),
            (
                "name: X-Tenant, value: b",
                "name: authorization, value: b",
                "auth.yaml:7:17: the header `authorization` is defined twice",
            ),
            ("value: b", "value: \"b\\r\\nc: d\"", "auth.yaml:7:34: a header value must not contain line breaks"),
            ("${env:TOKEN}", "${work}", "auth.yaml:6:39: `${work}` cannot be used in a credential"),
            ("${env:TOKEN}", "${envTOKEN}", "auth.yaml:6:39: `${envTOKEN}` is unknown"),
        ] {
            let found = faults(&SOUND.replace(right, wrong));
            assert!(found.iter().any(|fault| fault.contains(message)), "{wrong}: {found:?}");
        }
    }
}
