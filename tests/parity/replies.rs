//! What the site answers: answers made to order, and a few that need more than words.

use std::time::Duration;

use crate::site::{Reply, Request};

/// A red picture of 8 by 8 points.
pub(crate) const PIXEL: &[u8] = include_bytes!("dot.png");
/// The words `pressed flat`, by gzip.
const GZIPPED: &[u8] = include_bytes!("words.gz");
/// A page of paper without anything on it.
const PAPER: &str = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
    2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
    3 0 obj<</Type/Page/MediaBox[0 0 200 100]/Parent 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n";

pub(crate) fn reply(path: &str, query: &str, request: &Request) -> Reply {
    match path {
        "/made" => made(query, request),
        "/words.gz" => Reply::new("text/plain", GZIPPED).with("content-encoding", "gzip"),
        "/paper.pdf" => Reply::new("application/pdf", PAPER),
        "/tone.wav" => ranged(&tone(), "audio/wav", request),
        "/picture.svg" => Reply::new(
            "image/svg+xml",
            "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='10'><rect width='20' height='10' fill='teal'/></svg>",
        ),
        "/taken" => {
            let kind = request.header("content-type").unwrap_or("none").split(';').next().unwrap_or_default();
            let body = String::from_utf8_lossy(&request.body);
            let text = match body.len() {
                0..=400 => format!("{} {kind} {body}", request.method),
                length => format!("{} {kind} {length} bytes", request.method),
            };
            Reply::new("text/plain", text)
        }
        "/drip" => {
            let piece = |number: usize| (Duration::from_millis(60), format!("drop {number}\n").into_bytes());
            Reply { pieces: (0..4).map(piece).collect(), ..Reply::new("text/plain; charset=utf-8", "") }
        }
        "/stream" => {
            let piece = |number: usize| {
                (Duration::from_millis(20), format!("id: {number}\ndata: beat {number}\n\n").into_bytes())
            };
            Reply { pieces: (0..3).map(piece).collect(), ..Reply::new("text/event-stream", "") }
        }
        "/circle" => Reply { status: 302, ..Reply::default() }.with("location", format!("/circle?{query}")),
        _ if path.starts_with("/missing") => Reply { status: 404, ..Reply::new("text/html", "<h1>Not here</h1>") },
        _ => Reply::new("text/plain", "plain words"),
    }
}

/// Makes the answer that the query asks for: `t` type, `b` body, `x` body in hex, `s` status, `h` header (often), `w`
/// milliseconds to hold it back. A location `*` in a header gets what the `to` parameter says.
fn made(query: &str, request: &Request) -> Reply {
    let mut reply = Reply { status: 200, ..Reply::default() };
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let bytes = decode(value);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match name {
            "t" => reply = reply.with("content-type", text),
            "b" => reply.body = bytes,
            "x" => reply.body = from_hex(&text),
            "s" => reply.status = text.parse().unwrap_or(500),
            "h" => {
                if let Some((name, value)) = text.split_once(": ") {
                    reply = reply.with(&name.to_ascii_lowercase(), value);
                }
            }
            "w" => reply.wait = Duration::from_millis(text.parse().unwrap_or(0)),
            _ => {}
        }
    }
    if let Some(origin) = request.header("origin")
        && !reply.headers.iter().any(|(name, _)| name == "access-control-allow-origin")
        && !query.contains("closed=1")
    {
        reply = reply.with("access-control-allow-origin", origin).with("access-control-allow-credentials", "true");
    }
    reply
}

/// Decodes what a URL or a form has encoded.
fn decode(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let pair = [bytes.next().unwrap_or(b'0'), bytes.next().unwrap_or(b'0')];
                std::str::from_utf8(&pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or(b'?')
            }
            other => other,
        });
    }
    decoded
}

pub(crate) fn decode_text(text: &str) -> String {
    String::from_utf8_lossy(&decode(text)).into_owned()
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks_exact(2).filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}

/// Half a second of a low tone, as 8-bit samples.
fn tone() -> Vec<u8> {
    const RATE: u32 = 8000;
    let samples: Vec<u8> = (0..RATE / 2).map(|at| if at / 20 % 2 == 0 { 100 } else { 156 }).collect();
    let length = RATE / 2;
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + length).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16_u32.to_le_bytes());
    for number in [1_u16, 1] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    for number in [RATE, RATE] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    for number in [1_u16, 8] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(b"data");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(&samples);
    file
}

/// Answers with the range that was asked for: media elements ask for parts.
fn ranged(file: &[u8], content_type: &str, request: &Request) -> Reply {
    let whole = Reply::new(content_type, file).with("accept-ranges", "bytes");
    let Some((from, to)) = request.header("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-'))
    else {
        return whole;
    };
    let from: usize = from.parse().unwrap_or(0);
    let to = to.parse().unwrap_or(file.len() - 1).min(file.len() - 1);
    if from > to {
        return Reply { status: 416, ..Reply::new(content_type, "") };
    }
    let part = Reply { status: 206, ..Reply::new(content_type, &file[from..=to]) };
    part.with("accept-ranges", "bytes").with("content-range", format!("bytes {from}-{to}/{}", file.len()))
}

pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        401 => "Unauthorized",
        404 => "Not Found",
        416 => "Range Not Satisfiable",
        500 => "Internal Server Error",
        _ => "As Asked",
    }
}
