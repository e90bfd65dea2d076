//! People who write at several nodes at the same time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, thread};

use commons_integration_tests::process::{Answered, Api, Asked, CallError, History};
use commons_node::view::{DocumentSummary, DocumentView, EditRequest, NewDocument};

use super::cast::{Cast, WORDS};

/// Saves that everybody makes at least.
const AT_LEAST: u64 = 3;
/// Saves that nobody exceeds, however long it takes.
const AT_MOST: u64 = 12;
/// Longest time that a person thinks about a sentence, in milliseconds.
const THINKING: u64 = 150;

/// Small numbers from a seed (xorshift).
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    /// Numbers that follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// The next number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// `COMMONS_SEED`, or a new one.
pub fn seed() -> u64 {
    match env::var("COMMONS_SEED") {
        Ok(text) => text.parse().expect("COMMONS_SEED is a number"),
        Err(_) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
            now.as_secs() ^ u64::from(now.subsec_nanos())
        }
    }
}

/// Those who write in one part of the story.
pub struct Writers {
    people: Vec<Person>,
    /// Documents that they may edit; none: whatever their node lists.
    own: Option<Mutex<Vec<String>>>,
}

struct Person {
    name: &'static str,
    api: Api,
    part: &'static str,
    random: Random,
}

impl Writers {
    /// One person at each of these nodes, who edits whatever there is.
    pub fn all_of(
        cast: &Cast,
        part: &'static str,
        random: &mut Random,
        who: impl Iterator<Item = usize>,
    ) -> Self {
        let person = |who: usize| Person {
            name: WORDS[who].name,
            api: cast.node(who).api().clone(),
            part,
            random: Random::new(random.below(u64::MAX)),
        };
        Self { people: who.map(person).collect(), own: None }
    }

    /// The same, but they edit only these documents and what they write
    /// themselves in this part.
    pub fn on(self, documents: &[String]) -> Self {
        Self { own: Some(Mutex::new(documents.to_vec())), ..self }
    }

    /// Lets each of them edit one document, once.
    pub fn edit(self, history: &History, document: &str) {
        for person in self.people {
            let mark = format!("<{}/{}>", person.part, person.name);
            let asked = Asked::Write { mark: mark.clone() };
            let answered = history.note(person.name, asked, || answered(person.edit(document, &mark)));
            assert!(matches!(answered, Answered::Saved { .. }), "{} can't edit: {answered:?}", person.name);
        }
    }

    /// Lets them write while `act` acts.
    pub fn write<T>(self, history: &History, act: impl FnOnce() -> T) -> T {
        let is_over = AtomicBool::new(false);
        let own = self.own.as_ref();
        thread::scope(|scope| {
            for person in self.people {
                let is_over = &is_over;
                scope.spawn(move || person.write_until(is_over, own, history));
            }
            // Also when it fails: the others must not wait for it.
            let _over = Over(&is_over);
            act()
        })
    }
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Person {
    fn write_until(mut self, is_over: &AtomicBool, own: Option<&Mutex<Vec<String>>>, history: &History) {
        for count in 0..AT_MOST {
            if count >= AT_LEAST && is_over.load(Ordering::SeqCst) {
                return;
            }
            let mark = format!("<{}/{}/{count}>", self.part, self.name);
            let answer =
                history.note(self.name, Asked::Write { mark: mark.clone() }, || self.save(&mark, own));
            match answer {
                Answered::Saved { document, .. } => {
                    if let Some(own) = own {
                        own.lock().unwrap_or_else(PoisonError::into_inner).push(document);
                    }
                }
                // The node is gone, and with it the person's window.
                Answered::Nothing => return,
                Answered::Refused(code) => panic!("{} refuses to save: {code}", self.name),
                Answered::Done => unreachable!("a save is not just done"),
            }
            // Not waiting for anything: people think.
            thread::sleep(Duration::from_millis(self.random.below(THINKING)));
        }
    }

    fn save(&mut self, mark: &str, own: Option<&Mutex<Vec<String>>>) -> Answered {
        let saved = match self.document(own) {
            Some(document) => self.edit(&document, mark),
            None => self.create(mark),
        };
        answered(saved)
    }

    /// A document to edit; none: write a new one.
    fn document(&mut self, own: Option<&Mutex<Vec<String>>>) -> Option<String> {
        if self.random.below(3) == 0 {
            return None;
        }
        let ids: Vec<String> = match own {
            Some(own) => own.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            None => {
                let listed: Vec<DocumentSummary> = self.api.get("/v1/documents").ok()?;
                listed.into_iter().map(|summary| summary.id).collect()
            }
        };
        let count = u64::try_from(ids.len()).expect("few documents");
        let place = usize::try_from(self.random.below(count.max(1))).expect("few documents");
        ids.get(place).cloned()
    }

    fn create(&self, mark: &str) -> Result<DocumentView, CallError> {
        let new = NewDocument {
            kind: "toolkit".into(),
            title: mark.to_owned(),
            language: None,
            description: None,
            text: format!("{mark}\n"),
            ..NewDocument::default()
        };
        self.api.post("/v1/documents", &new)
    }

    fn edit(&self, id: &str, mark: &str) -> Result<DocumentView, CallError> {
        let path = format!("/v1/documents/{id}");
        let old: DocumentView = self.api.get(&path)?;
        let text = Some(format!("{}{mark}\n", old.text));
        let is_here = !old.version.is_empty();
        let request = EditRequest { text, base: Some(old.version), ..EditRequest::default() };
        match self.api.put(&path, &request) {
            // It is known to exist, but its content had not arrived.
            Err(CallError::Refused(_, code)) if code == "unreadable" && !is_here => self.create(mark),
            saved => {
                assert!(is_here || saved.is_err(), "{mark} was taken for a document that is not here");
                saved
            }
        }
    }
}

/// What it means that saving brought this.
pub fn answered(saved: Result<DocumentView, CallError>) -> Answered {
    match saved {
        Ok(view) => Answered::Saved { document: view.summary.id, version: view.version },
        Err(CallError::Refused(_, code)) => Answered::Refused(code),
        Err(CallError::Broken(_)) => Answered::Nothing,
    }
}
