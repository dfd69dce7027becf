//! The hand-written side: a websocket, the least calls, and no more checks than it takes to be right.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::Outcome;

pub struct Hand {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next: u64,
}

/// A page in a context of its own.
pub struct Page {
    context: String,
    session: String,
}

impl Hand {
    pub async fn connect(port: u16) -> Outcome<Self> {
        // The browser opens its port a little after it first answers on its pipe.
        let mut tries = 0;
        let mut stream = loop {
            match TcpStream::connect(("127.0.0.1", port)).await {
                Err(_) if tries < 100 => tries += 1,
                result => break result?,
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        };
        let request = format!("GET /json/version HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = vec![0; 4096];
        let mut text = String::new();
        while !text.contains("webSocketDebuggerUrl") || !text.trim_end().ends_with('}') {
            let read = stream.read(&mut answer).await?;
            if read == 0 {
                break;
            }
            text.push_str(&String::from_utf8_lossy(&answer[..read]));
        }
        let body = &text[text.find('{').ok_or("no JSON")?..];
        let version: Value = serde_json::from_str(body.trim())?;
        let url = version["webSocketDebuggerUrl"].as_str().ok_or("no URL")?;
        let (socket, _) = tokio_tungstenite::connect_async(url).await?;
        Ok(Self { socket, next: 0 })
    }

    async fn send(&mut self, session: Option<&str>, method: &str, params: Value) -> Outcome<u64> {
        self.next += 1;
        let mut call = json!({ "id": self.next, "method": method, "params": params });
        if let Some(session) = session {
            call["sessionId"] = session.into();
        }
        self.socket.send(Message::text(call.to_string())).await?;
        Ok(self.next)
    }

    async fn read(&mut self) -> Outcome<Value> {
        loop {
            if let Message::Text(text) = self.socket.next().await.ok_or("closed")?? {
                return Ok(serde_json::from_str(&text)?);
            }
        }
    }

    async fn reply(&mut self, id: u64) -> Outcome<Value> {
        loop {
            let mut message = self.read().await?;
            if message["id"] == id {
                return Ok(message["result"].take());
            }
        }
    }

    async fn call(&mut self, session: Option<&str>, method: &str, params: Value) -> Outcome<Value> {
        let id = self.send(session, method, params).await?;
        self.reply(id).await
    }

    pub async fn open(&mut self) -> Outcome<Page> {
        let context = self.call(None, "Target.createBrowserContext", json!({})).await?;
        let context = context["browserContextId"].as_str().ok_or("no context")?.to_owned();
        let target = json!({ "url": "about:blank", "browserContextId": context });
        let target = self.call(None, "Target.createTarget", target).await?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.call(None, "Target.attachToTarget", attach).await?;
        let session = session["sessionId"].as_str().ok_or("no session")?.to_owned();
        self.call(Some(&session), "Page.enable", json!({})).await?;
        Ok(Page { context, session })
    }

    pub async fn close(&mut self, page: Page) -> Outcome {
        self.call(None, "Target.disposeBrowserContext", json!({ "browserContextId": page.context })).await?;
        Ok(())
    }

    pub async fn evaluate(&mut self, page: &Page, expression: &str) -> Outcome<Value> {
        let params = json!({ "expression": expression, "returnByValue": true });
        let mut result = self.call(Some(&page.session), "Runtime.evaluate", params).await?;
        Ok(result["result"]["value"].take())
    }

    /// Goes to a URL and waits for its load event.
    pub async fn navigate(&mut self, page: &Page, url: &str) -> Outcome {
        self.send(Some(&page.session), "Page.navigate", json!({ "url": url })).await?;
        while self.read().await?["method"] != "Page.loadEventFired" {}
        Ok(())
    }

    /// Focuses a field, waits a frame to see that it keeps the focus, and sends each key.
    pub async fn type_text(&mut self, page: &Page, selector: &str, text: &str) -> Outcome {
        let expression = format!(
            "new Promise(done => {{ const field = document.querySelector({selector:?}); field.focus(); \
             requestAnimationFrame(() => done(document.activeElement === field)) }})"
        );
        let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let found = self.call(Some(&page.session), "Runtime.evaluate", params).await?;
        if found["result"]["value"] != true {
            return Err("no focus".into());
        }
        for character in text.chars() {
            let character = character.to_string();
            for kind in ["keyDown", "keyUp"] {
                let mut event = json!({ "type": kind, "key": character });
                if kind == "keyDown" {
                    event["text"] = character.as_str().into();
                }
                self.call(Some(&page.session), "Input.dispatchKeyEvent", event).await?;
            }
        }
        Ok(())
    }

    /// Locates, waits two frames, and clicks the middle.
    pub async fn click(&mut self, page: &Page, selector: &str) -> Outcome {
        let expression = format!(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {{\
             const box = document.querySelector({selector:?}).getBoundingClientRect();\
             done([box.x + box.width / 2, box.y + box.height / 2]) }})))"
        );
        let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let found = self.call(Some(&page.session), "Runtime.evaluate", params).await?;
        let point = &found["result"]["value"];
        for (kind, button, count) in [("mouseMoved", "none", 0), ("mousePressed", "left", 1), ("mouseReleased", "left", 1)]
        {
            let event =
                json!({ "type": kind, "x": point[0], "y": point[1], "button": button, "clickCount": count });
            self.call(Some(&page.session), "Input.dispatchMouseEvent", event).await?;
        }
        Ok(())
    }
}
