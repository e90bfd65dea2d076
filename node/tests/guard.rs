//! The identifier guard against texts and files that its rules were not
//! written from. Run with `--nocapture` to see what was measured.

#[path = "guard/documents.rs"]
mod documents;
#[path = "guard/electronic.rs"]
mod electronic;
#[path = "guard/files.rs"]
mod files;
#[path = "guard/hostile.rs"]
mod hostile;
#[path = "guard/independent.rs"]
mod independent;
#[path = "guard/measure.rs"]
mod measure;
#[path = "guard/numbers.rs"]
mod numbers;
#[path = "guard/people.rs"]
mod people;
#[path = "guard/phones.rs"]
mod phones;
#[path = "guard/pictures.rs"]
mod pictures;
#[path = "guard/places.rs"]
mod places;
#[path = "guard/random.rs"]
mod random;
#[path = "guard/shared.rs"]
mod shared;
#[path = "guard/strings.rs"]
mod strings;
#[path = "guard/vectors.rs"]
mod vectors;
