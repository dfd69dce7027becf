//! The Markdown engine from outside: own pages, round trips, options, arbitrary input, and texts that stay.

mod elements;
mod emphasis;
mod options;
mod pages;
mod properties;
mod round_trip;
mod survival;
