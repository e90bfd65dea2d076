//! Three organisations, their people, and a toolkit on its way.

use commons_integration_tests::simulator::{NodeId, World};
use commons_node::engine::{Caller, Failure};
use commons_node::view::{
    AskReviewRequest, EditRequest, NewDocument, PersonRequest, PublicationView, ReleaseRequest, ReleaseView,
    RetractRequest, ReviewRequest, ReviewView,
};

pub const COUNCIL: NodeId = 0;
pub const HOSPITAL: NodeId = 1;
pub const GROUP: NodeId = 2;
pub const ALL: [NodeId; 3] = [COUNCIL, HOSPITAL, GROUP];

/// Three organisations with their people, and a toolkit of the council.
pub struct Scene {
    pub world: World,
    pub id: String,
    /// Writes at the council.
    pub amina: String,
    /// A patient at the council, no author.
    pub pat: String,
    /// A clinician at the hospital.
    pub lee: String,
}

impl Scene {
    pub fn new(seed: u64) -> Self {
        let mut world = World::new(seed);
        for name in ["Riverside Council", "Harbor Hospital", "Hillside Group"] {
            world.organisation(name);
        }
        world.all_join();
        let amina = person(&mut world, COUNCIL, "Amina", &["family"]);
        let pat = person(&mut world, COUNCIL, "Pat", &["patient"]);
        let lee = person(&mut world, HOSPITAL, "Dr. Lee", &["clinician", "researcher"]);
        let mut scene = Self { world, id: String::new(), amina, pat, lee };
        scene.id = scene.write("Ten days at home", "Drink a lot.\n");
        scene.world.run_until_quiet();
        scene
    }

    pub fn write(&mut self, title: &str, text: &str) -> String {
        let request = NewDocument {
            kind: "toolkit".to_owned(),
            title: title.to_owned(),
            text: text.to_owned(),
            ..NewDocument::default()
        };
        let amina = self.amina.clone();
        let view =
            self.world.request(COUNCIL, |engine, caller| engine.new_document(&by(caller, &amina), &request));
        view.expect("it is written").summary.id
    }

    pub fn edit(&mut self, node: NodeId, person: &str, text: &str) {
        let request = EditRequest { text: Some(text.to_owned()), ..EditRequest::default() };
        let id = self.id.clone();
        let edited = self
            .world
            .request(node, |engine, caller| engine.edit_document(&by(caller, person), &id, &request));
        edited.expect("it is edited");
    }

    pub fn ask(&mut self) {
        let (id, amina) = (self.id.clone(), self.amina.clone());
        let request = AskReviewRequest { note: "Is it clear?".to_owned(), heads: None };
        let asked = self
            .world
            .request(COUNCIL, |engine, caller| engine.ask_review(&by(caller, &amina), &id, &request));
        asked.expect("a review is asked for");
        self.world.run_until_quiet();
    }

    pub fn review(
        &mut self,
        node: NodeId,
        person: &str,
        verdict: &str,
        comment: &str,
    ) -> Result<ReviewView, Failure> {
        let request = ReviewRequest {
            verdict: verdict.to_owned(),
            comment: comment.to_owned(),
            ..ReviewRequest::default()
        };
        let id = self.id.clone();
        let view =
            self.world.request(node, |engine, caller| engine.review(&by(caller, person), &id, &request));
        self.world.run_until_quiet();
        view
    }

    pub fn release(&mut self) -> Result<ReleaseView, Failure> {
        let (id, amina) = (self.id.clone(), self.amina.clone());
        let request = ReleaseRequest::default();
        let view =
            self.world.request(COUNCIL, |engine, caller| engine.release(&by(caller, &amina), &id, &request));
        self.world.run_until_quiet();
        view
    }

    /// Asks, gets both approvals, and releases.
    pub fn publish(&mut self) -> ReleaseView {
        self.ask();
        let (pat, lee) = (self.pat.clone(), self.lee.clone());
        self.review(COUNCIL, &pat, "approve", "").expect("it is reviewed");
        self.review(HOSPITAL, &lee, "approve", "").expect("it is reviewed");
        self.release().expect("it is released")
    }

    pub fn retract(&mut self, node: NodeId, person: &str) -> Result<(), Failure> {
        let request = RetractRequest { reason: "The dose was wrong.".to_owned(), instead: None };
        let id = self.id.clone();
        self.world
            .request(node, |engine, caller| engine.retract(&by(caller, person), &id, &request))
            .map(|_| ())
    }

    pub fn show(&mut self, node: NodeId) -> PublicationView {
        let (id, now) = (self.id.clone(), self.world.now());
        let engine = self.world.engine(node);
        engine.set_now(now);
        engine.publication(&id).expect("it can be shown")
    }

    /// The status and the state of the draft, the same on all nodes.
    pub fn status(&mut self) -> (String, Option<String>) {
        let views: Vec<_> = ALL.map(|node| self.show(node).standing).into();
        assert!(views.windows(2).all(|two| two[0] == two[1]), "{views:#?}");
        (views[0].status.clone(), views[0].draft.clone())
    }
}

pub fn by(operator: &Caller, person: &str) -> Caller {
    Caller { person: person.to_owned(), ..operator.clone() }
}

pub fn person(world: &mut World, node: NodeId, name: &str, roles: &[&str]) -> String {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    let request = PersonRequest { name: name.to_owned(), roles };
    let added = world.request(node, |engine, caller| engine.add_person(caller, &request));
    added.expect("the person is added").id
}
