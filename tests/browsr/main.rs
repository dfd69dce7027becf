//! The library and the program as their users meet them: real browsers, real processes, no mocks.

mod cli;
mod lifecycle;
mod processes;

fn stdout(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
