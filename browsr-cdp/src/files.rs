//! Files for uploads, and `localStorage` of origins that are not open.

use std::path::{Path, PathBuf};

use browsr_core::cookie::OriginState;
use browsr_core::{Error, ErrorKind, OpContext, Result, Script};
use chromiumoxide::cdp::browser_protocol::{fetch, page, target};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use url::Url;

use crate::connection::SessionKey;
use crate::error::CallError;
use crate::session::CdpSession;
use crate::state::Look;

const WRITE: &str =
    "(items)=>{for(const [key,value] of items)localStorage.setItem(key,value);return localStorage.length}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Navigated {
    error_text: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    exception_details: Option<serde_json::Value>,
}

impl CdpSession {
    pub(crate) async fn choose_files(&self, locate: &Script, paths: &[PathBuf], cx: &OpContext) -> Result<()> {
        let (session, object) = self.run_for_object(locate, cx).await?;
        let Some(object) = object.get("objectId") else {
            return Err(Error::new(ErrorKind::NoSuchElement, "the script returned no element to give files to"));
        };
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            files.push(self.readable(path).await?);
        }
        let params = json!({ "files": files, "objectId": object });
        let set: Result<serde::de::IgnoredAny, _> =
            self.connection().call_as(Some(&session), "DOM.setFileInputFiles", &params, cx).await;
        self.connection().post(Some(&session), "Runtime.releaseObject", &json!({ "objectId": object }));
        match set {
            Ok(_) => Ok(()),
            Err(CallError::Refused { message, .. }) => {
                Err(Error::new(ErrorKind::ElementNotInteractable, format!("the element takes no files: {message}")))
            }
            Err(error) => Err(error.into_error("giving files to the page")),
        }
    }

    /// Returns a path that the browser may read: a copy, where it runs as another user.
    async fn readable(&self, path: &Path) -> Result<PathBuf> {
        let fail = |source: std::io::Error| {
            Error::invalid("paths", format!("cannot read {}", path.display())).with_source(source)
        };
        let path = tokio::fs::canonicalize(path).await.map_err(fail)?;
        let Some((directory, user)) = self.browser().files.as_ref().and_then(|own| Some((&own.directory, own.user?)))
        else {
            return Ok(path);
        };
        // A directory for each, so that names stay as they are.
        let own = directory.join(uuid::Uuid::new_v4().simple().to_string());
        let copy = own.join(path.file_name().unwrap_or_default());
        let made = copy.clone();
        let copied = tokio::task::spawn_blocking(move || {
            std::fs::create_dir(&own)?;
            std::fs::copy(&path, &copy)?;
            #[cfg(unix)]
            for path in [&copy, &own] {
                std::os::unix::fs::chown(path, Some(user), Some(user))?;
            }
            #[cfg(not(unix))]
            let _ = user;
            Ok(())
        });
        copied.await.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(fail)?;
        Ok(made)
    }

    pub(crate) async fn write_origins(&self, origins: &[OriginState], cx: &OpContext) -> Result<()> {
        let mut wanted = Vec::new();
        for origin in origins.iter().filter(|origin| !origin.local_storage.is_empty()) {
            let url = Url::parse(&origin.origin).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            let url =
                url.ok_or_else(|| Error::invalid("origins", format!("{:?} is no origin of the web", origin.origin)))?;
            let items: Vec<_> = origin.local_storage.iter().map(|item| (&item.key, &item.value)).collect();
            wanted.push((url, json!(items)));
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let mut has_crashed = false;
        loop {
            let target = self.open_internal(cx).await?;
            let written = self.write_all(&target, &wanted, cx).await;
            let closed = self.connection().call(None, &target::CloseTargetParams::new(target.to_string()), cx).await;
            match written.and(closed.map(drop)) {
                // Full Chromium crashes now and then on a document that was made up for it. What is written once more is the
                // same.
                Err(CallError::Crashed) if !has_crashed => has_crashed = true,
                result => return result.map_err(|error| error.into_error("writing storage")),
            }
        }
    }

    async fn write_all(
        &self,
        target: &Arc<str>,
        wanted: &[(Url, serde_json::Value)],
        cx: &OpContext,
    ) -> Result<(), CallError> {
        let session = self.internal_session(target).ok_or(CallError::Detached)?;
        let session = Some(&session);
        self.connection().call(session, &fetch::EnableParams::default(), cx).await?;
        for (url, items) in wanted {
            let params = page::NavigateParams::new(url.as_str());
            let gone: Navigated = self.connection().call_as(session, "Page.navigate", &params, cx).await?;
            if let Some(text) = gone.error_text {
                return Err(CallError::Refused { code: 0, message: text.into() });
            }
            let params = json!({
                "expression": format!("({WRITE})({items})"),
                "returnByValue": true,
            });
            let written: Written = self.connection().call_as(session, "Runtime.evaluate", &params, cx).await?;
            if written.exception_details.is_some() {
                return Err(CallError::Refused { code: 0, message: "the storage takes no more".into() });
            }
        }
        Ok(())
    }

    /// Opens a page of our own in the context of the session.
    async fn open_internal(&self, cx: &OpContext) -> Result<Arc<str>> {
        let fail = |error: CallError| error.into_error("opening a page");
        let params = target::CreateTargetParams {
            browser_context_id: self.context().map(|context| context.to_owned().into()),
            background: Some(true),
            ..target::CreateTargetParams::new("about:blank")
        };
        self.state().lock().expects_internal = true;
        let created = self.connection().call(None, &params, cx).await.map_err(fail)?;
        let target: Arc<str> = created.target_id.as_ref().into();
        if self.context().is_none() {
            self.browser().router.add_target(&target, self.state());
            let attach = target::AttachToTargetParams {
                flatten: Some(true),
                ..target::AttachToTargetParams::new(target.to_string())
            };
            self.connection().call(None, &attach, cx).await.map_err(fail)?;
        }
        self.state()
            .wait("a page was being opened", cx, |inner| match inner.page_of(&target) {
                Some(_) => Look::Ready(Ok(())),
                None => Look::Wait,
            })
            .await?;
        Ok(target)
    }

    fn internal_session(&self, target: &str) -> Option<SessionKey> {
        self.state().lock().page_of(target).map(|page| Arc::clone(&page.session))
    }
}
