//! `propose`, `proposals`, `endorse`, `vote` and `refound`: changing the
//! charter together.

use crate::args::{Need, ProposeVerb, REFOUNDING, RefoundArgs, ReviewPolicyArgs, ReviewedKind, VoteArgs};
use crate::commands::Context;
use crate::commands::charter::in_force;
use crate::commands::proposals::{in_full, in_list, is_in_force};
use crate::error::CliError;
use crate::output::Answer;
use crate::output::text::short;
use crate::view::{
    CharterView, PolicyView, ProposalRequest, ProposalView, ProposeRequest, RefoundRequest, RequirementView,
};

/// Proposes a change of the charter.
pub fn propose(context: &Context, verb: ProposeVerb) -> Result<Answer, CliError> {
    let view: ProposalView = context.post("/v1/proposals", &request(verb))?;
    let human = format!("Proposed, and endorsed for this organisation.\n{}", what_next(context, &view));
    Ok(Answer::new(human, &view)?)
}

/// Endorses a proposal.
pub fn endorse(context: &Context, id: String) -> Result<Answer, CliError> {
    let view: ProposalView = context.post("/v1/proposals/endorse", &ProposalRequest { id })?;
    let human = format!("Endorsed for this organisation.\n{}", what_next(context, &view));
    Ok(Answer::new(human, &view)?)
}

/// Lists what is proposed.
pub fn proposals(context: &Context) -> Result<Answer, CliError> {
    let proposals: Vec<ProposalView> = context.get("/v1/proposals")?;
    if proposals.is_empty() {
        return Ok(Answer::new(nothing(context), &proposals)?);
    }
    let lines: String = proposals.iter().map(in_list).collect();
    let human = format!(
        "{lines}\nEndorse one with {}; {} tells how its vote stands.\n",
        context.command("endorse ID"),
        context.command("vote ID")
    );
    Ok(Answer::new(human, &proposals)?)
}

/// Tells how far the vote is, or goes on to its next round.
pub fn vote(context: &Context, args: VoteArgs) -> Result<Answer, CliError> {
    let Some(id) = args.id else { return vote_on_all(context) };
    if args.go_on {
        let view: ProposalView = context.post("/v1/proposals/go-on", &ProposalRequest { id })?;
        let human = format!("{}{}", in_full(&view), went_on(&view));
        return Ok(Answer::new(human, &view)?);
    }
    let view = one_of(context, context.get("/v1/proposals")?, &id)?;
    Ok(Answer::new(in_full(&view), &view)?)
}

fn went_on(view: &ProposalView) -> &'static str {
    match view.round {
        None if is_in_force(view) => "",
        None => "There is no round to leave yet: the nodes vote once enough electors endorsed it.\n",
        Some(_) => {
            "This node goes on as far as the rules let it: it leaves a round once enough electors \
             voted in it.\n"
        }
    }
}

fn vote_on_all(context: &Context) -> Result<Answer, CliError> {
    let proposals: Vec<ProposalView> = context.get("/v1/proposals")?;
    let human = match proposals.is_empty() {
        true => nothing(context),
        false => proposals.iter().map(in_full).collect::<Vec<_>>().join("\n"),
    };
    Ok(Answer::new(human, &proposals)?)
}

fn nothing(context: &Context) -> String {
    format!(
        "Nothing is proposed. What was decided is in {}; {} proposes a change.\n",
        context.command("charter log"),
        context.command("propose")
    )
}

fn one_of(context: &Context, proposals: Vec<ProposalView>, id: &str) -> Result<ProposalView, CliError> {
    let mut found: Vec<ProposalView> =
        proposals.into_iter().filter(|proposal| proposal.id.starts_with(id)).collect();
    match (found.pop(), found.is_empty()) {
        (Some(proposal), true) => Ok(proposal),
        (Some(_), false) => {
            Err(CliError::NotFound(format!("More than one proposal starts with {id}. Give more digits.")))
        }
        (None, _) => Err(CliError::NotFound(format!(
            "No open proposal starts with {id}. The open ones are in {}, what was decided in {}.",
            context.command("proposals"),
            context.command("charter log")
        ))),
    }
}

