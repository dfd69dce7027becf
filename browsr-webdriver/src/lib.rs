//! Chrome, Firefox and Selenium Grid for [browsr](https://docs.rs/browsr), by W3C WebDriver.

pub mod driver;
