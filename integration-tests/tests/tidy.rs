//! Tests of the repository itself: who imports whom, how long things are,
//! idioms that stay out, links that lead somewhere, codes and verbs that are
//! documented.

#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/shape.rs"]
mod shape;
#[path = "tidy/source.rs"]
mod source;
