//! Writing into this node's own logs.

use super::{Engine, Failure};
use crate::net;
use crate::store::Store;
use commons_protocol::body::Content;
use commons_protocol::bounded::{BoundedBytes, BoundedVec};
use commons_protocol::codec;
use commons_protocol::collection::Collection;
use commons_protocol::entry::{Body, EntryKind};
use commons_protocol::governance::Governance;
use commons_protocol::id::EntryId;
use commons_protocol::key::PublicKey;
use commons_protocol::limits::{GOSSIP_BYTES, RUN_ENTRIES};
use commons_protocol::refusal::Refusal;
use commons_protocol::rules::permits;
use commons_protocol::run::{Packed, VerifiedRun};
use commons_protocol::time::Timestamp;

impl<S: Store> Engine<S> {
    /// Writes `contents` as consecutive entries by `person`, the first of
    /// which builds on `deps`. Returns their ids. They are durable after the
    /// next commit and announced with it.
    pub(super) fn write(
        &mut self,
        collection: Collection,
        person: PublicKey,
        deps: Vec<EntryId>,
        contents: &[Content],
    ) -> Result<Vec<EntryId>, Failure> {
        contents.iter().try_for_each(|content| self.check_may_write(&person, content.kind()))?;
        let random = (self.random)()[0];
        let (now, node) = (self.now, self.keys.node.clone());
        let commons = self.commons_mut()?;
        let log = commons
            .own_logs
            .choose(&commons.admission, node.public(), collection, random)
            .map_err(|error| Failure::conflict("log-numbers-used-up", error.to_string()))?;
        let epoch = commons.admission.governance().map_or(0, |governance| governance.current().number);
        let mut deps = Some(deps);
        let packed = contents.iter().map(|content| {
            Ok(Packed {
                epoch,
                deps: BoundedVec::new(deps.take().unwrap_or_default())
                    .map_err(|error| Failure::conflict("too-many-versions", error.to_string()))?,
                time: Timestamp(now),
                person,
                kind: content.kind(),
                body: Body::Here(BoundedBytes::new(content.encode()).map_err(|error| {
                    Failure::invalid("too-large", format!("one contribution is {error}"))
                })?),
            })
        });
        let packed: Vec<Packed> = packed.collect::<Result<_, Failure>>()?;
        self.hasten();
        let mut ids = Vec::new();
        for part in packed.chunks(RUN_ENTRIES) {
            let commons = self.commons()?;
            let head = commons.admission.head(&log.id(&commons.admission.commons()));
            let first = head.map_or(0, |head| head.seq + 1);
            let run = VerifiedRun::sign(
                commons.admission.commons(),
                log,
                first,
                head.map(|head| head.id),
                part.to_vec(),
                &node,
            )?;
            ids.extend(run.entries().iter().map(|entry| entry.id));
            self.take_own_run(run.clone())?;
            self.announce(&run);
        }
        Ok(ids)
    }

    /// Refuses what no node would take, before it is signed: it would wait
    /// here for ever and close its log.
    pub(super) fn check_may_write(&self, person: &PublicKey, kind: EntryKind) -> Result<(), Failure> {
        let admission = &self.commons()?.admission;
        let Some(charter) = admission.governance().map(Governance::current) else { return Ok(()) };
        if !charter.is_active(&self.keys.organisation) {
            return Err(Refusal::NotAMember.into());
        }
        let roles = admission.keys().person(person).map(|person| person.roles.to_vec()).unwrap_or_default();
        match permits(charter, &roles, kind) {
            true => Ok(()),
            false => Err(Refusal::RoleForbids.into()),
        }
    }

    /// Tells peers about a run: whole if it is small, else by the heads held
    /// now, so that they fetch it.
    pub(super) fn announce(&mut self, run: &VerifiedRun) {
        let Some(commons) = &self.commons else { return };
        let topic = super::gossip::topic(&commons.admission.commons(), run.log().collection);
        let whole = super::gossip::Message::Run(run.encode());
        let data = codec::encode(&whole);
        match data.len() > GOSSIP_BYTES - 1024 {
            true => self.announce_heads(),
            false => self.commands.push(net::Command::Publish { topic, data }),
        }
    }

    /// Whether no other organisation could hold anything of ours.
    pub(super) fn is_alone(&self) -> bool {
        let own = self.keys.organisation;
        let governance = self.commons.as_ref().and_then(|commons| commons.admission.governance());
        governance.is_none_or(|governance| {
            governance.current().members.iter().all(|member| member.organisation == own)
        })
    }
}
