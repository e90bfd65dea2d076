//! What a member that does not play by the rules does to its own sessions.

use super::behaviour::Behaviour;
use super::node::NodeId;
use super::world::World;
use commons_node::net::MAX_FRAME;
use commons_protocol::bounded::{BoundedBytes, BoundedVec};
use commons_protocol::sync::frame::Frame;
use commons_protocol::sync::table::{Short, ShortRow, Table};

impl World {
    /// The frames that a node sends instead of `frame`.
    pub(super) fn tampered(&mut self, node: NodeId, frame: Vec<u8>) -> Vec<Vec<u8>> {
        let Some(behaviour) = self.nodes[node].tampering.filter(|_| self.dice.chance(50)) else {
            return vec![frame];
        };
        let Ok(decoded) = Frame::decode(&frame) else { return vec![frame] };
        let changed = match behaviour {
            Behaviour::Withhold => self.withhold(decoded),
            Behaviour::Replay => Some(vec![frame.clone(), frame.clone()]),
            Behaviour::LieAboutHeads => self.lie(decoded),
            Behaviour::JunkSignature => self.junk(decoded),
            Behaviour::Bomb => Some(vec![vec![0; MAX_FRAME + 1]]),
            _ => None,
        };
        match changed {
            Some(frames) => {
                self.count_behaviour(behaviour);
                frames
            }
            None => vec![frame],
        }
    }

    /// Whether a node that learns nothing any more ignores `frame`.
    pub(super) fn is_deaf_to(&mut self, node: NodeId, frame: &[u8]) -> bool {
        let is_deaf = self.nodes[node].tampering == Some(Behaviour::StaleHub);
        let brings = matches!(Frame::decode(frame), Ok(Frame::Runs(_) | Frame::Objects(_)));
        if is_deaf && brings {
            self.count_behaviour(Behaviour::StaleHub);
        }
        is_deaf && brings
    }

    fn withhold(&mut self, frame: Frame) -> Option<Vec<Vec<u8>>> {
        let mut keep = || self.dice.chance(40);
        let frame = match frame {
            Frame::Runs(runs) => {
                let some = runs.into_inner().into_iter().filter(|_| keep()).collect();
                Frame::Runs(BoundedVec::new(some).ok()?)
            }
            Frame::Objects(objects) => {
                let some = objects.into_inner().into_iter().filter(|_| keep()).collect();
                Frame::Objects(BoundedVec::new(some).ok()?)
            }
            Frame::Bodies(_) => Frame::Bodies(BoundedVec::default()),
            _ => return None,
        };
        Some(vec![frame.encode()])
    }

    fn lie(&mut self, frame: Frame) -> Option<Vec<Vec<u8>>> {
        let frame = match frame {
            Frame::Rows(mut rows) if rows.table == Table::Heads => {
                let mut all = rows.rows.into_inner();
                for row in &mut all {
                    row.version += self.dice.below(3);
                    row.tag = self.short();
                }
                let row = ShortRow { name: self.short(), version: 1 + self.dice.below(9), tag: self.short() };
                all.push(row);
                rows.rows = BoundedVec::new(all).ok()?;
                Frame::Rows(rows)
            }
            Frame::Hello(mut hello) => {
                hello.heads.0 = self.dice.bytes();
                Frame::Hello(hello)
            }
            _ => return None,
        };
        Some(vec![frame.encode()])
    }

    fn short(&mut self) -> Short {
        Short(self.dice.number().to_be_bytes())
    }

    fn junk(&mut self, frame: Frame) -> Option<Vec<Vec<u8>>> {
        let Frame::Runs(runs) = frame else { return None };
        let mut runs: Vec<Vec<u8>> = runs.into_inner().into_iter().map(BoundedBytes::into_inner).collect();
        let middle = runs.len() / 2;
        let run = runs.get_mut(middle)?;
        let at = self.dice.index(run.len());
        run[at] ^= 1;
        let runs: Option<Vec<_>> = runs.into_iter().map(|run| BoundedBytes::new(run).ok()).collect();
        Some(vec![Frame::Runs(BoundedVec::new(runs?).ok()?).encode()])
    }
}
