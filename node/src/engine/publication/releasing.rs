//! Releasing a version, or saying everything that it still lacks.

use super::super::{Caller, Engine, Failure};
use super::{Case, list};
use crate::store::Store;
use crate::view::{ReleaseRequest, ReleaseView};
use commons_protocol::body::{Content, Release};
use commons_protocol::collection::DocumentKind;
use commons_protocol::document::Particulars;
use commons_protocol::id::{BlobHash, DocumentId, EntryId};
use commons_protocol::limits::REVIEWERS;
use commons_protocol::measure::{Definition, MeasureKind};
use commons_protocol::publication::Paper;
use commons_protocol::statement::{Review, Verdict};
use commons_protocol::version::Version;

/// What a recommendation must say, with the words for it.
const RECOMMENDATION: [(&str, &str); 3] = [
    ("statement", "what is recommended"),
    ("strength", "how strongly"),
    ("certainty", "how certain that is"),
];

impl<S: Store> Engine<S> {
    /// Releases a version. Everything that it lacks is in the failure, one
    /// sentence per line.
    pub fn release(
        &mut self,
        caller: &Caller,
        id: &str,
        request: &ReleaseRequest,
    ) -> Result<ReleaseView, Failure> {
        let person = self.person_of(caller)?;
        let id = self.find_document(id)?;
        let version = self.version_to_release(&id, request.version.as_deref())?;
        self.check_not_released(&id, &version)?;
        self.check_not_older(&id, &version)?;
        self.check_eligible(&id, &version)?;
        let (body, collection) = (self.release_of(&id, &version)?, version.cover.kind.collection());
        let deps = self.papers_deps(&id, collection, &version.heads, &body.reviews)?;
        let written = self.write(collection, person, deps, &[Content::Release(body)])?;
        self.commit()?;
        let entry =
            written.first().copied().ok_or_else(|| Failure::internal("write", "nothing was written"))?;
        self.note_match(entry, true);
        let view = self.release_view_of(&id, &entry)?;
        match view.counts {
            true => Ok(view),
            false => Err(Failure::internal(
                "release",
                format!("the release was written but does not count: {}", view.why_not.join("; ")),
            )),
        }
    }

    /// What the document says now, or the version that was named, rebuilt.
    fn version_to_release(&mut self, id: &DocumentId, prefix: Option<&str>) -> Result<Version, Failure> {
        let Some(prefix) = prefix else { return self.current_version(id) };
        let named = self.case(id)?.find(prefix)?;
        let version = self.version_at(id, &named.heads)?;
        (version.name() == named.name).then_some(version).ok_or_else(|| {
            Failure::conflict(
                "version-differs",
                "what this node builds from the document's changes is not the version that was asked for; ask for a review anew",
            )
        })
    }

    fn check_not_released(&self, id: &DocumentId, version: &Version) -> Result<(), Failure> {
        let (case, name) = (self.case(id)?, version.name());
        let counting = case.desk.releases(&case.subject, case.papers);
        let Some((release, _)) = counting.into_iter().find(|(paper, _)| paper.body.version == name) else {
            return Ok(());
        };
        let why = match case.desk.retraction(&case.subject, case.papers, release) {
            Some(_) => {
                "this version was withdrawn for good; change the document and have the new version reviewed"
            }
            None => "this version is released already; see `commons release show`",
        };
        Err(Failure::conflict("released-already", why))
    }

    /// Refuses a version that lies in the past of the one that readers see:
    /// nobody shall bring back what was changed since.
    fn check_not_older(&self, id: &DocumentId, version: &Version) -> Result<(), Failure> {
        let case = self.case(id)?;
        let tips = case.desk.tips(&case.subject, case.papers);
        let shown = tips.last().filter(|tip| case.desk.retraction(&case.subject, case.papers, tip).is_none());
        let past = shown.and_then(|tip| self.built(id)?.past(&tip.body.heads).ok());
        match past.is_some_and(|past| version.heads.iter().all(|head| past.contains(head))) {
            true => Err(Failure::conflict(
                "older-than-released",
                "a later version is released already; to go back to this one, restore it, and have that reviewed",
            )),
            false => Ok(()),
        }
    }

    /// Refuses with everything that is missing, in words.
    fn check_eligible(&self, id: &DocumentId, version: &Version) -> Result<(), Failure> {
        let case = self.case(id)?;
        let tally = case.desk.progress(case.papers, &version.name(), &version.cover);
        let mut missing: Vec<String> =
            tally.lacks.iter().map(|lack| self.lack_in_words(&case, lack)).collect();
        missing.extend(self.gaps(&case, version));
        if missing.is_empty() {
            return Ok(());
        }
        let why = format!("this version can't be released yet:\n- {}", missing.join("\n- "));
        Err(Failure::conflict("not-eligible", why))
    }

