//! The scripts that run in pages, one function per file, and the envelope that brings their results back.
//!
//! A script is put together of parts at compile time: each part file declares functions, and a main part is the
//! function that is called. Nothing here knows a protocol.

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
