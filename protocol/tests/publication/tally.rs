//! Reviews counted against policies.

use crate::scene::{Opinion, Scene, need};
use crate::world::list;
use commons_protocol::charter::Charter;
use commons_protocol::collection::{DocumentKind, Role};
use commons_protocol::id::EntryId;
use commons_protocol::policy::Policy;
use commons_protocol::publication::tally::{Discount, Lack};
use commons_protocol::statement::Verdict;

/// A release, what it must lack and which reviews must not count.
pub type Told = (EntryId, Vec<Lack>, Vec<(EntryId, Discount)>);

pub type Row = (&'static str, fn(&mut Scene) -> Told);

pub fn approvals(roles: &[Role], has: usize, needs: usize) -> Lack {
    Lack::Approvals { roles: roles.to_vec(), has, needs }
}

pub fn no_clinician() -> Lack {
    approvals(&[Role::Clinician], 0, 1)
}

pub fn no_patient() -> Lack {
    approvals(&[Role::Patient, Role::Family], 0, 1)
}

pub fn one_organisation(has: usize) -> Lack {
    Lack::Organisations { has, needs: 2 }
}

pub fn check(rows: &[Row]) {
    for (rule, tell) in rows {
        let mut scene = Scene::new();
        let (release, lacks, discounted) = tell(&mut scene);
        let tally = scene.office().judge(&scene.document, &release);
        assert_eq!(tally.lacks, lacks, "{rule}: lacks");
        assert_eq!(sorted(tally.discounted), sorted(discounted), "{rule}: discounts");
        let said = tally.lacks.iter().map(ToString::to_string);
        assert!(said.into_iter().all(|words| words.len() > 20 && !words.contains("Lack")), "{rule}: words");
    }
}

fn sorted(mut items: Vec<(EntryId, Discount)>) -> Vec<(EntryId, Discount)> {
    items.sort_by_key(|(id, why)| (*id, format!("{why:?}")));
    items
}

#[test]
fn the_standard_policy_asks_for_a_patient_and_a_clinician_of_two_organisations() {
    check(&[
        ("a patient and a clinician of two organisations", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            (scene.release(0, &version, &reviews, None), vec![], vec![])
        }),
        ("a family member stands for a patient", |scene| {
            let version = scene.version(1);
            let reviews =
                [scene.approve(1, Role::Family, &version), scene.approve(2, Role::Clinician, &version)];
            (scene.release(0, &version, &reviews, None), vec![], vec![])
        }),
        ("nobody", |scene| {
            let version = scene.version(1);
            let release = scene.release(0, &version, &[], None);
            (release, vec![no_patient(), no_clinician(), one_organisation(0)], vec![])
        }),
        ("a patient alone", |scene| {
            let version = scene.version(1);
            let reviews = [scene.approve(1, Role::Patient, &version)];
            let release = scene.release(0, &version, &reviews, None);
            (release, vec![no_clinician(), one_organisation(1)], vec![])
        }),
        ("two patients are no clinician", |scene| {
            let version = scene.version(1);
            let reviews =
                [scene.approve(1, Role::Patient, &version), scene.approve(2, Role::Patient, &version)];
            (scene.release(0, &version, &reviews, None), vec![no_clinician()], vec![])
        }),
        ("one organisation alone", |scene| {
            let version = scene.version(1);
            let reviews =
                [scene.approve(1, Role::Patient, &version), scene.approve(1, Role::Clinician, &version)];
            (scene.release(0, &version, &reviews, None), vec![one_organisation(1)], vec![])
        }),
    ]);
}

#[test]
fn what_the_standard_policy_does_not_count_is_discounted_with_its_reason() {
    check(&[
        ("a role that the policy does not ask for", |scene| {
            let version = scene.version(1);
            let researcher = scene.approve(3, Role::Researcher, &version);
            let reviews = [scene.approve(1, Role::Patient, &version), researcher];
            let lacks = vec![no_clinician(), one_organisation(1)];
            (scene.release(0, &version, &reviews, None), lacks, vec![(researcher, Discount::RoleNotAsked)])
        }),
        ("a role that the person was never given", |scene| {
            let version = scene.version(1);
            let person = scene.person(2, Role::Researcher);
            let (role, verdict) = (Role::Clinician, Verdict::Approve);
            let opinion = Opinion { organisation: 2, person, role, verdict, number: 1 };
            let claimed = scene.review_as(&opinion, &version);
            let reviews = [scene.approve(1, Role::Patient, &version), claimed];
            let lacks = vec![no_clinician(), one_organisation(1)];
            (scene.release(0, &version, &reviews, None), lacks, vec![(claimed, Discount::RoleNotGiven)])
        }),
        ("an author", |scene| {
            let author = scene.person(2, Role::Clinician).public();
            let version = scene.version_of(scene.document, 1, &[author], &[]);
            let reviews = scene.good(&version);
            let lacks = vec![no_clinician(), one_organisation(1)];
            (scene.release(0, &version, &reviews, None), lacks, vec![(reviews[1], Discount::Author)])
        }),
        ("an author who asks for changes", |scene| {
            let author = scene.person(3, Role::Clinician).public();
            let version = scene.version_of(scene.document, 1, &[author], &[]);
            let mut reviews = scene.good(&version);
            reviews.push(scene.review(3, Role::Clinician, Verdict::RequestChanges, 1, &version));
            (scene.release(0, &version, &reviews, None), vec![], vec![(reviews[2], Discount::AsksForChanges)])
        }),
        ("who asks for changes does not approve", |scene| {
            let version = scene.version(1);
            let asks = scene.review(2, Role::Clinician, Verdict::RequestChanges, 1, &version);
            let reviews = [scene.approve(1, Role::Patient, &version), asks];
            let lacks = vec![no_clinician(), one_organisation(1)];
            (scene.release(0, &version, &reviews, None), lacks, vec![(asks, Discount::AsksForChanges)])
        }),
    ]);
}

