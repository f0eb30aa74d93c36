//! Bodies that are not JSON: forms and multipart bodies come in; an object of texts and the file names go out.

use bytes::Bytes;
use futures_util::stream;
use http::StatusCode;
use serde_json::{Map, Value};

use super::pairs;
use crate::problem::Refusal;

const REFUSAL: Refusal = Refusal::new(StatusCode::BAD_REQUEST, "form");

/// An object of texts, and the file names with their parts.
pub(crate) type Fields = (Value, Vec<(String, String)>);

/// `application/x-www-form-urlencoded`.
pub(crate) fn form(body: &[u8]) -> Result<Fields, Refusal> {
    let text = str::from_utf8(body).map_err(|_| REFUSAL)?;
    let mut fields = Map::new();
    for (name, value) in pairs(text)? {
        add(&mut fields, name, value)?;
    }
    Ok((Value::Object(fields), Vec::new()))
}

/// `multipart/form-data` (RFC 7578), read strictly: each part has a unique name and is text.
pub(crate) async fn parts(body: Bytes, boundary: &str) -> Result<Fields, Refusal> {
    let whole = stream::once(async move { Ok::<_, std::convert::Infallible>(body) });
    let mut parts = multer::Multipart::new(whole, boundary);
    let (mut fields, mut files) = (Map::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(|_| REFUSAL)? {
        let name = part.name().ok_or(REFUSAL)?.to_owned();
        files.extend(part.file_name().map(|file| (name.clone(), file.to_owned())));
        let text = String::from_utf8(part.bytes().await.map_err(|_| REFUSAL)?.to_vec()).map_err(|_| REFUSAL)?;
        add(&mut fields, name, text)?;
    }
    Ok((Value::Object(fields), files))
}

fn add(fields: &mut Map<String, Value>, name: String, text: String) -> Result<(), Refusal> {
    match fields.insert(name, Value::String(text)) {
        None => Ok(()),
        Some(_) => Err(REFUSAL),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BODY: &str = "--x\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\nJune\r\n--x\r\n\
        content-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\ntext\r\n--x--\r\n";

    #[test]
    fn a_form_is_read() {
        assert_eq!(form(b"name=O%27Brien+%26+sons").unwrap().0, json!({"name": "O'Brien & sons"}));
        assert!(form(b"a=1&a=2").is_err() && form(b"a=%ff").is_err());
    }

    #[tokio::test]
    async fn parts_are_read() {
        let (fields, files) = parts(Bytes::from(BODY), "x").await.unwrap();
        assert_eq!(fields, json!({"title": "June", "file": "text"}));
        assert_eq!(files, [("file".to_owned(), "a.txt".to_owned())]);
        assert!(parts(Bytes::from(BODY.replace("title", "file")), "x").await.is_err());
        assert!(parts(Bytes::from("--x\r\ncut"), "x").await.is_err());
    }
}
