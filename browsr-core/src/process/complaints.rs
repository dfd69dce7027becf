//! [`Complaints`]: what a program says on its way down.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio_util::sync::CancellationToken;

/// How many lines are kept.
const KEPT: usize = 30;

/// The last lines that a program wrote to its standard error. Cheap to clone; clones share the lines.
#[derive(Debug, Clone, Default)]
pub struct Complaints {
    lines: Arc<Mutex<VecDeque<String>>>,
    ended: CancellationToken,
}

impl Complaints {
    /// Reads until the program closes its end. Spawn this, or the program may stand still when the pipe is full.
    pub async fn read(self, stderr: impl AsyncRead + Unpin) {
        let _ended = self.ended.clone().drop_guard();
        let mut reader = BufReader::new(stderr);
        let mut line = Vec::new();
        loop {
            line.clear();
            // A line without end is cut into pieces.
            let mut limited = tokio::io::AsyncReadExt::take(&mut reader, 4096);
            match limited.read_until(b'\n', &mut line).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {
                    let text = String::from_utf8_lossy(&line).trim().to_owned();
                    let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
                    if lines.len() == KEPT {
                        lines.pop_front();
                    }
                    lines.push_back(text);
                }
            }
        }
    }

    /// Waits until the program has said its last word, which may still be on its way; 200 ms at most.
    pub async fn last_words(&self) {
        let _ = tokio::time::timeout(Duration::from_millis(200), self.ended.cancelled()).await;
    }

    /// Returns the first line with one of these words, else the last line that says anything; at most 300 characters.
    pub fn telling_line(&self, words: &[&str]) -> Option<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let telling = |line: &&String| words.iter().any(|word| line.contains(word));
        let found = lines.iter().find(telling).or_else(|| lines.iter().rev().find(|line| !line.is_empty()))?;
        Some(found.chars().filter(|character| !character.is_control()).take(300).collect())
    }
}
