//! The handlers, one file per family.

pub(crate) mod agent;
pub(crate) mod commands;
pub(crate) mod health;
pub(crate) mod later;
pub(crate) mod scrape;
pub(crate) mod sessions;
