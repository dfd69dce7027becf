//! What Firefox calls a network error, in the words of Chrome.

use browsr_core::navigation::UNKNOWN_FAILURE;

/// Words of Firefox, in its [error names](https://searchfox.org/mozilla-central/source/xpcom/base/ErrorList.py) and in
/// the addresses of its error pages, with the
/// [words of Chrome](https://source.chromium.org/chromium/chromium/src/+/main:net/base/net_error_list.h).
const WORDS: &[(&str, &str)] = &[
    ("NS_ERROR_CONNECTION_REFUSED", "CONNECTION_REFUSED"),
    ("connectionFailure", "CONNECTION_REFUSED"),
    ("NS_ERROR_UNKNOWN_HOST", "NAME_NOT_RESOLVED"),
    ("dnsNotFound", "NAME_NOT_RESOLVED"),
    ("NS_ERROR_NET_RESET", "CONNECTION_RESET"),
    ("netReset", "CONNECTION_RESET"),
    ("NS_ERROR_NET_INTERRUPT", "CONNECTION_CLOSED"),
    ("netInterrupt", "CONNECTION_CLOSED"),
    ("NS_ERROR_NET_EMPTY_RESPONSE", "EMPTY_RESPONSE"),
    ("NS_ERROR_NET_TIMEOUT", "CONNECTION_TIMED_OUT"),
    ("netTimeout", "CONNECTION_TIMED_OUT"),
    ("NS_ERROR_REDIRECT_LOOP", "TOO_MANY_REDIRECTS"),
    ("redirectLoop", "TOO_MANY_REDIRECTS"),
    ("NS_ERROR_CORRUPTED_CONTENT", "INVALID_RESPONSE"),
    ("corruptedContentErrorv2", "INVALID_RESPONSE"),
    ("NS_ERROR_INVALID_CONTENT_ENCODING", "CONTENT_DECODING_FAILED"),
    ("contentEncodingError", "CONTENT_DECODING_FAILED"),
    ("NS_ERROR_UNKNOWN_PROTOCOL", "UNKNOWN_URL_SCHEME"),
    ("unknownProtocolFound", "UNKNOWN_URL_SCHEME"),
    ("NS_ERROR_PORT_ACCESS_NOT_ALLOWED", "UNSAFE_PORT"),
    ("deniedPortAccess", "UNSAFE_PORT"),
    ("NS_ERROR_MALFORMED_URI", "INVALID_URL"),
    ("malformedURI", "INVALID_URL"),
    ("NS_ERROR_OFFLINE", "INTERNET_DISCONNECTED"),
    ("netOffline", "INTERNET_DISCONNECTED"),
    ("NS_ERROR_PROXY_CONNECTION_REFUSED", "PROXY_CONNECTION_FAILED"),
    ("proxyConnectFailure", "PROXY_CONNECTION_FAILED"),
    ("NS_ERROR_UNKNOWN_PROXY_HOST", "PROXY_CONNECTION_FAILED"),
    ("proxyResolveFailure", "PROXY_CONNECTION_FAILED"),
    ("cspBlocked", "BLOCKED_BY_CSP"),
    ("xfoBlocked", "BLOCKED_BY_RESPONSE"),
    ("blockedByPolicy", "BLOCKED_BY_ADMINISTRATOR"),
    ("SEC_ERROR_UNKNOWN_ISSUER", "CERT_AUTHORITY_INVALID"),
    ("SEC_ERROR_UNTRUSTED_ISSUER", "CERT_AUTHORITY_INVALID"),
    ("MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT", "CERT_AUTHORITY_INVALID"),
    ("SSL_ERROR_BAD_CERT_DOMAIN", "CERT_COMMON_NAME_INVALID"),
    ("SEC_ERROR_EXPIRED_CERTIFICATE", "CERT_DATE_INVALID"),
    ("MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE", "CERT_DATE_INVALID"),
    ("SEC_ERROR_REVOKED_CERTIFICATE", "CERT_REVOKED"),
    ("SSL_ERROR_UNSUPPORTED_VERSION", "SSL_VERSION_OR_CIPHER_MISMATCH"),
    ("SSL_ERROR_NO_CYPHER_OVERLAP", "SSL_VERSION_OR_CIPHER_MISMATCH"),
    ("nssBadCert", "CERT_INVALID"),
    ("nssFailure2", "SSL_PROTOCOL_ERROR"),
];

/// Returns what Chrome calls it; the same for what is in its words already.
pub(crate) fn in_words_of_chrome(text: &str, is_chunked: bool) -> String {
    if text.starts_with("net::ERR_") {
        return text.to_owned();
    }
    if text == "NS_ERROR_NET_PARTIAL_TRANSFER" || text == "netPartialTransfer" {
        return if is_chunked { "net::ERR_INCOMPLETE_CHUNKED_ENCODING" } else { "net::ERR_CONTENT_LENGTH_MISMATCH" }
            .to_owned();
    }
    if let Some((_, word)) = WORDS.iter().find(|(word, _)| *word == text) {
        return format!("net::ERR_{word}");
    }
    let family = [
        ("SSL_ERROR_", "net::ERR_SSL_PROTOCOL_ERROR"),
        ("SEC_ERROR_", "net::ERR_CERT_INVALID"),
        ("MOZILLA_PKIX_", "net::ERR_CERT_INVALID"),
    ];
    let found = family.iter().find(|(prefix, _)| text.starts_with(prefix));
    found.map_or(UNKNOWN_FAILURE, |(_, word)| word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_translated_by_the_table_by_family_or_not() {
        for (text, word) in [
            ("net::ERR_ACCESS_DENIED", "net::ERR_ACCESS_DENIED"),
            ("NS_ERROR_CONNECTION_REFUSED", "net::ERR_CONNECTION_REFUSED"),
            ("dnsNotFound", "net::ERR_NAME_NOT_RESOLVED"),
            ("SSL_ERROR_RX_RECORD_TOO_LONG", "net::ERR_SSL_PROTOCOL_ERROR"),
            ("SEC_ERROR_BAD_SIGNATURE", "net::ERR_CERT_INVALID"),
            ("NS_ERROR_SOMETHING_NEW", "net::ERR_FAILED"),
            ("NS_ERROR_NET_PARTIAL_TRANSFER", "net::ERR_CONTENT_LENGTH_MISMATCH"),
        ] {
            assert_eq!(in_words_of_chrome(text, false), word);
        }
    }
}
