//! Chrome, Firefox and Selenium Grid for [browsr](https://docs.rs/browsr), by W3C WebDriver.
//!
//! [`WebDriverBackend`] is the way in: `launch` for drivers that it starts itself, `connect` for a driver or Grid that
//! runs already. [`driver`] is about the programs, everything else about the protocol.
//!
//! [fantoccini](https://docs.rs/fantoccini) carries the classic protocol; what that lacks comes by
//! [WebDriver BiDi](https://w3c.github.io/webdriver-bidi/) where the driver offers it.

pub mod driver;

mod backend;
mod bidi;
mod bidi_script;
mod bidi_session;
mod capture;
mod cookies;
mod devtools;
mod error;
mod evaluate;
mod extras;
mod grid;
mod identity;
mod input;
mod keys;
mod line;
mod navigation;
mod session;
mod wire;

pub use backend::WebDriverBackend;
