//! A request that no client sends, as a script that writes its bytes.

use super::shown::{Part, Shown};
use super::{Repro, ReproFile, credentials, place, shell};
use crate::plan::{Call, Case, Piece, Plan};

/// The script, and the line that runs it.
pub(super) fn script(plan: &Plan, case: &Case) -> Repro {
    let shown = credentials(plan, case);
    let (format, values) = printed(&case.call, &shown);
    let needed: String = shown.iter().map(|shown| format!(" \"${{{}:?}}\"", shown.variable)).collect();
    let about = format!("{}, case {}, seed {}", case.scenario, case.id.index, plan.seed);
    let text = format!(
        "#!/bin/sh\n\
         # {about}: a request that no client sends, byte for byte. Needs curl, or openssl for a target behind TLS.\n\
         # PINCER_TARGET is the target's address, such as http://127.0.0.1:8080; the others are whole header values.\n\
         : \"${{PINCER_TARGET:?}}\"{needed}\n\
         host=${{PINCER_TARGET#*://}}\n\
         host=${{host%%/*}}\n\
         case $host in *:*) ;; *) case $PINCER_TARGET in https:*) host=$host:443 ;; *) host=$host:80 ;; esac ;; esac\n\
         request() {{\n\
         printf {format} {}\n\
         }}\n\
         case $PINCER_TARGET in\n\
         https:*) request | openssl s_client -quiet -connect \"$host\" ;;\n\
         *) request | curl -sS --max-time 10 \"telnet://$host\" ;;\n\
         esac\n",
        values.join(" ")
    );
    let name = format!("{}-{}.sh", case.scenario, case.id.index);
    Repro { line: Some(format!("sh {}", place(&name))), file: Some(ReproFile { name, bytes: text.into_bytes() }) }
}

/// The request as a `printf` format and the words for its `%s`.
fn printed(call: &Call, shown: &[Shown]) -> (String, Vec<String>) {
    // Without its scheme.
    let key = shown.first().map_or("''".to_owned(), Shown::own);
    let mut format = String::new();
    let mut values = Vec::new();
    for piece in call.pieces() {
        match piece {
            Piece::Bytes(bytes) => format.push_str(&lines(&bytes.0)),
            Piece::Host => {
                format.push_str("'%s'");
                values.push("\"$host\"".to_owned());
            }
            Piece::Key => {
                format.push_str("'%s'");
                values.push(key.clone());
            }
            Piece::Length { bytes, keys } => {
                format.push_str("'%s'");
                values.push(format!("$(({bytes} + {keys} * $(printf %s {key} | wc -c)))"));
            }
            Piece::Credentials => {
                let headers: Vec<String> = shown.iter().map(|shown| header(shown, &mut values)).collect();
                format.push_str(&headers.join(r"'\r\n'"));
            }
            Piece::CredentialLines => {
                for shown in shown {
                    format.push_str(&header(shown, &mut values));
                    format.push_str("'\\r\\n'\\\n");
                }
            }
        }
    }
    (format, values)
}

/// A credential header as a `printf` format; the words for its `%s` are added to `values`.
fn header(shown: &Shown, values: &mut Vec<String>) -> String {
    let mut format = shell::format_of(format!("{}: ", shown.name).as_bytes());
    for part in shown.value() {
        match part {
            Part::Text(text) => format.push_str(&shell::format_of(text.as_bytes())),
            Part::Word(word) => {
                format.push_str("'%s'");
                values.push(word);
            }
        }
    }
    format
}

/// These bytes as `printf` formats, one script line for each of their lines.
fn lines(bytes: &[u8]) -> String {
    let lines: Vec<String> = bytes.split_inclusive(|byte| *byte == b'\n').map(shell::format_of).collect();
    let mut text = lines.join("\\\n");
    if bytes.last() == Some(&b'\n') {
        text.push_str("\\\n");
    }
    text
}