    /// What a version does not say that it must.
    pub(super) fn gaps(&self, case: &Case<'_>, version: &Version) -> Vec<String> {
        let particulars = version.fields().particulars;
        let mut gaps: Vec<String> = particulars
            .items("attachment")
            .into_iter()
            .flat_map(|name| self.attachment_gaps(case, &particulars, name))
            .collect();
        if version.cover.kind == DocumentKind::Measure {
            gaps.extend(measure_gaps(&particulars));
        }
        if version.cover.kind == DocumentKind::Guidance {
            gaps.extend(particulars.items("recommendation").into_iter().flat_map(|item| {
                let lacks = RECOMMENDATION
                    .iter()
                    .filter(|(part, _)| particulars.item("recommendation", item, part).is_none());
                lacks
                    .map(|(part, words)| {
                        format!(
                            "recommendation {item} does not say {words}: set recommendation/{item}/{part}"
                        )
                    })
                    .collect::<Vec<_>>()
            }));
        }
        gaps
    }

    fn attachment_gaps(&self, case: &Case<'_>, particulars: &Particulars, name: &str) -> Vec<String> {
        let part = |part: &str| particulars.item("attachment", name, part);
        let mut gaps = Vec::new();
        if part("media-type").is_some_and(super::attaching::is_image) && part("alt").is_none() {
            gaps.push(format!(
                "the image \"{name}\" has no words for people who can't see it: set attachment/{name}/alt"
            ));
        }
        let file: Option<BlobHash> = part("hash").and_then(|hash| hash.parse().ok());
        match file {
            None => gaps.push(format!("the attachment \"{name}\" names no file: attach one, or remove it")),
            Some(file) if !case.papers.files.values().any(|paper| paper.body.file == file) => gaps.push(
                format!("the file of the attachment \"{name}\" was never attached, so others can't fetch it: attach it"),
            ),
            Some(file) if !self.has_file(&file) => gaps.push(format!(
                "the file of the attachment \"{name}\" is not on this node yet: wait until it is, or attach it again"
            )),
            Some(_) => {}
        }
        gaps
    }

    /// A release that lists what was reviewed and follows the one that readers
    /// see now.
    fn release_of(&self, id: &DocumentId, version: &Version) -> Result<Release, Failure> {
        let (case, name) = (self.case(id)?, version.name());
        let mut reviews = case.papers.reviews_of(&name);
        if reviews.len() > REVIEWERS {
            // What counts comes first; opinions beyond that may be left out.
            let tally = case.desk.progress(case.papers, &name, &version.cover);
            let rank = |paper: &&Paper<Review>| {
                (!tally.approvals.contains(&paper.id), paper.body.verdict != Verdict::Decline, paper.id)
            };
            reviews.sort_by_key(rank);
            reviews.truncate(REVIEWERS);
        }
        let mut reviews: Vec<EntryId> = reviews.into_iter().map(|paper| paper.id).collect();
        reviews.sort_unstable();
        let previous = case.desk.tips(&case.subject, case.papers).last().map(|paper| paper.id);
        Ok(Release {
            document: *id,
            version: name,
            heads: version.heads.clone(),
            cover: version.cover.clone(),
            reviews: list("reviews", reviews)?,
            previous,
        })
    }
}

/// What a measure does not say that those who report it must know.
fn measure_gaps(particulars: &Particulars) -> Vec<String> {
    let mut gaps = Vec::new();
    if let Err(error) = Definition::read(particulars) {
        gaps.push(error.to_string());
    }
    let kind = particulars.get("measure-kind").and_then(MeasureKind::from_word);
    let has_denominator = kind.is_some_and(MeasureKind::has_denominator);
    let needed = [
        ("population", "who is counted", true),
        ("numerator", "what its numerator counts", true),
        ("denominator", "what its denominator counts", has_denominator),
    ];
    let missing = needed.iter().filter(|(name, _, needed)| *needed && particulars.get(name).is_none());
    gaps.extend(missing.map(|(name, words, _)| format!("the measure does not say {words}: set {name}")));
    gaps
}

#[cfg(test)]
mod tests {
    use super::measure_gaps;
    use commons_protocol::document::Particulars;

    fn gaps(values: &[(&str, &str)]) -> String {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        measure_gaps(&Particulars::new(values.collect()).unwrap()).join("; ")
    }

    #[test]
    fn a_measure_says_what_it_lacks() {
        let words = [("population", "p"), ("numerator", "n"), ("denominator", "d")];
        let with = |more: &[(&'static str, &'static str)]| gaps(&[&words[..], more].concat());
        assert_eq!(with(&[("measure-kind", "proportion"), ("calendar", "month")]), "");
        assert_eq!(
            gaps(&[
                ("population", "p"),
                ("numerator", "n"),
                ("measure-kind", "count"),
                ("calendar", "month")
            ]),
            ""
        );
        for (found, why) in [
            (with(&[]), "\"measure-kind\""),
            (with(&[("measure-kind", "rate")]), "\"calendar\""),
            (with(&[("measure-kind", "rate"), ("calendar", "month"), ("stratum/age", "x")]), "no stratum"),
            (gaps(&[("measure-kind", "rate"), ("calendar", "month")]), "set population"),
            (gaps(&[("measure-kind", "rate"), ("calendar", "month")]), "set denominator"),
            (gaps(&[("measure-kind", "count"), ("calendar", "month")]), "set numerator"),
        ] {
            assert!(found.contains(why), "{why}: {found}");
        }
    }
}
