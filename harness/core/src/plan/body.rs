//! A sample body as bytes: JSON, a form, or multipart.

use serde_json::Value;

use crate::scenario::Content;

/// The media type of such a body; these digits make its boundary.
pub(super) fn kind(content: Content, digits: &str) -> String {
    match content {
        Content::Json => "application/json".to_owned(),
        Content::Form => "application/x-www-form-urlencoded".to_owned(),
        Content::Multipart => format!("multipart/form-data; boundary={}", boundary(digits)),
    }
}

/// Writes a body; the digits make a boundary that no payload contains.
pub(super) fn write(content: Content, body: &Value, digits: &str) -> String {
    match content {
        Content::Json => body.to_string(),
        Content::Form => {
            let fields = members(body).map(|(name, value)| format!("{}={}", field(name), field(&text(value))));
            fields.collect::<Vec<_>>().join("&")
        }
        Content::Multipart => {
            let boundary = boundary(digits);
            let parts: String = members(body).map(|(name, value)| part(&boundary, name, value)).collect();
            format!("{parts}--{boundary}--\r\n")
        }
    }
}

/// As curl writes it.
fn boundary(digits: &str) -> String {
    format!("------------------------{digits}")
}

fn members(body: &Value) -> impl Iterator<Item = (&String, &Value)> {
    body.as_object().into_iter().flatten()
}

/// `application/x-www-form-urlencoded`, as in the URL Standard.
fn field(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string().replace("%20", "+")
}

/// One part (RFC 7578 section 4.2); quotes and line ends in a name are escaped as in HTML section 4.10.21.8.
fn part(boundary: &str, name: &str, value: &Value) -> String {
    let quoted = |text: &str| text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let head = format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{}\"", quoted(name));
    match (value.get("filename").and_then(Value::as_str), value.get("content")) {
        (Some(file), Some(content)) => format!(
            "{head}; filename=\"{}\"\r\ncontent-type: application/octet-stream\r\n\r\n{}\r\n",
            quoted(file),
            text(content)
        ),
        _ => format!("{head}\r\n\r\n{}\r\n", text(value)),
    }
}

/// A text unchanged, anything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The JSON text of an object with these members added verbatim at its end; any other value unchanged.
pub(super) fn with_members(object: &Value, members: &str) -> String {
    let text = object.to_string();
    match text.strip_suffix('}') {
        Some("{") => format!("{{{members}}}"),
        Some(open) => format!("{open},{members}}}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn form_has_a_field_for_each_member() {
        let body = json!({"name": "O'Brien & sons", "n": 7});
        assert_eq!(write(Content::Form, &body, ""), "name=O%27Brien+%26+sons&n=7");
    }

    #[test]
    fn member_with_a_file_name_is_a_file() {
        let body = json!({"title": "a", "file": {"filename": "x\".txt", "content": "text"}});
        let written = write(Content::Multipart, &body, "0123456789abcdef");
        let expected = "--------------------------0123456789abcdef\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\na\r\n\
             --------------------------0123456789abcdef\r\ncontent-disposition: form-data; name=\"file\"; filename=\"x%22.txt\"\r\n\
             content-type: application/octet-stream\r\n\r\ntext\r\n--------------------------0123456789abcdef--\r\n";
        assert_eq!(written, expected);
        assert_eq!(
            kind(Content::Multipart, "0123456789abcdef"),
            "multipart/form-data; boundary=------------------------0123456789abcdef"
        );
    }

    #[test]
    fn added_members_follow_those_of_the_object() {
        assert_eq!(with_members(&json!({"a": 1}), r#""b":2"#), r#"{"a":1,"b":2}"#);
        assert_eq!(with_members(&json!({"a": 1}), r#""a":2"#), r#"{"a":1,"a":2}"#);
        assert_eq!(with_members(&json!({}), r#""b":2"#), r#"{"b":2}"#);
        assert_eq!(with_members(&json!(["a"]), r#""b":2"#), r#"["a"]"#);
    }
}
