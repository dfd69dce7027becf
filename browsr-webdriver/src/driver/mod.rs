//! Finding, starting and ending the driver programs.