#[test]
fn who_declines_in_a_role_that_counts_stands_in_the_way() {
    check(&[
        ("who declines stands in the way", |scene| {
            let version = scene.version(1);
            let mut reviews = scene.good(&version);
            reviews.push(scene.review(3, Role::Family, Verdict::Decline, 1, &version));
            (scene.release(0, &version, &reviews, None), vec![Lack::Declined(reviews[2])], vec![])
        }),
        ("an author who declines stands in the way", |scene| {
            let version = scene.version(1);
            let mut reviews = scene.good(&version);
            reviews.push(scene.review(0, Role::Clinician, Verdict::Decline, 1, &version));
            (scene.release(0, &version, &reviews, None), vec![Lack::Declined(reviews[2])], vec![])
        }),
        ("who declines in a role that is not asked for does not", |scene| {
            let version = scene.version(1);
            let mut reviews = scene.good(&version);
            reviews.push(scene.review(3, Role::Researcher, Verdict::Decline, 1, &version));
            (scene.release(0, &version, &reviews, None), vec![], vec![(reviews[2], Discount::RoleNotAsked)])
        }),
        ("who declines in a role never given does not", |scene| {
            let version = scene.version(1);
            let mut reviews = scene.good(&version);
            let person = scene.person(3, Role::Researcher);
            let (role, verdict) = (Role::Clinician, Verdict::Decline);
            let opinion = Opinion { organisation: 3, person, role, verdict, number: 1 };
            reviews.push(scene.review_as(&opinion, &version));
            (scene.release(0, &version, &reviews, None), vec![], vec![(reviews[2], Discount::RoleNotGiven)])
        }),
    ]);
}

#[test]
fn of_several_reviews_by_one_person_the_last_counts_and_the_worst_of_equals() {
    check(&[
        ("changed one's mind for the better", |scene| {
            let version = scene.version(1);
            let first = scene.review(2, Role::Clinician, Verdict::Decline, 1, &version);
            let later = scene.review(2, Role::Clinician, Verdict::Approve, 2, &version);
            let reviews = [scene.approve(1, Role::Patient, &version), later];
            let _ = first;
            (scene.release(0, &version, &reviews, None), vec![], vec![])
        }),
        ("lists what was replaced too", |scene| {
            let version = scene.version(1);
            let first = scene.review(2, Role::Clinician, Verdict::Decline, 1, &version);
            let later = scene.review(2, Role::Clinician, Verdict::Approve, 2, &version);
            let reviews = [scene.approve(1, Role::Patient, &version), first, later];
            (scene.release(0, &version, &reviews, None), vec![Lack::Replaced(first)], vec![])
        }),
        ("changed one's mind for the worse", |scene| {
            let version = scene.version(1);
            let first = scene.review(2, Role::Clinician, Verdict::Approve, 1, &version);
            let later = scene.review(2, Role::Clinician, Verdict::Decline, 2, &version);
            let reviews = [scene.approve(1, Role::Patient, &version), first, later];
            let lacks =
                vec![Lack::Declined(later), no_clinician(), one_organisation(1), Lack::Replaced(first)];
            (scene.release(0, &version, &reviews, None), lacks, vec![])
        }),
        ("two reviews with one number", |scene| {
            let version = scene.version(1);
            let good = scene.review(2, Role::Clinician, Verdict::Approve, 1, &version);
            let bad = scene.review(2, Role::Clinician, Verdict::RequestChanges, 1, &version);
            let reviews = [scene.approve(1, Role::Patient, &version), good, bad];
            let lacks = vec![no_clinician(), one_organisation(1), Lack::Replaced(good)];
            (scene.release(0, &version, &reviews, None), lacks, vec![(bad, Discount::AsksForChanges)])
        }),
        ("a higher number wins whatever was written first", |scene| {
            let version = scene.version(1);
            let later = scene.review(2, Role::Clinician, Verdict::Approve, 9, &version);
            let first = scene.review(2, Role::Clinician, Verdict::Decline, 8, &version);
            let reviews = [scene.approve(1, Role::Patient, &version), first, later];
            (scene.release(0, &version, &reviews, None), vec![Lack::Replaced(first)], vec![])
        }),
        ("one person is one approval", |scene| {
            scene.change_policy(|policy| policy.requirements = list([need(&[Role::Clinician], 2)]));
            let version = scene.version(1);
            let first = scene.review(2, Role::Clinician, Verdict::Approve, 1, &version);
            let again = scene.review(2, Role::Clinician, Verdict::Approve, 2, &version);
            let lacks = vec![approvals(&[Role::Clinician], 1, 2), one_organisation(1), Lack::Replaced(first)];
            (scene.release(0, &version, &[first, again], None), lacks, vec![])
        }),
        ("one review listed twice", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let twice = [reviews[0], reviews[1], reviews[1]];
            (scene.release(0, &version, &twice, None), vec![Lack::Replaced(reviews[1])], vec![])
        }),
    ]);
}

