//! Who calls: API keys in their three forms, and what a caller may see.

use std::fmt;

use axum::http::{HeaderMap, header};
use browsr_core::{Error, Result, SessionId};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// An API key. Only its SHA-256 digest is kept.
#[derive(Clone)]
pub struct ApiKey {
    digest: [u8; 32],
}

impl ApiKey {
    /// Takes a key as text; white space around it does not belong to it.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](browsr_core::ErrorKind::InvalidArgument) where it is empty, or cannot stand in a header.
    pub fn new(key: &str) -> Result<Self> {
        let key = key.trim();
        if key.is_empty() || key.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(Error::invalid("api_key", "an API key must not be empty or have white space in it"));
        }
        Ok(Self { digest: digest(key.as_bytes()) })
    }

    /// Takes keys separated by commas or line breaks; empty ones and lines that begin with `#` do not count.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn list(text: &str) -> Result<Vec<Self>> {
        text.lines()
            .map(str::trim)
            .filter(|line| !line.starts_with('#'))
            .flat_map(|line| line.split(','))
            .filter(|key| !key.trim().is_empty())
            .map(Self::new)
            .collect()
    }

    /// A name for the key that tells nothing of it.
    fn owner(&self) -> String {
        use fmt::Write;
        self.digest[..8].iter().fold(String::from("key-"), |mut name, byte| {
            // Writing to a string cannot fail.
            let _ = write!(name, "{byte:02x}");
            name
        })
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Who made a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Somebody whom no key is asked of.
    Anybody,
    /// The holder of a key, by its name.
    Key(String),
    /// The holder of a frame token for this session.
    Viewer(SessionId),
}

impl Caller {
    /// The name under which this caller's sessions are kept.
    pub(crate) fn owner(&self) -> Option<&str> {
        match self {
            Self::Key(name) => Some(name),
            Self::Anybody | Self::Viewer(_) => None,
        }
    }

    /// Whether a session of this owner is there for this caller.
    pub(crate) fn sees(&self, id: &SessionId, owner: Option<&str>) -> bool {
        match self {
            Self::Anybody => true,
            Self::Key(name) => owner.is_none_or(|owner| owner == name),
            Self::Viewer(session) => session == id,
        }
    }
}

/// Finds the key that the headers name, in one of the forms `x-api-key: K`, `Authorization: Bearer K` and
/// `Authorization: ApiKey K`. Either header is enough.
pub(crate) fn by_headers(keys: &[ApiKey], headers: &HeaderMap) -> Option<Caller> {
    let presented =
        [single(headers, "x-api-key"), single(headers, header::AUTHORIZATION.as_str()).and_then(credentials)];
    presented.into_iter().flatten().find_map(|presented| find(keys, presented))
}

/// A header that must not be there twice: which of the two would count?
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.as_bytes())
}

fn credentials(authorization: &[u8]) -> Option<&[u8]> {
    let space = authorization.iter().position(|byte| *byte == b' ')?;
    let (scheme, rest) = authorization.split_at(space);
    let known = scheme.eq_ignore_ascii_case(b"bearer") || scheme.eq_ignore_ascii_case(b"apikey");
    known.then(|| rest.trim_ascii())
}

/// Compares with every key, whatever the outcome, by digests of one length: time tells nothing of a key.
fn find(keys: &[ApiKey], presented: &[u8]) -> Option<Caller> {
    let presented = digest(presented);
    let mut found = None;
    for key in keys {
        let same: Choice = key.digest.ct_eq(&presented);
        if bool::from(same) {
            found = Some(key);
        }
    }
    found.map(|key| Caller::Key(key.owner()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn a_key_is_taken_in_each_form_and_either_header_is_enough() {
        let keys = ApiKey::list("bak_one, bak_two").unwrap();
        for list in [
            &[("authorization", "Bearer bak_one")][..],
            &[("authorization", "bearer  bak_two")],
            &[("authorization", "ApiKey bak_one")],
            &[("authorization", "APIKEY bak_one")],
            &[("x-api-key", "bak_two")],
            &[("x-api-key", "wrong"), ("authorization", "Bearer bak_one")],
            &[("x-api-key", "bak_one"), ("authorization", "Bearer eyJhbGciOiJub25lIn0.e30.")],
        ] {
            assert!(by_headers(&keys, &headers(list)).is_some(), "{list:?}");
        }
    }

    #[test]
    fn whatever_is_not_the_whole_key_is_refused() {
        let keys = ApiKey::list("bak_one\n# bak_comment\n").unwrap();
        for list in [
            &[][..],
            &[("authorization", "")],
            &[("authorization", "Bearer")],
            &[("authorization", "Bearer ")],
            &[("authorization", "bak_one")],
            &[("authorization", "Basic bak_one")],
            &[("authorization", "Bearerbak_one")],
            &[("authorization", "Bearer bak_on")],
            &[("authorization", "Bearer bak_one1")],
            &[("authorization", "Bearer BAK_ONE")],
            &[("authorization", "Bearer bak_comment")],
            &[("authorization", "Bearer bak_one"), ("authorization", "Bearer bak_one")],
            &[("x-api-key", "")],
            &[("x-api-key", "bak_onE")],
            &[("x-api-key", "Bearer bak_one")],
        ] {
            assert_eq!(by_headers(&keys, &headers(list)), None, "{list:?}");
        }
    }

    #[test]
    fn no_key_is_printed() {
        assert_eq!(format!("{:?}", ApiKey::new("bak_secret").unwrap()), "ApiKey(…)");
        assert!(ApiKey::new(" ").is_err() && ApiKey::new("a b").is_err());
    }

    #[test]
    fn a_key_sees_its_own_sessions_and_those_of_nobody() {
        let keys = ApiKey::list("one,two").unwrap();
        let one = by_headers(&keys, &headers(&[("x-api-key", "one")])).unwrap();
        let two = by_headers(&keys, &headers(&[("x-api-key", "two")])).unwrap();
        let id = SessionId::random();
        assert!(one.sees(&id, one.owner()) && one.sees(&id, None) && !two.sees(&id, one.owner()));
        assert!(Caller::Anybody.sees(&id, one.owner()));
    }
}
