//! Frame tokens: what lets a viewer watch one session without a key. A JSON Web Token, always by HMAC-SHA-256, bound
//! to the session and its incarnation.

use std::fmt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use browsr_core::{SessionId, SessionInfo};
use chrono::{DateTime, Utc};
use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, Claims, Header, TimeOptions, UntrustedToken};
use serde::{Deserialize, Serialize};

/// The key that signs frame tokens. Servers that share one honour each other's tokens.
#[derive(Clone)]
pub struct TokenKey(Hs256Key);

/// A token key cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The key is too short to be safe.
    #[error("a token key must have at least 32 bytes; this one has {0}")]
    TooShort(usize),
    /// The file of the key cannot be read or written.
    #[error("the token key cannot be kept in {0}")]
    File(String, #[source] std::io::Error),
}

impl TokenKey {
    const BYTES: usize = 32;

    /// Makes a key that nobody knows.
    ///
    /// # Panics
    ///
    /// Where the operating system gives no random bytes; no secret could be made then.
    pub fn random() -> Self {
        let mut bytes = [0; Self::BYTES];
        #[expect(
            clippy::expect_used,
            reason = "without random bytes no secret can be made, and none must be pretended"
        )]
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        Self(Hs256Key::new(bytes))
    }

    /// Takes a key of at least 32 bytes.
    ///
    /// # Errors
    ///
    /// [`TokenError::TooShort`].
    pub fn new(bytes: &[u8]) -> Result<Self, TokenError> {
        if bytes.len() < Self::BYTES {
            return Err(TokenError::TooShort(bytes.len()));
        }
        Ok(Self(Hs256Key::new(bytes)))
    }

    /// Reads the key from a file, or makes one and keeps it there, for the owner alone to read.
    ///
    /// # Errors
    ///
    /// [`TokenError`].
    pub fn load_or_create(path: &Path) -> Result<Self, TokenError> {
        let failed = |error| TokenError::File(path.display().to_string(), error);
        match std::fs::read(path) {
            Ok(bytes) => Self::new(&bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => match Self::create(path) {
                // Another server was quicker.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                    Self::new(&std::fs::read(path).map_err(failed)?)
                }
                created => created.map_err(failed),
            },
            Err(error) => Err(failed(error)),
        }
    }

    fn create(path: &Path) -> std::io::Result<Self> {
        use std::io::Write;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        let key = Self::random();
        // Whole or not at all: a reader must not see half a key.
        let draft = path.with_extension(format!("{}.new", std::process::id()));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&draft).and_then(|mut file| {
            file.write_all(key.0.as_ref())?;
            file.sync_all()?;
            std::fs::hard_link(&draft, path)
        });
        let removed = std::fs::remove_file(&draft);
        written.and(removed)?;
        Ok(key)
    }

    /// Makes a token for whoever is to watch a session.
    pub(crate) fn sign(&self, session: &SessionInfo, ttl: Duration) -> Option<String> {
        let now = Utc::now();
        let mut claims = Claims::new(Grant {
            sid: session.id.to_string(),
            inc: incarnation(session.created_at),
            scope: Scope::View,
        });
        claims.issued_at = Some(now);
        claims.expiration = Some(now + chrono::Duration::from_std(ttl).ok()?);
        Hs256.token(&Header::empty().with_token_type("JWT"), &claims, &self.0).ok()
    }

    /// Checks a token, and returns the session that it is for.
    pub(crate) fn verify(&self, token: &str) -> Option<Grant> {
        self.verify_at(token, Utc::now)
    }

    fn verify_at(&self, token: &str, clock: fn() -> DateTime<Utc>) -> Option<Grant> {
        if token.len() > 2048 {
            return None;
        }
        let token = UntrustedToken::new(token).ok()?;
        let token = Hs256.validator::<Grant>(&self.0).validate(&token).ok()?;
        let claims = token.claims();
        let times = TimeOptions::new(chrono::Duration::zero(), clock);
        claims.validate_expiration(&times).ok()?;
        if claims.not_before.is_some() {
            claims.validate_maturity(&times).ok()?;
        }
        Some(claims.custom.clone())
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

/// What a token allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    sid: String,
    inc: String,
    scope: Scope,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    /// To look, and not to touch.
    View,
}

impl Grant {
    pub(crate) fn session_id(&self) -> SessionId {
        SessionId::from(self.sid.as_str())
    }

    /// Whether the token is of this very session, and not of an earlier one by the same id.
    pub(crate) fn is_for(&self, session: &SessionInfo) -> bool {
        self.sid == session.id.as_str() && self.inc == incarnation(session.created_at)
    }
}

