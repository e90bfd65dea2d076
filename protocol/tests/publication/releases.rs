//! What a release needs beside the reviews: later policies, members, its own document.

use super::tally::{Told, approvals, check, no_clinician, no_patient, one_organisation};
use crate::scene::{Opinion, Scene, heads, need, release_body};
use crate::world::{key, list};
use commons_protocol::body::{Content, SignedReview};
use commons_protocol::charter::Charter;
use commons_protocol::collection::{Collection, DocumentKind, Role, Standing};
use commons_protocol::id::{CommonsId, EntryId};
use commons_protocol::keylog::KeyAction;
use commons_protocol::policy::Policy;
use commons_protocol::publication::tally::{Discount, Lack};
use commons_protocol::statement::Verdict;
use commons_protocol::version::Heads;

fn under(epoch: u64, lack: Lack) -> Lack {
    Lack::UnderPolicy(epoch, Box::new(lack))
}

/// The toolkit policy asks for a researcher from now on.
fn ask_for_a_researcher(scene: &mut Scene) {
    scene.change_policy(|policy| {
        policy.requirements = list([need(&[Role::Patient, Role::Family], 1), need(&[Role::Researcher], 1)]);
    });
}

fn under_researcher(scene: &Scene, reviews: &[EntryId], release: EntryId, epoch: u64) -> Told {
    let lacks = vec![under(epoch, approvals(&[Role::Researcher], 0, 1)), under(epoch, one_organisation(1))];
    let _ = (scene, reviews);
    (release, lacks, vec![])
}

#[test]
fn a_release_meets_later_policies_unless_a_quorum_held_it_before() {
    check(&[
        ("nobody attested it", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let release = scene.release(0, &version, &reviews, None);
            ask_for_a_researcher(scene);
            under_researcher(scene, &reviews, release, 1)
        }),
        ("two of four attested it", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let release = scene.release(0, &version, &reviews, None);
            scene.attest(0, 2);
            ask_for_a_researcher(scene);
            under_researcher(scene, &reviews, release, 1)
        }),
        ("a quorum attested it", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let release = scene.release(0, &version, &reviews, None);
            scene.attest(0, 3);
            ask_for_a_researcher(scene);
            (release, vec![], vec![])
        }),
        ("a quorum attested it after the change only", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let release = scene.release(0, &version, &reviews, None);
            ask_for_a_researcher(scene);
            scene.attest(0, 4);
            under_researcher(scene, &reviews, release, 1)
        }),
        ("back-dated", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            scene.attest(0, 4);
            ask_for_a_researcher(scene);
            scene.logs[0].epoch = 0;
            let release = scene.release(0, &version, &reviews, None);
            under_researcher(scene, &reviews, release, 1)
        }),
        ("it was attested between two changes", |scene| {
            scene.change_policy(|policy| policy.valid_months = Some(12));
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let release = scene.release(0, &version, &reviews, None);
            scene.attest(0, 3);
            ask_for_a_researcher(scene);
            (release, vec![], vec![])
        }),
    ]);
}

#[test]
fn a_release_meets_its_own_policy_and_each_later_change_of_it() {
    check(&[
        ("the policy was changed and changed back", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let release = scene.release(0, &version, &reviews, None);
            ask_for_a_researcher(scene);
            scene.change_policy(|policy| *policy = Policy::standard(DocumentKind::Toolkit));
            under_researcher(scene, &reviews, release, 1)
        }),
        ("an epoch without another policy binds nobody", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let release = scene.release(0, &version, &reviews, None);
            let charter =
                Charter { writers: list([Role::Patient, Role::Clinician]), ..scene.world.next_charter() };
            scene.enact(charter);
            (release, vec![], vec![])
        }),
        ("naming the standard policy changes none", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let release = scene.release(0, &version, &reviews, None);
            scene.change_policy(|_| {});
            (release, vec![], vec![])
        }),
        ("it meets the new policy too", |scene| {
            let version = scene.version(1);
            let mut reviews = scene.good(&version);
            reviews.push(scene.approve(3, Role::Researcher, &version));
            let release = scene.release(0, &version, &reviews, None);
            ask_for_a_researcher(scene);
            (release, vec![], vec![(reviews[2], Discount::RoleNotAsked)])
        }),
        ("a new release under the new policy", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            ask_for_a_researcher(scene);
            let release = scene.release(0, &version, &reviews, None);
            let lacks = vec![approvals(&[Role::Researcher], 0, 1), one_organisation(1)];
            (release, lacks, vec![(reviews[1], Discount::RoleNotAsked)])
        }),
    ]);
}

