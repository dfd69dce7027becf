//! What a session says that it is, where the switches and preferences of its browser do not say it.

use browsr_core::process::Product;
use browsr_core::{Error, OpContext, Result, SessionOptions, UserAgent};
use serde_json::{Value, json};

use crate::driver::{Driver, DriverBrowser as Browser};
use crate::session::WebDriverSession;

/// Who the browser of a session is, and what it is to call itself.
#[derive(Debug)]
pub(crate) struct Identity {
    /// None until the driver has said its version.
    product: Option<Product>,
    /// None where a switch or a preference sees to it.
    to_be: Option<UserAgent>,
}

impl Identity {
    /// Decides what a session calls itself, before its browser is started. Changes the options to what switches and
    /// preferences can say.
    pub(crate) async fn decide(
        browser: Browser,
        driver: Option<&Driver>,
        has_bidi: bool,
        options: &mut SessionOptions,
        cx: &OpContext,
    ) -> Result<Self> {
        let product = match driver {
            Some(driver) if browser == Browser::Chrome || options.user_agent == UserAgent::Random => {
                Product::of(&driver.browser_executable, cx.remaining() / 2).await
            }
            _ => None,
        };
        let mut to_be = None;
        if options.user_agent == UserAgent::Random {
            match &product {
                Some(product) => options.user_agent = UserAgent::Custom(random(browser, product)),
                None if has_bidi => {
                    options.user_agent = UserAgent::Default;
                    to_be = Some(UserAgent::Random);
                }
                None => {
                    return Err(Error::unsupported(
                        "a random user agent needs to know the browser's version, which this driver does not say \
                         beforehand; choose one by user_agent, use a driver with BiDi, or the cdp backend",
                    ));
                }
            }
        } else if browser == Browser::Chrome
            && driver.is_none()
            && options.headless
            && options.user_agent == UserAgent::Default
        {
            to_be = Some(UserAgent::Default);
        }
        Ok(Self { product, to_be })
    }
}

fn random(browser: Browser, product: &Product) -> String {
    match browser {
        Browser::Chrome => product.chromium_for(&UserAgent::Random),
        Browser::Firefox => product.random_firefox(),
    }
}

impl WebDriverSession {
    /// Gives the pages of the session, those to come included, the rest of their identity. Without BiDi they go without.
    pub(crate) async fn identify(
        &self,
        identity: Identity,
        granted: &Value,
        options: &SessionOptions,
        cx: &OpContext,
    ) -> Result<()> {
        let Some(bidi) = &self.bidi else { return Ok(()) };
        let granted = || granted["browserVersion"].as_str().and_then(Product::parse);
        let Some(product) = identity.product.or_else(granted) else { return Ok(()) };
        let everywhere = json!(["default"]);
        let told = match (&identity.to_be, &options.user_agent) {
            (Some(UserAgent::Random), _) => random(self.browser, &product),
            (_, UserAgent::Custom(text)) => text.clone(),
            _ => product.chromium_user_agent(),
        };
        if identity.to_be.is_some() {
            let params = json!({ "userAgent": told, "userContexts": everywhere });
            let done = bidi.call("emulation.setUserAgentOverride", &params, cx).await;
            done.map_err(|error| error.into_error("choosing the user agent"))?;
        }
        // The switch that gives Chrome a name empties what it says when asked for more.
        let is_own = options.user_agent == UserAgent::Default && identity.to_be.is_none() && !options.headless;
        if let (Browser::Chrome, false, Some(mut hints)) = (self.browser, is_own, product.client_hints(&told)) {
            if let Some(hints) = hints.as_object_mut() {
                hints.remove("fullVersion");
            }
            let params = json!({ "clientHints": hints, "userContexts": everywhere });
            if let Err(error) = bidi.call("userAgentClientHints.setClientHintsOverride", &params, cx).await {
                tracing::debug!(?error, "the driver sets no client hints");
            }
        }
        Ok(())
    }
}
