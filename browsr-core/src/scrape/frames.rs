//! The text of the frames of a page, in its place in the Markdown.

use std::fmt::Write as _;
use std::pin::Pin;
use std::time::{Duration, Instant};

use url::{Host, Url};

use super::page::{self, Flat, Page, Reading};
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::script::script;
use crate::session::{FrameRef, Script, Session};

/// How many frames are read, how deep, how much of them, and for how long.
const MAX_FRAMES: u32 = 20;
const MAX_DEPTH: u32 = 3;
const MAX_BYTES: usize = 2_000_000;
const PATIENCE: Duration = Duration::from_millis(1500);
/// How often a frame that has not settled is asked again.
const AGAIN: Duration = Duration::from_millis(30);

const FRAME_AT: &str = script!("locate", "flat" => "frameAt");

/// Puts the text of the frames in the place of their marks. Returns what to warn of.
pub(super) async fn inline(
    session: &dyn Session,
    page: &mut Page,
    reading: &Reading<'_>,
    cx: &OpContext,
) -> Result<Vec<String>> {
    let Some(flat) = page.flat.as_mut().filter(|flat| !flat.frames.is_empty()) else { return Ok(Vec::new()) };
    let until = Instant::now() + PATIENCE.min(cx.remaining() / 2);
    let mut inliner = Inliner {
        session,
        reading,
        site: Url::parse(&page.url).ok().as_ref().and_then(site),
        text: flat.text,
        until,
        count: 0,
        bytes: 0,
        beyond: 0,
        unread: 0,
        foreign: Vec::new(),
        hidden: Vec::new(),
    };
    inliner.fill(flat, &FrameRef::MAIN, 0, cx).await?;
    flat.hidden.append(&mut inliner.hidden);
    Ok(inliner.warnings())
}

/// Takes the marks away, where the frames are not there any more.
pub(super) fn without(page: &mut Page, mark: &str) {
    if let Some(Flat { html: Some(html), frames, .. }) = &mut page.flat {
        for index in frames {
            *html = html.replace(&format!("{mark}{index};"), "");
        }
    }
}

struct Inliner<'a> {
    session: &'a dyn Session,
    reading: &'a Reading<'a>,
    site: Option<String>,
    /// How much text the page has beside its frames.
    text: usize,
    until: Instant,
    count: u32,
    bytes: usize,
    /// How many frames there are beyond what is read at most, and how many could not be read.
    beyond: u32,
    unread: u32,
    /// The hosts of frames that are no part of the main content.
    foreign: Vec<String>,
    /// What nobody sees in frames.
    hidden: Vec<page::Hidden>,
}

type Work<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

