//! The scripts that run in pages, and the envelope that brings their results back.
//!
//! Each `.js` file here declares functions. The macro `script!` puts files and one main function together at compile time, so
//! that a page receives exactly what a command needs. Nothing here knows a protocol.

/// Builds the source of a function expression: the parts, then `return (main)(...args)`.
macro_rules! script {
    ($($part:literal),* => $main:literal) => {
        concat!(
            "(...args)=>{", $(include_str!(concat!("../script/", $part, ".js")), "\n",)*
            "return (", $main, ")(...args)}"
        )
    };
}
pub(crate) use script;

/// Wraps a function expression so that it awaits its result, catches what it throws, and returns well-formed JSON
/// text: `{"v":…}` or `{"e":{"name","message"}}`. [`open_envelope`](crate::session::open_envelope) reads it.
///
/// The text is made in the page, so that `undefined`, lone surrogates and a lost document are told apart on every
/// protocol.
pub fn envelope(function: &str) -> String {
    format!(
        "async function(...a){{try{{const v=await({function}\n)(...a);\
         return JSON.stringify({{v}},(_,x)=>typeof x==='string'&&!x.isWellFormed()?x.toWellFormed():x)}}\
         catch(e){{return JSON.stringify({{e:{{name:String(e&&e.name||'Error').toWellFormed(),\
         message:String(e&&e.message!==undefined?e.message:e).toWellFormed()}}}})}}}}"
    )
}
