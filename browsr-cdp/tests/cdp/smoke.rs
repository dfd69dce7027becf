use std::time::{Duration, Instant};

use browsr_cdp::{CdpBackend, HeadlessBinary, LaunchOptions};
use browsr_core::*;

#[tokio::test(flavor = "multi_thread")]
async fn smoke() {
    for headless in [HeadlessBinary::Shell, HeadlessBinary::Full] {
        let cx = &OpContext::within(Duration::from_secs(30));
        let backend = CdpBackend::launch(LaunchOptions::new().with_headless(headless));
        let at = Instant::now();
        let session = backend.create_session(&Endpoint::Local, &SessionOptions::new(), cx).await.unwrap();
        println!("{headless:?} first session {:?}", at.elapsed());
        let at = Instant::now();
        let second = backend.create_session(&Endpoint::Local, &SessionOptions::new(), cx).await.unwrap();
        println!("second session {:?} {:?}", at.elapsed(), backend.info());
        let at = Instant::now();
        let value = session.evaluate(&Script::expression("1+1"), cx).await.unwrap();
        println!("{value} {:?}", at.elapsed());
        let value = session
            .evaluate(&Script::function("(a)=>[a+1, document.URL, navigator.userAgent, __browsr]").arg(1), cx)
            .await
            .unwrap();
        println!("{value} {:?}", at.elapsed());
        let at = Instant::now();
        for _ in 0..1000 {
            session.evaluate(&Script::expression("1+1"), cx).await.unwrap();
        }
        println!("evaluate {:?}", at.elapsed() / 1000);
        println!("{:?}", session.cookies(cx).await.unwrap());
        let image = session.screenshot(&ScreenshotOptions::new(), cx).await.unwrap();
        println!("{image:?}");
        println!("{:?}", session.navigate(&NavigateTo::Url("http://127.0.0.1:1/".parse().unwrap()), cx).await);
        let at = Instant::now();
        session.close(cx).await.unwrap();
        second.close(cx).await.unwrap();
        println!("closed {:?}", at.elapsed());
        let at = Instant::now();
        backend.shutdown(cx).await.unwrap();
        println!("shutdown {:?}", at.elapsed());
    }
}
