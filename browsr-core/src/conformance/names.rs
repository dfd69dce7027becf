//! Pages that name things like ours: fields of forms as properties of elements, functions as those of the language.

use serde_json::json;

use super::{Context, cases};
use crate::capability::Capabilities;
use crate::command::extract::{EvaluateOnElement, GetBasicInfo, GetContent, InspectElement, PageContent};
use crate::command::pointer::Hover;
use crate::command::wait::WaitForElement;
use crate::error::Result;
use crate::observe::ObserveOptions;
use crate::scrape::ScrapeRequest;

cases! { "names":
    Capabilities::DOM => [
        fields_may_be_named_as_what_every_element_has,
        images_may_be_named_as_what_every_document_has,
    ],
    Capabilities::DOM.union(Capabilities::INTERRUPT) => [a_page_may_change_what_everybody_uses],
}

/// Names that our scripts, or those of others, ask elements for.
const NAMES: &str = "id,name,tagName,nodeName,nodeType,localName,parentNode,parentElement,childNodes,children,attributes,\
    matches,closest,innerText,textContent,getAttribute,hasAttribute,getBoundingClientRect,getClientRects,checkVisibility,\
    querySelector,querySelectorAll,getRootNode,shadowRoot,isConnected,outerHTML,ownerDocument,style,classList,labels,title,\
    type,value,hidden,tabIndex,dispatchEvent,scrollIntoView,focus,contains,previousSibling,isContentEditable,cloneNode";
const OF_DOCUMENTS: &str = "body,documentElement,title,querySelector,querySelectorAll,readyState,contentType,baseURI,\
    activeElement,createElement,createRange,createTreeWalker,elementFromPoint,implementation,evaluate,addEventListener,forms";

/// Does what people do with a page, and looks at what they get.
async fn drive(cx: &Context, query: &str) -> Result<()> {
    let url = cx.site.url(&format!("names?{query}"));
    let session = &cx.session;
    session.navigate(&url).await?;
    let seen = session.observe(&ObserveOptions::new().with_image(false)).await?;
    for words in ["Berth", "Save", "Large"] {
        assert!(seen.interactive_text.contains(words), "{words}: {}", seen.interactive_text);
    }
    assert!(seen.state_text.contains("Words in the form"), "{}", seen.state_text);
    session.run(WaitForElement::new("form").visible()).await?;
    assert_eq!(session.attribute("form", "action").await?.as_deref(), Some("/saved"));
    assert_eq!(session.attribute("form", "id").await?.as_deref(), Some("edit"));
    assert!(session.text("form").await?.contains("Words in the form."));
    let info = session.run(GetBasicInfo::new("form")).await?;
    assert_eq!((&info["tag"], &info["visible"]), (&json!("form"), &json!(true)));
    let facts = session.run(InspectElement::new("form")).await?;
    assert_eq!((&facts["role"], &facts["name"]), (&json!("form"), &json!("Edit the berth")));
    // Chrome's driver itself asks the page's `JSON` where it sends input.
    if !query.contains("json") {
        session.run(Hover::new("form")).await?;
        session.fill("form input[name=berth]", "four").await?;
        session.click("button").await?;
    }
    let PageContent::Text(content) = session.run(GetContent::new()).await? else { panic!("no text") };
    assert!(content.contains("Words in the form."), "{content}");
    // Whatever the page answers to its own scripts.
    assert_eq!(session.evaluate("({ a: [1, 'two'] })").await?, json!({ "a": [1, "two"] }));
    assert_eq!(session.evaluate("(async () => 5)()").await?, json!(5));
    let scrape = session.scrape(&ScrapeRequest::parse(&url)?).await?;
    let markdown = scrape.markdown.unwrap_or_default();
    assert!(markdown.contains("A form of the harbour office") && markdown.contains("one more paragraph"), "{markdown}");
    assert_eq!(scrape.warning, None);
    Ok(())
}

async fn fields_may_be_named_as_what_every_element_has(cx: Context) -> Result<()> {
    drive(&cx, &format!("names={NAMES}")).await?;
    let value = cx.session.run(EvaluateOnElement::new("input[name=berth]", "el.value")).await?;
    assert_eq!(value.value(), &json!("twelve"));
    Ok(())
}

async fn images_may_be_named_as_what_every_document_has(cx: Context) -> Result<()> {
    drive(&cx, &format!("images={OF_DOCUMENTS}")).await
}

async fn a_page_may_change_what_everybody_uses(cx: Context) -> Result<()> {
    drive(&cx, "kind=builtins").await?;
    drive(&cx, "kind=json").await
}
