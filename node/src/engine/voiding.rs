//! Whether a proposed charter would void what nothing may void any more: what
//! this elector attested, and what is stable.

use super::Engine;
use crate::store::Store;
use commons_protocol::admission::Admission;
use commons_protocol::branch::Tree;
use commons_protocol::charter::{Charter, Point};
use commons_protocol::governance::Governance;
use commons_protocol::id::{EpochHash, LogId, OrganisationId};

/// What a charter does to one log.
struct Cutting<'a> {
    log: LogId,
    /// Whose log it is, if its writer is known.
    organisation: Option<OrganisationId>,
    governance: &'a Governance,
    charter: &'a Charter,
}

impl<S: Store> Engine<S> {
    /// A log of which `charter` would void something that counts and that is
    /// stable or, unless a quorum prepared it, that this elector attested.
    pub(super) fn voided_by(&self, charter: &Charter) -> Option<LogId> {
        let admission = &self.commons.as_ref()?.admission;
        let governance = admission.governance()?;
        let own = self.keys.elector.public();
        // Of the quorum that prepared it and any that made something stable,
        // an honest elector was in both: only what is stable matters then.
        let is_prepared = governance.ballots().was_certified(&charter.hash());
        admission.attested().logs().copied().find(|log| {
            let organisation = writer_of(admission, log);
            let cutting = Cutting { log: *log, organisation, governance, charter };
            if !cutting.cuts() {
                return false;
            }
            let attested = admission.attested().points(log).filter(|(_, elector, _)| **elector == own);
            let mut attested = attested.filter(|(epoch, _, point)| !cutting.is_void(epoch, point));
            let tree = Tree::of(admission.waiting().runs(log));
            (!is_prepared && attested.any(|(.., point)| !cutting.keeps(&point, admission, &tree)))
                || admission.stable(log).is_some_and(|stable| {
                    // One that is not here was cut before, or others hold it and refuse.
                    admission.place(&stable.entry).is_some() && !cutting.keeps(&stable, admission, &tree)
                })
        })
    }
}

impl Cutting<'_> {
    /// Whether the charter takes anything of the log away.
    fn cuts(&self) -> bool {
        let current = self.governance.current();
        let loses_standing = |organisation: OrganisationId| {
            current.is_active(&organisation) && !self.charter.is_active(&organisation)
        };
        let tightens = current.writers.iter().any(|role| !self.charter.writers.contains(role));
        let removes =
            || self.governance.current().members.iter().any(|member| loses_standing(member.organisation));
        self.charter.pin(&self.log).is_some()
            || tightens
            || self.organisation.map_or_else(removes, loses_standing)
    }

    /// Whether an epoch in force has cut what was attested in `epoch` already.
    fn is_void(&self, epoch: &EpochHash, point: &Point) -> bool {
        let mut later = self.governance.epochs().iter().skip_while(|one| one.hash != *epoch).skip(1);
        later.any(|one| match one.charter.pin(&self.log) {
            Some(pin) => pin.seq < point.seq,
            None => {
                let is_cut = |organisation| one.cuts.members.contains(&organisation);
                one.cuts.writers || self.organisation.is_some_and(is_cut)
            }
        })
    }

    /// Whether what the charter leaves of the log holds this point.
    fn keeps(&self, point: &Point, admission: &Admission, tree: &Tree) -> bool {
        let pin = self.charter.pin(&self.log);
        pin.is_some_and(|pin| pin.seq >= point.seq && admission.is_in_line(point, pin, tree))
    }
}

/// The organisation whose node writes a log, as far as anything of it is here.
fn writer_of(admission: &Admission, log: &LogId) -> Option<OrganisationId> {
    let admitted = admission.index_of(log).and_then(|index| admission.log_at(index)).map(|(_, name, _)| name);
    let name = admitted.or_else(|| admission.waiting().runs(log).next().map(|run| run.log()))?;
    admission.keys().node(&name.node).map(|node| node.organisation)
}
