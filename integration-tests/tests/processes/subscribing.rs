//! Subscribers to a feed, as they run: a follower and a webhook, while the
//! node, the follower or the receiver stops and comes back.

#[path = "subscribing/following.rs"]
mod following;
#[path = "subscribing/webhooks.rs"]
mod webhooks;

use commons_integration_tests::process::{Answer, Node, Place};
use commons_node::view::{CharterView, DocumentView, SubmissionView};

use crate::scene::path;

const TITLE: &str = "Clinical remission";
/// People whom an organisation sees in a month.
const PEOPLE: u64 = 120;

/// A released measure, and somebody at the founder who reports it.
struct Measure<'p> {
    place: &'p Place,
    id: String,
    token: String,
}

impl<'p> Measure<'p> {
    /// Defined, reviewed and released by one person of a commons' only member.
    fn released(place: &'p Place, founder: &Node) -> Self {
        let added =
            founder.commons(&["person", "add", "Ines", "--role", "improver", "--role", "clinician"]).ok();
        let token = added["token"].as_str().expect("a new person gets a token").to_owned();
        let policy = ["propose", "review-policy", "measure", "--need", "clinician:1", "--organisations", "1"];
        founder.commons(&[&policy[..], &["--authors-may-review"]].concat()).ok();
        place.wait("the policy is in force", || {
            let charter: CharterView = founder.api().get("/v1/charter").ok()?;
            charter.rules.iter().any(|rule| rule.starts_with("A measure needs 1 approval")).then_some(())
        });
        let mut measure = Self { place, id: String::new(), token };
        let define = ["measure", "define", TITLE, "--kind", "proportion", "--calendar", "month"];
        let words = ["--population", "Seen", "--numerator", "In remission", "--denominator", "Assessed"];
        let defined: DocumentView = measure.by(founder, &[&define[..], &words].concat()).view();
        measure.id = defined.summary.id;
        for verb in [["review", "ask"], ["review", "approve"], ["release", "publish"]] {
            measure.by(founder, &[&verb[..], &[&measure.id]].concat()).ok();
        }
        measure
    }

    #[track_caller]
    fn by(&self, node: &Node, arguments: &[&str]) -> Answer {
        node.commons(&[arguments, &["--token", &self.token]].concat())
    }

    /// Reports a month of which nothing has to be masked.
    #[track_caller]
    fn submit(&self, node: &Node, period: &str, numerator: u64) {
        let table = format!("period,numerator,denominator\n{period},{numerator},{PEOPLE}\n");
        let file = self.place.file("figures.csv", table);
        let arguments = ["series", "submit", path(&file), "--measure", TITLE, "--yes"];
        let view: SubmissionView = self.by(node, &arguments).view();
        assert!(view.sent && view.masked == 0, "{view:?}");
    }
}
