//! [`Capabilities`]: what a backend can do by itself, named one by one.
//!
//! A backend declares what is *native*. Where something is missing and cheap to emulate, core does so; otherwise the
//! command fails with [`Unsupported`](crate::ErrorKind::Unsupported) before the backend is asked.

use std::fmt;

use crate::error::{Error, Result};

macro_rules! capabilities {
    ($($(#[$doc:meta])* $field:ident = $constant:ident;)*) => {
        /// A set of abilities, each a named bool.
        #[derive(Clone, Copy, PartialEq, Eq, Default)]
        #[non_exhaustive]
        pub struct Capabilities { $($(#[$doc])* pub $field: bool,)* }

        impl Capabilities {
            /// No ability at all.
            pub const NONE: Self = Self { $($field: false,)* };
            /// Every ability there is.
            pub const ALL: Self = Self { $($field: true,)* };
            $($(#[$doc])* pub const $constant: Self = Self { $field: true, ..Self::NONE };)*

            /// Returns the abilities of either set.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                Self { $($field: self.$field || other.$field,)* }
            }

            /// Returns the abilities of this set that the other lacks.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                Self { $($field: self.$field && !other.$field,)* }
            }

            /// Iterates over the names of the abilities in this set.
            pub fn names(self) -> impl Iterator<Item = &'static str> {
                [$((stringify!($field), self.$field)),*].into_iter().filter(|(_, on)| *on).map(|(name, _)| name)
            }
        }
    };
}

capabilities! {
    /// Scripts run in a real document with layout and input.
    dom = DOM;
    /// [`Session::screencast`](crate::Session::screencast): the browser pushes frames.
    screencast = SCREENCAST;
    /// [`Session::send_cdp`](crate::Session::send_cdp): raw DevTools commands.
    raw_cdp = RAW_CDP;
    /// [`Session::add_init_script`](crate::Session::add_init_script): scripts that run before those of the page.
    init_script = INIT_SCRIPT;
    /// [`Session::set_files`](crate::Session::set_files): files for an `<input type=file>`.
    file_upload = FILE_UPLOAD;
    /// [`Session::restore_origins`](crate::Session::restore_origins): storage of origins that are not open.
    origin_restore = ORIGIN_RESTORE;
    /// [`Session::interrupt`](crate::Session::interrupt): a hung page can be stopped and used again.
    interrupt = INTERRUPT;
    /// Cookies of every domain, `HttpOnly` included.
    all_cookies = ALL_COOKIES;
    /// Screenshots of the whole document.
    full_page = FULL_PAGE;
    /// Screenshots encoded as JPEG by the browser.
    jpeg = JPEG;
    /// Screenshots encoded as WebP by the browser.
    webp = WEBP;
    /// A real drag ends with the browser's own `drop` event.
    trusted_drop = TRUSTED_DROP;
    /// Navigations that are aborted, answered by 204 or turned into a download are told apart at once.
    navigation_events = NAVIGATION_EVENTS;
    /// [`Session::network_activity`](crate::Session::network_activity): the backend counts network requests.
    network_activity = NETWORK_ACTIVITY;
}

impl Capabilities {
    /// Returns whether every ability of `required` is here.
    pub fn contains(self, required: Self) -> bool {
        required.without(self) == Self::NONE
    }

    /// Checks that every ability of `required` is here.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported), naming what is missing.
    pub fn require(self, required: Self, backend: &'static str) -> Result<()> {
        let missing = required.without(self);
        if missing == Self::NONE {
            return Ok(());
        }
        let names: Vec<_> = missing.names().collect();
        Err(Error::unsupported(format!(
            "the {backend} backend has no {}; choose a backend that declares it",
            names.join(", ")
        ))
        .with_backend(backend))
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_ability_is_named() {
        let error = Capabilities::DOM.require(Capabilities::SCREENCAST, "fake").unwrap_err();
        assert_eq!(error.to_string(), "the fake backend has no screencast; choose a backend that declares it");
        assert!(Capabilities::ALL.contains(Capabilities::SCREENCAST.union(Capabilities::DOM)));
    }
}