/// Goes on under a proposal without the electors' decision.
pub fn refound(context: &Context, args: RefoundArgs) -> Result<Answer, CliError> {
    if !args.yes {
        return Err(CliError::Usage(format!("{REFOUNDING}\nNothing was changed. To go on, add --yes.")));
    }
    let request = RefoundRequest { id: args.id, confirm: true };
    let charter: CharterView = context.post("/v1/refound", &request)?;
    let id = request.id.trim();
    let chosen = charter.epochs.iter().find(|epoch| epoch.hash.starts_with(id));
    let human = match chosen {
        None => {
            "Noted. It comes into force here as soon as this node has received the proposal.\n".to_owned()
        }
        Some(epoch) => format!(
            "In force on this node.\n{}\nNext: every other operator who goes on with you runs\n  commons refound {} --yes\n",
            in_force(&charter.commons),
            epoch.hash
        ),
    };
    Ok(Answer::new(human, &charter)?)
}

/// What came of an endorsement, and what the others have to do.
fn what_next(context: &Context, view: &ProposalView) -> String {
    if is_in_force(view) {
        return format!("Decided, and {}:\n  {}\n", view.state, view.changes.join("\n  "));
    }
    let mut text = format!("{}State: {}.\n", in_list(view), view.state);
    if let Some(why) = &view.hindered {
        text.push_str(&format!("This node can't vote for it now: {why}.\n"));
    }
    let lacking = view.needed.saturating_sub(view.endorsed_by.len() as u64);
    if lacking > 0 {
        text.push_str(&format!(
            "Next: tell the others. It reaches their nodes by itself; {lacking} of them must endorse it with\n  commons endorse {}\n",
            short(&view.id)
        ));
    }
    text.push_str(&format!(
        "Look how far it is with {}.\n",
        context.command(&format!("vote {}", short(&view.id)))
    ));
    text
}

fn request(verb: ProposeVerb) -> ProposeRequest {
    match verb {
        ProposeVerb::Admit { request } => ProposeRequest::Admit { request },
        ProposeVerb::Remove(args) => ProposeRequest::Remove { organisations: args.organisations },
        ProposeVerb::Suspend(args) => ProposeRequest::Suspend { organisations: args.organisations },
        ProposeVerb::Reinstate(args) => ProposeRequest::Reinstate { organisations: args.organisations },
        ProposeVerb::Policy(args) => {
            let writers: Vec<String> = args.writers.iter().map(|role| role.word().to_owned()).collect();
            ProposeRequest::Policy {
                writers: (!writers.is_empty()).then_some(writers),
                quorum: args.quorum,
                name: args.name,
                purpose: args.purpose,
            }
        }
        ProposeVerb::ReviewPolicy(args) => ProposeRequest::ReviewPolicy(policy(args)),
        ProposeVerb::Disclosure(args) => ProposeRequest::Disclosure {
            threshold: args.threshold,
            organisations: args.organisations,
            share: args.share,
        },
        ProposeVerb::Elector(args) => ProposeRequest::Elector { add: args.add, remove: args.remove },
        ProposeVerb::Root { organisation, code } => ProposeRequest::Root { organisation, code },
        ProposeVerb::Branch { log, entry } => ProposeRequest::Branch { log, entry },
    }
}

fn policy(args: ReviewPolicyArgs) -> PolicyView {
    let kind = match args.kind {
        ReviewedKind::Toolkit => "toolkit",
        ReviewedKind::Guidance => "guidance",
        ReviewedKind::Measure => "measure",
    };
    let requirement = |need: Need| RequirementView {
        roles: need.roles.iter().map(|role| role.word().to_owned()).collect(),
        count: need.count,
    };
    PolicyView {
        kind: kind.to_owned(),
        requirements: args.need.into_iter().map(requirement).collect(),
        organisations: args.organisations,
        authors_may_review: args.authors_may_review,
        declines_block: !args.declines_dont_block,
        valid_months: args.valid_months,
        electors_retract: args.electors_retract,
    }
}
