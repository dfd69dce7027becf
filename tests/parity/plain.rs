//! The plain browser: a bare loop over its protocol, with no more calls than it takes to open a page and evaluate.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::probe::Probe;
use crate::site::Site;
use crate::subjects::{Kind, word};

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A browser that was started without browsr.
pub(crate) struct Plain {
    kind: Kind,
    child: Child,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next: u64,
    /// The DevTools session of the page, or the browsing context.
    page: String,
    target: String,
    _profile: TempDir,
}

/// Settings without which Firefox asks its makers for things while it is measured.
const PREFERENCES: &str = "user_pref('browser.aboutwelcome.enabled', false);\n\
    user_pref('datareporting.policy.dataSubmissionEnabled', false);\n\
    user_pref('browser.shell.checkDefaultBrowser', false);\nuser_pref('app.update.enabled', false);\n";

impl Plain {
    pub(crate) async fn start(kind: Kind) -> Outcome<Self> {
        let profile = tempfile::Builder::new().prefix("parity-plain-").tempdir()?;
        let path = kind.program().ok_or_else(|| format!("no {kind:?} on the PATH"))?;
        let mut child = command(kind, &path, profile.path())?.spawn()?;
        let mut lines = BufReader::new(child.stderr.take().ok_or("no stderr")?).lines();
        let url = loop {
            let line = lines.next_line().await?.ok_or("the browser ended at once")?;
            if line.contains("DevTools listening on ") || line.contains("WebDriver BiDi listening on ") {
                break line.rsplit(' ').next().unwrap_or_default().to_owned();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let url = if kind == Kind::Firefox { format!("{url}/session") } else { url };
        let (socket, _) = tokio_tungstenite::connect_async(url).await?;
        let mut plain =
            Self { kind, child, socket, next: 0, page: String::new(), target: String::new(), _profile: profile };
        if kind == Kind::Firefox {
            plain.call("session.new", json!({ "capabilities": {} })).await?;
        } else {
            // Dialogs of popups are answered too.
            plain.call_browser("Target.setDiscoverTargets", json!({ "discover": true })).await?;
        }
        plain.renew().await?;
        Ok(plain)
    }

    /// Opens a page of its own for what follows, and closes every other.
    pub(crate) async fn renew(&mut self) -> Outcome<()> {
        if self.kind == Kind::Firefox {
            let made = self.call("browsingContext.create", json!({ "type": "tab" })).await?;
            self.page = text(&made["context"])?;
            self.call("browsingContext.activate", json!({ "context": self.page })).await?;
        } else {
            let made = self.call_browser("Target.createTarget", json!({ "url": "about:blank" })).await?;
            self.target = text(&made["targetId"])?;
            let attach = json!({ "targetId": self.target, "flatten": true });
            let made = self.call_browser("Target.attachToTarget", attach).await?;
            self.page = text(&made["sessionId"])?;
            self.call("Page.enable", json!({})).await?;
            self.call("Page.bringToFront", json!({})).await?;
        }
        self.tidy().await
    }

    /// Closes pages that a probe has left.
    pub(crate) async fn tidy(&mut self) -> Outcome<()> {
        if self.kind == Kind::Firefox {
            let tree = self.call("browsingContext.getTree", json!({ "maxDepth": 0 })).await?;
            for context in tree["contexts"].as_array().into_iter().flatten() {
                if context["context"] != self.page.as_str() {
                    let _ = self.call("browsingContext.close", json!({ "context": context["context"] })).await;
                }
            }
            return Ok(());
        }
        let targets = self.call_browser("Target.getTargets", json!({})).await?;
        for target in targets["targetInfos"].as_array().into_iter().flatten() {
            if target["type"] == "page" && target["targetId"] != self.target.as_str() {
                let _ = self.call_browser("Target.closeTarget", json!({ "targetId": target["targetId"] })).await;
            }
        }
        Ok(())
    }

    /// Goes to a URL and waits for its load event.
    pub(crate) async fn navigate(&mut self, url: &str) -> Outcome<()> {
        if self.kind == Kind::Firefox {
            let params = json!({ "context": self.page, "url": url, "wait": "complete" });
            self.call("browsingContext.navigate", params).await?;
            return Ok(());
        }
        self.send(true, "Page.navigate", json!({ "url": url })).await?;
        let loaded = async {
            loop {
                let message = self.read().await?;
                if message["method"] == "Page.loadEventFired" && message["sessionId"] == self.page.as_str() {
                    return Outcome::Ok(());
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), loaded).await?
    }

    /// Evaluates an expression, as if the user had just acted, and gives its text.
    pub(crate) async fn evaluate(&mut self, expression: &str) -> Outcome<String> {
        let value = if self.kind == Kind::Firefox {
            let target = json!({ "context": self.page });
            let params = json!({
                "expression": expression, "awaitPromise": true, "target": target, "userActivation": true,
            });
            let result = self.call("script.evaluate", params).await?;
            if result["type"] != "success" {
                return Err(result.to_string().into());
            }
            result["result"]["value"].clone()
        } else {
            let params = json!({
                "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true,
            });
            let result = self.call("Runtime.evaluate", params).await?;
            if result["exceptionDetails"].is_object() {
                return Err(result.to_string().into());
            }
            result["result"]["value"].clone()
        };
        Ok(value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
    }

    /// Takes a probe's answer. After an error the browser is of no more use.
    pub(crate) async fn answer(&mut self, site: &Site, probe: &Probe) -> Outcome<String> {
        if probe.fresh {
            self.renew().await?;
        }
        let word = word();
        let work = async {
            self.navigate(&site.url(&probe.path(&word))).await?;
            self.evaluate(&probe.expression(&site.url(""), &site.far(""), &word)).await
        };
        let answer = tokio::time::timeout(Duration::from_secs(20), work).await;
        let answer = answer.unwrap_or_else(|_| Err("the page does not answer".into()));
        if answer.is_ok() {
            self.tidy().await?;
        }
        answer
    }

    /// Ends the browser.
    pub(crate) async fn stop(mut self) {
        let method = if self.kind == Kind::Firefox { "browser.close" } else { "Browser.close" };
        let _ = tokio::time::timeout(Duration::from_secs(3), self.call_browser(method, json!({}))).await;
        if tokio::time::timeout(Duration::from_secs(5), self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }

    async fn call(&mut self, method: &str, params: Value) -> Outcome<Value> {
        let id = self.send(self.kind != Kind::Firefox, method, params).await?;
        self.reply(id).await
    }

    async fn call_browser(&mut self, method: &str, params: Value) -> Outcome<Value> {
        let id = self.send(false, method, params).await?;
        self.reply(id).await
    }

    async fn send(&mut self, to_page: bool, method: &str, params: Value) -> Outcome<u64> {
        self.next += 1;
        let mut call = json!({ "id": self.next, "method": method, "params": params });
        if to_page {
            call["sessionId"] = self.page.as_str().into();
        }
        self.socket.send(Message::text(call.to_string())).await?;
        Ok(self.next)
    }

    /// Reads a message. Dialogs are answered on the way, as a session answers them.
    async fn read(&mut self) -> Outcome<Value> {
        loop {
            if let Message::Text(text) = self.socket.next().await.ok_or("the browser hung up")?? {
                let message: Value = serde_json::from_str(&text)?;
                let params = &message["params"];
                let answer = match message["method"].as_str() {
                    Some("Page.javascriptDialogOpening") => Some((
                        "Page.handleJavaScriptDialog",
                        json!({ "accept": params["type"] == "beforeunload" }),
                        &message["sessionId"],
                    )),
                    Some("Target.targetCreated") if params["targetInfo"]["openerId"].is_string() => Some((
                        "Target.attachToTarget",
                        json!({ "targetId": params["targetInfo"]["targetId"], "flatten": true }),
                        &Value::Null,
                    )),
                    Some("Target.attachedToTarget") => Some(("Page.enable", json!({}), &params["sessionId"])),
                    _ => None,
                };
                if let Some((method, params, session)) = answer {
                    self.next += 1;
                    let mut call = json!({ "id": self.next, "method": method, "params": params });
                    if session.is_string() {
                        call["sessionId"] = session.clone();
                    }
                    self.socket.send(Message::text(call.to_string())).await?;
                }
                return Ok(message);
            }
        }
    }

    async fn reply(&mut self, id: u64) -> Outcome<Value> {
        let until = tokio::time::Instant::now() + Duration::from_secs(20);
        loop {
            let mut message = tokio::time::timeout_at(until, self.read()).await??;
            if message["id"] == id {
                if !message["error"].is_null() {
                    return Err(message.to_string().into());
                }
                return Ok(message["result"].take());
            }
        }
    }
}

impl Drop for Plain {
    /// Ends what is left of the browser, also where a failure came before [`Plain::stop`].
    fn drop(&mut self) {
        if let Some(pid) = self.child.id() {
            let group = format!("-{pid}");
            let _ = std::process::Command::new("kill").args(["-9", "--", &group]).status();
        }
    }
}

fn command(kind: Kind, program: &Path, profile: &Path) -> Outcome<Command> {
    let mut command = Command::new(program);
    command.arg("--headless").arg("--remote-debugging-port=0");
    if kind == Kind::Firefox {
        std::fs::write(profile.join("user.js"), PREFERENCES)?;
        command.arg("--no-remote").arg("--profile").arg(profile).args(["-width", "1280", "-height", "720"]);
    } else {
        let mut folder = std::ffi::OsString::from("--user-data-dir=");
        folder.push(profile);
        command.args(["--no-sandbox", "--window-size=1280,720", "--mute-audio"]).arg(folder);
    }
    // Debian's program is a script with the browser as its child: both end by their group.
    #[cfg(unix)]
    command.process_group(0);
    command.arg("about:blank").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    Ok(command)
}

fn text(value: &Value) -> Outcome<String> {
    Ok(value.as_str().ok_or("no text")?.to_owned())
}
