//! Bytes in: no panic, output bounded by the input, one newline at the end.
//! Run with `cargo +nightly fuzz run markdown -- -timeout=5 -rss_limit_mb=1024`: the timeout and
//! the memory limit catch work that is not linear.
#![no_main]

use browsr_core::markdown::{Options, convert, main_content};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let html = String::from_utf8_lossy(bytes);
    for main in [false, true] {
        let options = Options::new().with_only_main_content(main);
        let text = convert(&html, &options).text;
        assert!(text.len() <= 60 * (html.len() + 20));
        assert!(text.is_empty() || text.ends_with('\n') && !text.ends_with("\n\n"));
        main_content(&html, &options);
    }
});
