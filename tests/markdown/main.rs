//! The Markdown engine from outside: own pages, round trips, options, and arbitrary input.

mod elements;
mod emphasis;
mod options;
mod pages;
mod properties;
mod round_trip;
