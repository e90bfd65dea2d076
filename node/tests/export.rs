//! What leaves a commons and comes back: pages, Markdown, citations, crates.

#[path = "export/citations.rs"]
mod citations;
#[path = "export/crates.rs"]
mod crates;
#[path = "export/hostile.rs"]
mod hostile;
#[path = "export/markdown.rs"]
mod markdown;
#[path = "export/pages.rs"]
mod pages;
#[path = "export/samples.rs"]
mod samples;
