//! Pages of our own, with what is expected of them beside each: `x.html`, its `x.full.md` and
//! `x.main.md`. Set `BROWSR_UPDATE=1` to write the expectations anew, then read the diff.

use std::{env, fs, path::Path};

use browsr_core::markdown::{Options, convert};

fn pages() -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/markdown/pages");
    let mut pages: Vec<_> = fs::read_dir(folder)
        .expect("the folder is part of the repository")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "html"));
    pages.sort();
    pages
}

#[test]
fn pages_convert_as_expected() {
    let update = env::var_os("BROWSR_UPDATE").is_some();
    let mut wrong = Vec::new();
    for path in pages() {
        let html = fs::read_to_string(&path).expect("the page is readable");
        for (kind, main) in [("full", false), ("main", true)] {
            let base: url::Url = "https://example.com/section/page.html".parse().expect("the address is valid");
            let options = Options::new().with_only_main_content(main).with_base_url(base);
            let found = convert(&html, &options).text;
            let expected_path = path.with_extension(format!("{kind}.md"));
            if update {
                fs::write(&expected_path, &found).expect("the folder is writable");
            }
            let expected = fs::read_to_string(&expected_path).unwrap_or_default();
            if found != expected {
                wrong.push(format!("--- {} expected\n{expected}\n--- found\n{found}", expected_path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_converted_page_converts_to_itself_again() {
    for path in pages() {
        let html = fs::read_to_string(&path).expect("the page is readable");
        let main = browsr_core::markdown::main_content(&html, &Options::new()).html;
        let again = browsr_core::markdown::main_content(&main, &Options::new().with_only_main_content(false)).html;
        assert_eq!(main, again, "{}", path.display());
    }
}