/// The fifth organisation gets another standing; what it wrote stays.
fn stand(scene: &mut Scene, standing: Standing) {
    let pins = scene.logs[4].pin(scene.logs[4].ids.len()).into_iter().collect();
    let charter = scene.world.standing_charter(4, standing, pins);
    scene.enact(charter);
}

#[test]
fn reviewers_speak_for_members() {
    check(&[
        ("suspended before the release", |scene| {
            let version = scene.version(1);
            let reviews =
                [scene.approve(1, Role::Patient, &version), scene.approve(4, Role::Clinician, &version)];
            stand(scene, Standing::Suspended);
            let lacks = vec![no_clinician(), one_organisation(1)];
            (scene.release(0, &version, &reviews, None), lacks, vec![(reviews[1], Discount::NotAMember)])
        }),
        ("removed before the release", |scene| {
            let version = scene.version(1);
            let reviews =
                [scene.approve(1, Role::Patient, &version), scene.approve(4, Role::Clinician, &version)];
            stand(scene, Standing::Removed);
            let lacks = vec![no_clinician(), one_organisation(1)];
            (scene.release(0, &version, &reviews, None), lacks, vec![(reviews[1], Discount::NotAMember)])
        }),
        ("removed after the release", |scene| {
            let version = scene.version(1);
            let reviews =
                [scene.approve(1, Role::Patient, &version), scene.approve(4, Role::Clinician, &version)];
            let release = scene.release(0, &version, &reviews, None);
            stand(scene, Standing::Removed);
            (release, vec![], vec![])
        }),
        ("a suspended one's decline does not block", |scene| {
            let version = scene.version(1);
            let mut reviews = scene.good(&version);
            reviews.push(scene.review(4, Role::Patient, Verdict::Decline, 1, &version));
            stand(scene, Standing::Suspended);
            (scene.release(0, &version, &reviews, None), vec![], vec![(reviews[2], Discount::NotAMember)])
        }),
        ("revoked, the review lies within the pin", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let pin = scene.logs[2].pin(scene.logs[2].ids.len());
            let person = scene.person(2, Role::Clinician).public();
            scene.world.admin_event(2, KeyAction::Revoke { key: person, pins: list(pin) });
            (scene.release(0, &version, &reviews, None), vec![], vec![])
        }),
        ("revoked, the review lies beyond the pin", |scene| {
            let version = scene.version(1);
            scene.create(2);
            let pin = scene.logs[2].pin(1);
            let reviews = scene.good(&version);
            let person = scene.person(2, Role::Clinician).public();
            scene.world.admin_event(2, KeyAction::Revoke { key: person, pins: list(pin) });
            let lacks = vec![no_clinician(), one_organisation(1), Lack::ReviewMissing(reviews[1])];
            (scene.release(0, &version, &reviews, None), lacks, vec![])
        }),
    ]);
}

/// A clinician whom only the end of the admin's chain names, which the root then cuts off.
fn late_clinician(scene: &mut Scene, attested: bool) -> Told {
    let version = scene.version(1);
    let (kept, person) = (key("kept"), key("late"));
    let delegate = |scene: &mut Scene, person, role| {
        let action = scene.world.organisations[2].person_delegation(scene.world.commons, person, &[role]);
        scene.world.admin_event(2, action)
    };
    let last = delegate(scene, &kept, Role::Researcher);
    delegate(scene, &person, Role::Clinician);
    let (role, verdict) = (Role::Clinician, Verdict::Approve);
    let late = scene.review_as(&Opinion { organisation: 2, person, role, verdict, number: 1 }, &version);
    if attested {
        scene.attest(2, 3);
    }
    let admin = scene.world.organisations[2].admin.public();
    scene.world.root_event(2, KeyAction::RevokeAdmin { admin, last: Some(last) });
    let reviews = [scene.approve(1, Role::Patient, &version), late];
    let release = scene.release(0, &version, &reviews, None);
    let lacks = vec![no_clinician(), one_organisation(1), Lack::ReviewMissing(late)];
    (release, if attested { vec![] } else { lacks }, vec![])
}

