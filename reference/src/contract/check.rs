//! Checks a request's values by an operation's rules; returns its free texts.

use http::{HeaderMap, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Number, Value};

use super::{Kind, Operation, Parameter, Place, free};
use crate::problem::Refusal;
use crate::weakness::{Weakness, Weaknesses};

/// The values of a request, decoded once.
#[derive(Debug)]
pub(crate) struct Values<'a> {
    /// The path as received.
    pub(crate) path: &'a str,
    pub(crate) query: &'a [(String, String)],
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Option<&'a Value>,
    /// The file names of a multipart body, each with its part's name.
    pub(crate) files: &'a [(String, String)],
}

/// A value that is refused here is well-formed, but not allowed for this operation (RFC 9110 section 15.5.21).
const REFUSAL: Refusal = Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "parameter");

impl Operation {
    /// Checks the path variables. They come first, because they decide what a request is about.
    pub(crate) fn check_path(&self, path: &str, weak: &Weaknesses) -> Result<(), Refusal> {
        let variables = self.variables(path);
        for parameter in self.parameters.iter().filter(|parameter| parameter.place == Place::Path) {
            let text = variables.iter().find(|(name, _)| *name == parameter.name).map(|(_, text)| text.as_str());
            // A file name is a matter of the path; everything else is a matter of the schema.
            let off = if parameter.file_name { Weakness::NoPathGuard } else { Weakness::NoSchemaValidation };
            if !weak.has(off) && !text.is_some_and(|text| parameter.admits(text)) {
                return Err(REFUSAL);
            }
        }
        Ok(())
    }

    /// Checks query, headers and body; returns the free texts of the whole request.
    pub(crate) fn check_values(&self, values: &Values<'_>, weak: &Weaknesses) -> Result<Vec<String>, Refusal> {
        let said = self.said(values.headers)?;
        let valid = weak.has(Weakness::NoSchemaValidation)
            || (self.query_fits(values.query) && self.headers_fit(&said) && self.body_fits(values, weak));
        if !valid || !(weak.has(Weakness::NoPathGuard) || self.files_fit(values.files)) {
            return Err(REFUSAL);
        }
        let marked = |name: &str, place| self.parameters.iter().any(|p| p.free && p.place == place && p.name == name);
        let path = self.variables(values.path).into_iter().filter(|(name, _)| marked(name, Place::Path));
        let mut texts: Vec<String> = path.map(|(_, text)| text).collect();
        texts.extend(values.query.iter().filter(|(name, _)| marked(name, Place::Query)).map(|(_, text)| text.clone()));
        texts.extend(said.into_iter().filter(|(place, name, _)| marked(name, *place)).map(|(_, _, text)| text));
        if let (Some(rule), Some(body)) = (&self.body, values.body) {
            let mut found = Vec::new();
            for place in &rule.free {
                free::texts(body, place, &mut found);
            }
            texts.extend(found.into_iter().map(str::to_owned));
        }
        Ok(texts)
    }

    /// All texts named `name`: in path and query, and in the body unless `only_path`.
    pub(crate) fn texts_of(&self, name: &str, values: &Values<'_>, only_path: bool) -> Vec<String> {
        let path = self.variables(values.path).into_iter().filter(|(known, _)| *known == name);
        let mut texts: Vec<String> = path.map(|(_, text)| text).collect();
        if only_path {
            return texts;
        }
        texts.extend(values.query.iter().filter(|(known, _)| known == name).map(|(_, text)| text.clone()));
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match values.body.and_then(|body| body.get(name)) {
            Some(Value::Array(items)) => texts.extend(items.iter().map(text)),
            Some(value) => texts.push(text(value)),
            None => {}
        }
        texts
    }

    fn query_fits(&self, query: &[(String, String)]) -> bool {
        let declared = || self.parameters.iter().filter(|parameter| parameter.place == Place::Query);
        let times = |name: &str| query.iter().filter(|(key, _)| key == name).count();
        declared().all(|parameter| times(&parameter.name) <= 1 && (times(&parameter.name) == 1 || !parameter.required))
            && query.iter().all(|(key, text)| declared().any(|p| p.name == *key && p.admits(text)))
    }

    fn headers_fit(&self, said: &[(Place, String, String)]) -> bool {
        let carried = |parameter: &&Parameter| matches!(parameter.place, Place::Header | Place::Cookie);
        self.parameters.iter().filter(carried).all(|parameter| {
            let mut texts = said.iter().filter(|(place, name, _)| *place == parameter.place && *name == parameter.name);
            match (texts.next(), texts.next()) {
                (None, _) => !parameter.required,
                (Some((_, _, text)), None) => parameter.admits(text),
                (Some(_), Some(_)) => false,
            }
        })
    }