/// Tells a session from another that had the same id before: the moment of its birth, to the nanosecond.
fn incarnation(created_at: SystemTime) -> String {
    created_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use browsr_core::fake::FakeBackend;
    use browsr_core::{Engine, SessionOptions};

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    async fn session() -> SessionInfo {
        let engine = Engine::builder().backend(FakeBackend::new()).build().unwrap();
        engine.create_session(SessionOptions::new()).await.unwrap().info()
    }

    fn b64(text: &str) -> String {
        URL_SAFE_NO_PAD.encode(text)
    }

    /// A token of any header and claims with a good HMAC-SHA-256 signature.
    fn forge(key: &TokenKey, header: &str, claims: &str) -> String {
        use jwt_compact::Algorithm;
        let signed = format!("{}.{}", b64(header), b64(claims));
        let signature = Hs256.sign(&key.0, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(jwt_compact::AlgorithmSignature::as_bytes(&signature)))
    }

    #[tokio::test]
    async fn a_token_is_for_its_session_and_its_incarnation_only() {
        let (one, two, key) = (session().await, session().await, TokenKey::random());
        let grant = key.verify(&key.sign(&one, HOUR).unwrap()).unwrap();
        assert!(grant.is_for(&one) && !grant.is_for(&two));
        let mut again = one.clone();
        again.created_at += Duration::from_nanos(1);
        assert!(!grant.is_for(&again));
    }

    #[tokio::test]
    async fn a_token_expires() {
        let (session, key) = (session().await, TokenKey::random());
        let token = key.sign(&session, HOUR).unwrap();
        assert!(key.verify_at(&token, || Utc::now() + chrono::Duration::minutes(59)).is_some());
        assert!(key.verify_at(&token, || Utc::now() + chrono::Duration::minutes(61)).is_none());
    }

    #[tokio::test]
    async fn whatever_is_not_signed_by_the_one_algorithm_is_refused() {
        let (session, key) = (session().await, TokenKey::random());
        let token = key.sign(&session, HOUR).unwrap();
        let parts: Vec<_> = token.split('.').collect();
        let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        assert!(key.verify(&forge(&key, r#"{"alg":"HS256"}"#, &claims)).is_some(), "the forge itself works");
        for alg in ["none", "None", "NONE", "nOnE", "HS384", "HS512", "RS256", "ES256", "hs256", ""] {
            let header = format!(r#"{{"alg":"{alg}","typ":"JWT","kid":"../../dev/null"}}"#);
            assert!(key.verify(&forge(&key, &header, &claims)).is_none(), "{alg}");
            assert!(key.verify(&format!("{}.{}.", b64(&header), parts[1])).is_none(), "{alg}");
        }
        for broken in [
            String::new(),
            format!("{}.{}", parts[0], parts[1]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{token}=="),
            format!("{token}.{}.{}", parts[0], parts[1]),
            format!(" {token}"),
            "x".repeat(64 * 1024),
        ] {
            assert!(key.verify(&broken).is_none(), "{broken:.80}");
        }
        assert!(TokenKey::random().verify(&token).is_none());
        assert!(TokenKey::new(&[0; 32]).unwrap().verify(&token).is_none());
    }

    #[tokio::test]
    async fn every_flipped_bit_is_seen() {
        let (session, key) = (session().await, TokenKey::random());
        let token = key.sign(&session, HOUR).unwrap();
        for at in 0..token.len() {
            for bit in 0..7 {
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let flipped = String::from_utf8(bytes).unwrap();
                // The last character carries four bits; a decoder that is lax about the rest would take a twin.
                assert!(key.verify(&flipped).is_none(), "bit {bit} of byte {at}");
            }
        }
    }

    #[tokio::test]
    async fn claims_of_another_type_are_refused() {
        let (session, key) = (session().await, TokenKey::random());
        let base = format!(r#""sid":"{}","inc":"{}""#, session.id, incarnation(session.created_at));
        let verify = |rest: &str| key.verify(&forge(&key, r#"{"alg":"HS256"}"#, &format!("{{{base}{rest}}}")));
        assert!(verify(r#","scope":"view","exp":4000000000"#).is_some());
        for rest in [
            r#","scope":"view""#,
            r#","scope":"view","exp":"4000000000""#,
            r#","scope":"view","exp":1e30"#,
            r#","scope":"view","exp":null"#,
            r#","scope":"view","exp":-1"#,
            r#","scope":"view","exp":4000000000,"nbf":4000000000"#,
            r#","scope":"view","exp":4000000000,"nbf":"1""#,
            r#","scope":"drive","exp":4000000000"#,
            r#","exp":4000000000"#,
        ] {
            assert!(verify(rest).is_none(), "{rest}");
        }
    }

    #[test]
    fn a_key_is_kept_for_its_owner_alone_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/token.key");
        let made = TokenKey::load_or_create(&path).unwrap();
        let found = TokenKey::load_or_create(&path).unwrap();
        assert_eq!(made.0.as_ref(), found.0.as_ref());
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&path, "short").unwrap();
        assert!(matches!(TokenKey::load_or_create(&path), Err(TokenError::TooShort(5))));
        assert_eq!(format!("{made:?}"), "TokenKey(…)");
    }
}