#[test]
fn a_role_given_by_what_counts_no_longer_counts_for_what_is_stable() {
    check(&[
        ("a quorum attested the review", |scene| late_clinician(scene, true)),
        ("nobody attested it", |scene| late_clinician(scene, false)),
    ]);
}

#[test]
fn a_release_lists_reviews_of_its_version_that_are_here() {
    check(&[
        ("a review that is not here", |scene| {
            let version = scene.version(1);
            let mut reviews = scene.good(&version);
            reviews.push(EntryId([9; 32]));
            (scene.release(0, &version, &reviews, None), vec![Lack::ReviewMissing(EntryId([9; 32]))], vec![])
        }),
        ("a review of another version", |scene| {
            let (version, other) = (scene.version(1), scene.version(2));
            let mut reviews = scene.good(&version);
            reviews.push(scene.approve(3, Role::Patient, &other));
            (scene.release(0, &version, &reviews, None), vec![Lack::OtherVersion(reviews[2])], vec![])
        }),
        ("all reviews of another version", |scene| {
            let (version, other) = (scene.version(1), scene.version(2));
            let reviews = scene.good(&other);
            let mut lacks = vec![no_patient(), no_clinician(), one_organisation(0)];
            let mut ids = reviews.clone();
            ids.sort_unstable();
            lacks.extend(ids.into_iter().map(Lack::OtherVersion));
            (scene.release(0, &version, &reviews, None), lacks, vec![])
        }),
        ("a review of another document", |scene| {
            let other = scene.create(0);
            let author = scene.person(0, Role::Clinician).public();
            let (version, foreign) = (scene.version(1), scene.version_of(other, 1, &[author], &[]));
            let mut reviews = scene.good(&version);
            reviews.push(scene.approve(3, Role::Patient, &foreign));
            (scene.release(0, &version, &reviews, None), vec![Lack::ReviewMissing(reviews[2])], vec![])
        }),
        ("something that is no review", |scene| {
            let version = scene.version(1);
            let mut reviews = scene.good(&version);
            reviews.push(scene.ask(0, &version));
            (scene.release(0, &version, &reviews, None), vec![Lack::ReviewMissing(reviews[2])], vec![])
        }),
        ("a review that its author erased", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            scene.logs[2].erase(vec![reviews[1]]);
            let lacks = vec![no_clinician(), one_organisation(1), Lack::ReviewMissing(reviews[1])];
            (scene.release(0, &version, &reviews, None), lacks, vec![])
        }),
    ]);
}

#[test]
fn a_release_repeats_its_version_and_the_kind_of_its_document() {
    check(&[
        ("the cover names fewer contributors", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let mut body = release_body(&version, &reviews, None);
            body.cover.contributors = list([]);
            let person = scene.person(0, Role::Clinician);
            (scene.say(0, &person, &Content::Release(body)), vec![Lack::WrongKind], vec![])
        }),
        ("the heads are those of other content", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let mut body = release_body(&version, &reviews, None);
            body.heads = Heads::new(heads(2)).expect("two");
            let person = scene.person(0, Role::Clinician);
            (scene.say(0, &person, &Content::Release(body)), vec![Lack::WrongKind], vec![])
        }),
        ("the cover says that it is guidance", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let mut body = release_body(&version, &reviews, None);
            body.cover.kind = DocumentKind::Guidance;
            body.version.cover = body.cover.hash(&body.heads);
            let person = scene.person(0, Role::Clinician);
            (scene.say(0, &person, &Content::Release(body)), vec![Lack::WrongKind], vec![])
        }),
    ]);
}