#[test]
fn a_policy_says_whether_authors_may_review_and_declines_block() {
    check(&[
        ("authors may review", |scene| {
            scene.change_policy(|policy| policy.authors_may_review = true);
            let author = scene.person(2, Role::Clinician).public();
            let version = scene.version_of(scene.document, 1, &[author], &[]);
            let reviews = scene.good(&version);
            (scene.release(0, &version, &reviews, None), vec![], vec![])
        }),
        ("declines don't block", |scene| {
            scene.change_policy(|policy| policy.declines_block = false);
            let version = scene.version(1);
            let mut reviews = scene.good(&version);
            reviews.push(scene.review(3, Role::Patient, Verdict::Decline, 1, &version));
            (scene.release(0, &version, &reviews, None), vec![], vec![])
        }),
        ("a decline that does not block is no approval", |scene| {
            scene.change_policy(|policy| policy.declines_block = false);
            let version = scene.version(1);
            let declines = scene.review(2, Role::Clinician, Verdict::Decline, 1, &version);
            let reviews = [scene.approve(1, Role::Patient, &version), declines];
            let lacks = vec![no_clinician(), one_organisation(1)];
            (scene.release(0, &version, &reviews, None), lacks, vec![])
        }),
    ]);
}

#[test]
fn a_policy_says_how_many_of_which_roles_and_organisations_it_asks_for() {
    check(&[
        ("two of one role set, one short", |scene| {
            scene.change_policy(|policy| {
                policy.requirements = list([need(&[Role::Patient, Role::Family], 2)])
            });
            let version = scene.version(1);
            let reviews = [scene.approve(1, Role::Patient, &version)];
            let lacks = vec![approvals(&[Role::Patient, Role::Family], 1, 2), one_organisation(1)];
            (scene.release(0, &version, &reviews, None), lacks, vec![])
        }),
        ("two of one role set", |scene| {
            scene.change_policy(|policy| {
                policy.requirements = list([need(&[Role::Patient, Role::Family], 2)])
            });
            let version = scene.version(1);
            let reviews =
                [scene.approve(1, Role::Patient, &version), scene.approve(2, Role::Family, &version)];
            (scene.release(0, &version, &reviews, None), vec![], vec![])
        }),
        ("three organisations", |scene| {
            scene.change_policy(|policy| {
                policy.requirements =
                    list([need(&[Role::Patient, Role::Family], 2), need(&[Role::Clinician], 1)]);
                policy.organisations = 3;
            });
            let version = scene.version(1);
            let mut reviews = scene.good(&version);
            reviews.push(scene.approve(1, Role::Family, &version));
            (
                scene.release(0, &version, &reviews, None),
                vec![Lack::Organisations { has: 2, needs: 3 }],
                vec![],
            )
        }),
        ("nothing is asked for", |scene| {
            scene.change_policy(|policy| {
                policy.requirements = list([]);
                policy.organisations = 0;
            });
            let version = scene.version(1);
            (scene.release(0, &version, &[], None), vec![], vec![])
        }),
    ]);
}

#[test]
fn a_policy_binds_its_own_kind_alone() {
    check(&[("the policy of another kind changes nothing", |scene| {
        let version = scene.version(1);
        let reviews = scene.good(&version);
        let release = scene.release(0, &version, &reviews, None);
        let mut guidance = Policy::standard(DocumentKind::Guidance);
        guidance.requirements = list([need(&[Role::Researcher], 9)]);
        let charter = Charter { policies: Some(list([guidance])), ..scene.world.next_charter() };
        scene.enact(charter);
        (release, vec![], vec![])
    })]);
}