impl Inliner<'_> {
    /// Fills the marks of a document, `depth` frames deep.
    fn fill<'a>(&'a mut self, flat: &'a mut Flat, place: &'a FrameRef, depth: u32, cx: &'a OpContext) -> Work<'a> {
        Box::pin(async move {
            let Some(html) = &mut flat.html else { return Ok(()) };
            for index in &flat.frames {
                let text = self.frame(*index, place, depth, cx).await?;
                *html = html.replacen(&format!("{}{index};", self.reading.mark), &text, 1);
            }
            Ok(())
        })
    }

    /// Returns the HTML that stands for a frame: nothing where it has no text.
    async fn frame(&mut self, index: usize, place: &FrameRef, depth: u32, cx: &OpContext) -> Result<String> {
        if self.count >= MAX_FRAMES || depth >= MAX_DEPTH || self.bytes >= MAX_BYTES || Instant::now() >= self.until {
            self.beyond += 1;
            return Ok(String::new());
        }
        self.count += 1;
        let (frame, mut page) = match self.read(index, place, cx).await {
            // A page of the browser's own, in place of one that did not come or may not be framed.
            Ok((_, page)) if page.is_the_browsers() => {
                self.unread += 1;
                return Ok(String::new());
            }
            Ok(found) => found,
            Err(error) if concerns_the_session(error.kind()) => return Err(error),
            Err(_) => {
                self.unread += 1;
                return Ok(String::new());
            }
        };
        let Some(mut flat) = page.flat.take().filter(|flat| flat.text > 0 || !flat.frames.is_empty()) else {
            return Ok(String::new());
        };
        self.hidden.append(&mut flat.hidden);
        let url = Url::parse(&page.url).ok();
        if let Some(host) = url.as_ref().and_then(|url| self.is_beside(url, flat.text)) {
            self.foreign.push(host);
            return Ok(String::new());
        }
        self.bytes += flat.html.as_ref().map_or(0, String::len);
        if self.bytes > MAX_BYTES {
            self.beyond += 1;
            return Ok(String::new());
        }
        self.fill(&mut flat, &frame, depth + 1, cx).await?;
        let body = flat.html.unwrap_or_default();
        Ok(match url.filter(|url| url.scheme().starts_with("http")) {
            Some(url) => {
                let url = url.as_str().replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
                format!("<section><p><a href=\"{url}\">{url}</a></p>{body}</section>")
            }
            None => format!("<section>{body}</section>"),
        })
    }

    /// Reads a frame once it has settled, or as it is when the time is over.
    async fn read(&self, index: usize, place: &FrameRef, cx: &OpContext) -> Result<(FrameRef, Page)> {
        let cx = &cx.capped(self.until.saturating_duration_since(Instant::now()) + Duration::from_millis(300));
        let locate = Script::function(FRAME_AT).arg(index).in_frame(place).idempotent();
        loop {
            let force = Instant::now() + AGAIN >= self.until;
            let found = async {
                let frame = self.session.frame(&locate, cx).await?;
                let reading = Reading { frame: frame.clone(), ..*self.reading };
                let page = page::snapshot(self.session, &reading, force, cx).await?;
                Ok::<_, Error>(page.map(|page| (frame, page)))
            };
            match found.await {
                Ok(Some(found)) => return Ok(found),
                // One that goes on to another page is looked for anew.
                Err(error)
                    if force || !matches!(error.kind(), ErrorKind::NoSuchFrame | ErrorKind::StaleElementReference) =>
                {
                    return Err(error);
                }
                Ok(None) | Err(_) => tokio::time::sleep(AGAIN).await,
            }
        }
    }

    /// Returns the host of a frame that is beside the main content: of another site, and with little of the text.
    fn is_beside(&self, url: &Url, text: usize) -> Option<String> {
        let foreign = self.reading.request.only_main_content && site(url).is_some_and(|own| Some(own) != self.site);
        (foreign && text.saturating_mul(5) < self.text + text).then(|| url.host_str().unwrap_or_default().to_owned())
    }

    fn warnings(self) -> Vec<String> {
        let mut warnings = Vec::new();
        let frames = |count: u32| if count == 1 { "a frame was".to_owned() } else { format!("{count} frames were") };
        if self.beyond > 0 {
            warnings.push(format!("{} left out: too many, too deep, too large or too late", frames(self.beyond)));
        }
        if self.unread > 0 {
            warnings.push(format!("{} left out, which could not be read", frames(self.unread)));
        }
        if !self.foreign.is_empty() {
            let mut said = String::from("the text of frames of other sites is no part of the main content: ");
            let mut hosts = self.foreign;
            hosts.sort();
            hosts.dedup();
            let _ = write!(said, "{}", hosts.join(", "));
            warnings.push(said);
        }
        warnings
    }
}

/// What is the same for hosts of one site, as far as names tell: the last two labels, as there is no list of suffixes
/// here. Taking too much for one site only keeps more text. None for a document without a host, which is its parent's.
fn site(url: &Url) -> Option<String> {
    match url.host()? {
        Host::Domain(name) => {
            let labels: Vec<_> = name.rsplitn(3, '.').collect();
            Some(labels.into_iter().take(2).collect::<Vec<_>>().join("."))
        }
        address => Some(address.to_string()),
    }
}

fn concerns_the_session(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::SessionLost | ErrorKind::PageCrashed | ErrorKind::Denied | ErrorKind::InvalidSessionId)
}

/// Makes what stands before the number of a frame: no page can know it.
pub(super) fn mark() -> String {
    format!("browsr-{}-", uuid::Uuid::new_v4().simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_one_site_are_alike() {
        let of = |url: &str| site(&Url::parse(url).unwrap());
        assert_eq!(of("https://docs.example.com/a"), of("https://embed.example.com:81/"));
        assert_eq!(of("http://localhost/"), of("http://localhost:8080/"));
        assert_ne!(of("https://example.com/"), of("https://example.org/"));
        assert_ne!(of("http://127.0.0.1/"), of("http://127.0.0.2/"));
        assert_eq!(of("about:srcdoc"), None);
    }
}
