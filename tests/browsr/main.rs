//! The library and the program as their users meet them: real browsers, real processes, no mocks.

mod cli;
mod lifecycle;
mod processes;
