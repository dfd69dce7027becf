//! [`Identity`]: what the pages of a browser say that they are.

use browsr_core::UserAgent;
use browsr_core::process::{LANGUAGES, Product, platform};
use serde_json::{Value, json};

/// Who a browser is, and what its sessions say of it.
#[derive(Debug)]
pub(crate) struct Identity {
    product: Product,
    /// What it calls itself.
    user_agent: String,
    /// The languages of its pages, if it is ours to decide.
    languages: Option<String>,
}

impl Identity {
    /// Describes a browser that we launched, with the switches of the embedding program.
    pub(crate) fn ours(product: Product, user_agent: String, extra_args: &[String]) -> Self {
        let languages = languages(extra_args).unwrap_or(LANGUAGES).to_owned();
        Self { product, user_agent, languages: Some(languages) }
    }

    /// Describes a browser that runs elsewhere.
    pub(crate) const fn remote(product: Product, user_agent: String) -> Self {
        Self { product, user_agent, languages: None }
    }

    /// Returns what
    /// [`Emulation.setUserAgentOverride`](https://chromedevtools.github.io/devtools-protocol/tot/Emulation/#method-setUserAgentOverride)
    /// takes for a session, if anything is to be different from what the browser does by itself.
    pub(crate) fn params(&self, wanted: &UserAgent) -> Option<Value> {
        let user_agent = match wanted {
            UserAgent::Default if self.user_agent.contains("Headless") => self.product.chromium_user_agent(),
            // The switch that gives it empties the client hints.
            UserAgent::Default if self.languages.is_some() => self.user_agent.clone(),
            UserAgent::Default => return None,
            other => self.product.chromium_for(other),
        };
        let mut params = json!({ "userAgent": user_agent, "platform": platform(&user_agent) });
        if let Some(hints) = self.product.client_hints(&user_agent) {
            params["userAgentMetadata"] = hints;
        }
        if let Some(languages) = &self.languages {
            params["acceptLanguage"] = json!(languages);
        }
        Some(params)
    }
}

/// Returns the languages that the switches of the embedding program choose.
pub(crate) fn languages(switches: &[String]) -> Option<&str> {
    let value = |name: &str| switches.iter().rev().find_map(|switch| switch.strip_prefix(name));
    value("--accept-lang=").or_else(|| value("--lang="))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADLESS: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/150.0.1.2 Safari/537.36";

    fn product() -> Product {
        Product::parse("HeadlessChrome/150.0.1.2").unwrap()
    }

    #[test]
    fn a_headless_browser_elsewhere_is_not_told_and_any_other_stays_as_it_is() {
        let params = Identity::remote(product(), HEADLESS.to_owned()).params(&UserAgent::Default).unwrap();
        assert!(!params["userAgent"].as_str().unwrap().contains("Headless"));
        assert_eq!(params["userAgentMetadata"]["brands"][1], json!({ "brand": "Chromium", "version": "150" }));
        assert!(params.get("acceptLanguage").is_none());
        let other = Identity::remote(product(), "Mozilla/5.0 Chrome/150.0.0.0".to_owned());
        assert_eq!(other.params(&UserAgent::Default), None);
    }

    #[test]
    fn the_languages_are_those_of_the_switches() {
        let ours = |switches: &[&str]| {
            let switches: Vec<_> = switches.iter().map(|switch| (*switch).to_owned()).collect();
            let identity = Identity::ours(product(), HEADLESS.to_owned(), &switches);
            identity.params(&UserAgent::Default).unwrap()["acceptLanguage"].clone()
        };
        assert_eq!(ours(&[]), "en-US,en");
        assert_eq!(ours(&["--lang=de"]), "de");
        assert_eq!(ours(&["--lang=de", "--accept-lang=fr,en"]), "fr,en");
    }
}