    /// Only parts declared as files may have file names, and these must stay in their folder.
    fn files_fit(&self, files: &[(String, String)]) -> bool {
        let declared = |part: &String| self.body.as_ref().is_some_and(|body| body.files.contains(part));
        files.iter().all(|(part, name)| declared(part) && is_file_name(name))
    }

    fn body_fits(&self, values: &Values<'_>, weak: &Weaknesses) -> bool {
        match (&self.body, values.body) {
            (Some(rule), Some(body)) if weak.has(Weakness::NoPropertyCheck) => rule.rule.is_valid_but_for_members(body),
            (Some(rule), Some(body)) => rule.rule.is_valid(body),
            (Some(rule), None) => !rule.required,
            (None, body) => body.is_none(),
        }
    }

    /// Names and decoded texts of the path variables.
    fn variables(&self, path: &str) -> Vec<(&str, String)> {
        let segments = self.path.split('/').zip(path.split('/'));
        segments
            .filter_map(|(template, segment)| {
                let name = template.strip_prefix('{')?.strip_suffix('}')?;
                Some((name, percent_decode_str(segment).decode_utf8_lossy().into_owned()))
            })
            .collect()
    }
}

impl Parameter {
    fn admits(&self, text: &str) -> bool {
        self.value(text).is_some_and(|value| self.rule.is_valid(&value))
    }

    /// The value of a text, if the text is its canonical form.
    fn value(&self, text: &str) -> Option<Value> {
        match self.kind {
            Kind::Text => Some(Value::String(text.to_owned())),
            Kind::Boolean => match text {
                "true" => Some(Value::Bool(true)),
                "false" => Some(Value::Bool(false)),
                _ => None,
            },
            Kind::Integer => serde_json::from_str::<i64>(text).ok().map(Value::from).filter(|_| is_trimmed(text)),
            Kind::Number => serde_json::from_str::<Number>(text).ok().map(Value::Number).filter(|_| is_trimmed(text)),
        }
    }
}

/// Letters, digits and single dots between them: no separator, drive or hidden file on any platform.
fn is_file_name(name: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_- ".contains(&b));
    name.len() <= 100 && name.split('.').all(plain)
}

/// JSON allows white space around a number; a parameter does not.
fn is_trimmed(text: &str) -> bool {
    !text.contains(|c: char| c.is_ascii_whitespace())
}

/// Query parameters, decoded once; refused if the result is not text.
pub(crate) fn pairs(query: &str) -> Result<Vec<(String, String)>, Refusal> {
    let refusal = Refusal::new(StatusCode::BAD_REQUEST, "query");
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| refusal)
    };
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            Ok((decode(key)?, decode(value)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::read;
    use super::*;

    const API: &str = r##"
openapi: 3.1.0
paths:
  /things/{id}:
    parameters: []
    put:
      operationId: put
      parameters:
        - { name: id, in: path, required: true, schema: { type: integer, minimum: 1 } }
        - { name: q, in: query, schema: { type: string, maxLength: 3, x-free-text: true } }
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              required: [text]
              properties: { text: { $ref: "#/components/schemas/Text" } }
components:
  schemas:
    Text: { type: string, x-free-text: true }
"##;

    fn check(path: &str, query: &str, body: Option<&Value>) -> Result<Vec<String>, u16> {
        let weak = Weaknesses::default();
        let operation = read(API).unwrap().remove(0);
        let query = pairs(query).unwrap();
        operation
            .check_path(path, &weak)
            .and_then(|()| {
                let headers = &HeaderMap::new();
                operation.check_values(&Values { path, query: &query, headers, body, files: &[] }, &weak)
            })
            .map_err(|refusal| refusal.status.as_u16())
    }

    #[test]
    fn declared_values_pass_and_free_text_is_returned() {
        let texts = check("/things/7", "q=a%26b", Some(&json!({"text": "t"})));
        assert_eq!(texts, Ok(vec!["a&b".to_owned(), "t".to_owned()]));
    }

    #[test]
    fn undeclared_values_are_refused() {
        let body = json!({"text": "t"});
        for path in ["/things/0", "/things/07", "/things/+7", "/things/%207", "/things/1.0", "/things/1e3", "/things/x"]
        {
            assert_eq!(check(path, "", Some(&body)), Err(422), "{path}");
        }
        for query in ["q=long", "q=a&q=a", "p=1", "Q=a"] {
            assert_eq!(check("/things/7", query, Some(&body)), Err(422), "{query}");
        }
        assert_eq!(check("/things/7", "", None), Err(422));
        for wrong in [json!([]), json!({"text": 1}), json!({"text": "t", "role": "admin"})] {
            assert_eq!(check("/things/7", "", Some(&wrong)), Err(422), "{wrong}");
        }
    }
}
