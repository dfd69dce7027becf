//! The Markdown engine from outside: own pages, round trips, options, arbitrary input, and texts that stay.

mod options;
mod pages;
mod properties;
mod round_trip;
mod survival;
