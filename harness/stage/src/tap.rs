//! Follows the target's audit log, a file that grows by lines.

use std::path::PathBuf;
use std::time::Duration;

use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio::task::JoinSet;

use crate::Sensor;

/// How often a file that did not grow is looked at again.
const LOOK: Duration = Duration::from_millis(2);

/// A tap on a file; dropping it ends it.
#[derive(Debug)]
pub struct Tap {
    _following: JoinSet<()>,
}

impl Tap {
    /// Follows `file` from its present end; it need not exist yet.
    pub async fn open(file: PathBuf, sensor: Sensor) -> Self {
        let start = tokio::fs::metadata(&file).await.map_or(0, |meta| meta.len());
        let mut following = JoinSet::new();
        following.spawn(follow(file, start, sensor));
        Self { _following: following }
    }
}

async fn follow(path: PathBuf, start: u64, sensor: Sensor) {
    let mut pause = tokio::time::interval(LOOK);
    let mut file = loop {
        match File::open(&path).await {
            Ok(file) => break file,
            Err(_) => pause.tick().await,
        };
    };
    if file.seek(std::io::SeekFrom::Start(start)).await.is_err() {
        return;
    }
    let mut buffer = Vec::new();
    loop {
        match file.read_buf(&mut buffer).await {
            Ok(0) => {
                pause.tick().await;
            }
            Ok(_) => {
                while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = buffer.drain(..=end).collect();
                    sensor.recorded(line.strip_suffix(b"\n").unwrap_or(&line));
                }
            }
            Err(_) => return,
        }
    }
}