#[test]
fn what_stands_in_another_collection_is_not_said() {
    let mut scene = Scene::new();
    let version = scene.version(1);
    let patient = scene.approve(1, Role::Patient, &version);
    let mut elsewhere = scene.world.writer(2, Collection::Guidance, 0);
    let person = scene.person(2, Role::Clinician);
    let (role, verdict) = (Role::Clinician, Verdict::Approve);
    let opinion = Opinion { organisation: 2, person: person.clone(), role, verdict, number: 1 };
    elsewhere.person = person.public();
    let review = elsewhere.say(&scene.review_content(&opinion, &version), vec![]);
    let release = scene.release(0, &version, &[patient, review], None);
    let mut releasing = scene.world.writer(3, Collection::Guidance, 0);
    releasing.person = scene.person(3, Role::Clinician).public();
    let reviews = scene.good(&version);
    releasing.say(&Content::Release(release_body(&version, &reviews[1..], None)), vec![]);
    // The logs come in before and after the document's creation.
    for reversed in [false, true] {
        let mut logs = [scene.logs.clone(), vec![elsewhere.clone(), releasing.clone()]].concat();
        if reversed {
            logs.reverse();
        }
        let told = Scene { world: scene.world.clone(), logs, document: scene.document };
        let office = told.office();
        let tally = office.judge(&scene.document, &release);
        let lacks = vec![no_clinician(), one_organisation(1), Lack::ReviewMissing(review)];
        assert_eq!(tally.lacks, lacks, "reversed: {reversed}");
        let papers = office.papers(&scene.document);
        assert_eq!((papers.releases.len(), papers.reviews.len()), (1, 3), "reversed: {reversed}");
    }
}

#[test]
fn papers_of_another_collection_don_t_count_where_nobody_sorted_them_out() {
    let mut scene = Scene::new();
    let (_, release) = scene.released(1, None);
    let retraction = scene.retract(0, &[release]);
    let office = scene.office();
    let papers = office.papers(&scene.document);
    let subject = office.subject(&scene.document).expect("it was created");
    let mut moved = papers.clone();
    moved.releases.values_mut().for_each(|paper| paper.collection = Collection::Guidance);
    let tally = office.rules().judge(&subject, &moved.releases[&release], &moved);
    assert_eq!(tally.lacks, [Lack::WrongKind]);
    let mut moved = papers.clone();
    moved.reviews.values_mut().for_each(|paper| paper.collection = Collection::Guidance);
    let tally = office.rules().judge(&subject, &moved.releases[&release], &moved);
    let missing = tally.lacks.iter().filter(|lack| matches!(lack, Lack::ReviewMissing(_)));
    assert_eq!(missing.count(), 2);
    let desk = office.desk("2025-10-10");
    let named = |papers: &commons_protocol::publication::Papers| {
        desk.retraction(&subject, papers, &papers.releases[&release]).map(|paper| paper.id)
    };
    assert_eq!(named(&papers), Some(retraction));
    let mut moved = papers.clone();
    moved.retractions.values_mut().for_each(|paper| paper.collection = Collection::Guidance);
    assert_eq!(named(&moved), None);
}

/// Says what a review in the name of one person says, in an entry of another, or in another frame.
#[test]
fn a_review_is_its_reviewer_s_of_this_document_in_this_commons() {
    let mut scene = Scene::new();
    let version = scene.version(1);
    let person = scene.person(1, Role::Patient);
    let (role, verdict) = (Role::Patient, Verdict::Approve);
    let opinion = Opinion { organisation: 1, person: person.clone(), role, verdict, number: 1 };
    let Content::Review(good) = scene.review_content(&opinion, &version) else { panic!("a review") };
    let other_document = SignedReview { document: scene.create(0), ..good.clone() };
    let stranger = scene.person(1, Role::Clinician);
    let own = scene.world.commons;
    scene.world.commons = CommonsId([9; 32]);
    let foreign = scene.review_content(&opinion, &version);
    scene.world.commons = own;
    scene.say(1, &stranger, &Content::Review(good.clone()));
    scene.say(1, &person, &Content::Review(other_document));
    scene.say(1, &person, &foreign);
    assert_eq!(scene.office().papers(&scene.document).reviews.len(), 0);
    let review = scene.say(1, &person, &Content::Review(good));
    let office = scene.office();
    assert_eq!(office.papers(&scene.document).reviews.keys().collect::<Vec<_>>(), [&review]);
    assert_eq!(office.admission.entries(), 6, "they are admitted all the same");
}

#[test]
fn a_release_under_an_epoch_that_is_not_known_is_not_judged() {
    let mut scene = Scene::new();
    let (_, release) = scene.released(1, None);
    let office = scene.office();
    let papers = office.papers(&scene.document);
    let mut paper = papers.releases[&release].clone();
    paper.epoch = 7;
    let subject = office.subject(&scene.document).expect("it was created");
    let tally = office.rules().judge(&subject, &paper, &papers);
    assert_eq!(tally.lacks, [Lack::UnknownEpoch(7)]);
}
