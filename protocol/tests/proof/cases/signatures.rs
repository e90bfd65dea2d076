//! Signatures and keys that lax libraries accept, and numbers at their ends.

use super::{Case, released};
use crate::file::{File, outer, sign_body};
use crate::press::{COUNCIL, SITE};
use commons_protocol::codec;
use commons_protocol::key::{PublicKey, Signature};
use commons_protocol::run::Run;

pub const CASES: &[Case] = &[
    ("a signature with S above the order", "changed", || {
        let mut file = outer(&released().forged(COUNCIL));
        let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        let mut carry = 0_u16;
        for (byte, add) in file.signature.0[32..].iter_mut().zip(order.expect("hex")) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            [*byte, _] = sum.to_le_bytes();
            carry = sum >> 8;
        }
        codec::encode(&file)
    }),
    // Under a key of order one, R = 1 and S = 0 sign everything.
    ("a key of small order", "changed", || {
        let mut identity = [0; 32];
        identity[0] = 1;
        let press = released();
        let weak = File { exporter: PublicKey(identity), ..press.forge(COUNCIL) };
        let mut signed = outer(&sign_body(codec::encode(&weak), &press.node(COUNCIL)));
        signed.signature = Signature([0; 64]);
        signed.signature.0[0] = 1;
        codec::encode(&signed)
    }),
    ("no signature", "changed", || {
        let mut file = outer(&released().forged(COUNCIL));
        file.signature = Signature([0; 64]);
        codec::encode(&file)
    }),
    ("a run of another commons' log", "run/bad-signature", || {
        let (press, there) = (released(), crate::press::Press::founded(8, &["One", "Two", "Three", "Four"]));
        let mut runs = press.forge(COUNCIL).runs();
        runs.extend(there.forge(SITE).runs().into_iter().take(1));
        press.forge(COUNCIL).with_runs(&runs).sign(&press.node(COUNCIL))
    }),
    ("a run at the end of all numbers", "run/malformed", || {
        let press = released();
        let mut file = press.forge(COUNCIL);
        let mut run = Run::decode(&file.runs[0]).expect("sound");
        run.first = u64::MAX;
        run.prev = Some(commons_protocol::id::EntryId([1; 32]));
        let mut runs = file.runs.to_vec();
        runs[0] = commons_protocol::bounded::BoundedBytes::new(codec::encode(&run)).expect("short");
        file.runs = crate::world::list(runs);
        file.sign(&press.node(COUNCIL))
    }),
];
