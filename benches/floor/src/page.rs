//! The pages that are measured, served on loopback.

use std::fmt::Write as _;
use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Serves the pages, and returns their origin.
pub async fn serve() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let article = article();
    // The same, written by a script while the page loads.
    let scripted = format!(
        "<!doctype html><title>The town on the river</title><body><script>const words = {:?}; document.write(words.slice(words.indexOf('<main>')));</script>",
        article
    );
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (article, scripted) = (article.clone(), scripted.clone());
            tokio::spawn(async move {
                let mut request = [0; 8192];
                while let Ok(read @ 1..) = stream.read(&mut request).await {
                    let body = match &request[..read] {
                        request if request.starts_with(b"GET /article") => article.as_str(),
                        request if request.starts_with(b"GET /scripted") => scripted.as_str(),
                        _ => HOME,
                    };
                    let head = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\r\n",
                        body.len()
                    );
                    if stream.write_all((head + body).as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    Ok(origin)
}

/// A port that was free a moment ago.
pub fn free_port() -> io::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

const HOME: &str = "<!doctype html><title>Home</title><button id=button>Press</button><input id=field>\
<script>let clicks = 0; document.querySelector('#button').onclick = () => { clicks++ }</script>";

/// An article of 50 KB: headings, paragraphs with links and emphasis, lists, a table, between a menu and a footer.
fn article() -> String {
    let words = "The river comes down from the hills in three arms, and the town has grown where they meet";
    let mut html = String::from(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>The town on the river</title>\
         <meta name=description content='A town and its river.'><style>body { font: 16px/1.5 sans-serif; margin: 2em }</style></head>\
         <body><nav><ul><li><a href=/>Home</a><li><a href=/about>About</a></ul></nav><main><article><h1>The town on the river</h1>",
    );
    let mut section = 0;
    while html.len() < 50_000 {
        section += 1;
        let _ = write!(html, "<h2>Part {section}</h2>");
        for paragraph in 0..4 {
            let _ = write!(
                html,
                "<p>{words}; so says <a href='/source/{section}/{paragraph}'>the chronicle</a>, and <em>nobody</em> doubts it. \
                 {words}, number {paragraph}, with <strong>great care</strong> and <code>precision</code>. {words}.</p>"
            );
        }
        html.push_str("<ul><li>the mill<li>the bridge<li>the market</ul><table><tr><th>Year<th>People</tr><tr><td>1900<td>4,000</tr></table>");
    }
    html.push_str("</article></main><footer><p>Imprint, contact, and so on.</p></footer></body></html>");
    html
}
