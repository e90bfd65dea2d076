"""Objects, runs and versions of docs/proof-format.md."""
import hashlib
from datetime import date

import cbor2

from crypto import VND, Refused, domain_hash, is_sorted, plain_hash, verifies
from form import (
    ATTESTATION,
    CHARTER,
    FORK,
    KEY_EVENT,
    OBJECT,
    PROPOSAL,
    RUN,
    VERSION,
    VOTE,
    Bad,
    decode,
    encode,
    definition_of,
    particulars_fit,
)


class Point:
    def __init__(self, parts):
        self.log, self.seq, self.entry = parts

    def within(self, log, seq, entry):
        """Whether an entry at this place lies within what ends here."""
        return self.log == log and (seq < self.seq or (seq == self.seq and entry == self.entry))


class Thing:
    """An object: its tag, its value, its id."""

    def __init__(self, tag, value, id, charter=None):
        self.tag, self.value, self.id, self.charter = tag, value, id, charter


KINDS = {1: ("proposal.v1", PROPOSAL, 196_608), 2: ("vote.v1", VOTE, 512), 3: ("key-event.v1", KEY_EVENT, 196_608),
         4: ("attestation.v1", ATTESTATION, 98_304)}
SIGNER = {1: "by", 2: "elector", 3: "signer", 4: "elector"}


def refuse_as(prefix, work):
    try:
        return work()
    except Bad as bad:
        raise Refused(f"{prefix}/{bad.code}") from bad


def read_object(data, commons):
    if len(data) > 196_736:
        raise Bad("too-large")
    wire = decode(OBJECT, data)
    tag, body = wire["tag"], wire["bytes"]
    if tag == 5:
        if wire["signature"] != bytes(64):
            raise Bad("malformed")
        return read_fork(body)
    if tag not in KINDS:
        raise Bad("malformed")
    name, shape, limit = KINDS[tag]
    if len(body) > limit:
        raise Bad("too-large")
    value = decode(shape, body)
    if not verifies(value[SIGNER[tag]], VND + name, body, wire["signature"]):
        raise Bad("bad-signature")
    check_object(tag, value)
    return Thing(tag, value, domain_hash("commons object 1", (VND + name).encode(), body))


def check_object(tag, value):
    sound = True
    if tag == 2:
        lock, round_ = value["lock"], value["round"]
        sound = round_ < 256 and {
            1: round_ == 0 and lock is None and value["attested"] is None,
            2: lock is None or lock < round_,
            3: lock is None,
        }[value["phase"]]
    elif tag == 3 and value["action"][0] in (4, 6):
        fields = value["action"][1]
        consented = value["commons"] + value["organisation"]
        if not verifies(fields["key"], VND + "consent.v1", consented, fields["consent"]):
            raise Bad("bad-signature")
    elif tag == 4:
        logs = [point[0] for point in value["points"]]
        sound = bool(logs) and is_sorted(logs) and (value["seq"] == 0) == (value["prev"] is None)
        sound = sound and value["seq"] < 8_192
    if not sound:
        raise Bad("malformed")


def read_fork(body):
    value = decode(FORK, body)
    one, other = (read_run(value[name], value["commons"]) for name in ("one", "other"))
    first, second = one.entries[0], other.entries[0]
    proper = one.name == other.name and first.seq == second.seq and first.id < second.id
    if not proper or any(entry.body is not None for entry in one.entries + other.entries):
        raise Bad("malformed")
    thing = Thing(5, value, domain_hash("commons fork 1", value["one"], value["other"]))
    thing.runs = (one, other)
    return thing


def belongs(thing, commons):
    named = thing.value["commons"]
    if thing.tag == 1 and named is None:
        return plain_hash(encode(CHARTER, thing.value["charter"])) == commons
    return named == commons



class Entry:
    def __init__(self, commons, name, seq, prev, packed):
        self.log_name, self.seq, self.prev = name, seq, prev
        self.epoch, self.deps, self.time = packed["epoch"], packed["deps"], packed["time"]
        self.person, self.kind, body = packed["person"], packed["kind"], packed["body"]
        if not is_sorted(self.deps):
            raise Bad("malformed")
        self.body = body if isinstance(body, bytes) else None
        length, digest = (len(body), plain_hash(body)) if self.body is not None else body
        if length > 47_104:
            raise Bad("too-large")
        header = [commons, self.epoch, list(name), seq, prev, self.deps, self.time, self.person, self.kind, length,
                  digest]
        self.header = cbor2.dumps(header)
        self.id = plain_hash(self.header)
        self.log = domain_hash("commons log 1", commons, name[0], bytes([name[1], name[2]]))


class Run:
    def __init__(self, name, entries):
        self.name, self.entries = name, entries


def read_run(data, commons):
    if len(data) > 262_144:
        raise Bad("too-large")
    value = decode(RUN, data)
    if not value["entries"] or (value["first"] == 0) != (value["prev"] is None) or value["first"] >= 2**63:
        raise Bad("malformed")
    if sum(120 + 34 * len(packed["deps"]) for packed in value["entries"]) > 90_112:
        raise Bad("too-large")
    name, prev, entries = tuple(value["log"]), value["prev"], []
    for index, packed in enumerate(value["entries"]):
        entries.append(Entry(commons, name, value["first"] + index, prev, packed))
        prev = entries[-1].id
    if not verifies(name[0], VND + "entry.v1", entries[-1].header, value["signature"]):
        raise Bad("bad-signature")
    return Run(name, entries)



def read_version(data):
    version = decode(VERSION, data)
    cover, values = version["cover"], version["particulars"]
    names = [name for name, _ in values]
    given = dict(values)
    if version["form"] != 1 or not is_sorted(version["heads"]) or not is_sorted(cover["contributors"]):
        raise Bad("version")
    if not is_sorted([name.encode() for name in names]) or not all(particulars_fit(*pair) for pair in values):
        raise Bad("version")
    conditions = [f"{name[10:]} {value}" for name, value in values if name.startswith("condition/")][:16]
    due = given.get("review-due")
    replaced = given.get("supersedes")
    derived = (
        given.get("audience", ""), conditions,
        None if due is None else (date.fromisoformat(due) - date(1970, 1, 1)).days,
        None if replaced is None else bytes.fromhex(replaced),
    )
    defined = definition_of(given) if cover["kind"] == 3 else None
    if defined != cover["measure"]:
        raise Bad("version")
    if derived != (cover["audience"], cover["conditions"], cover["due"], cover["supersedes"]):
        raise Bad("version")
    cover_hash = hash_of_cover(version["heads"], version["cover"])
    version["name"] = (plain_hash(data), hashlib.sha256(data).digest(), cover_hash)
    return version


def hash_of_cover(heads, cover):
    return domain_hash("commons cover 1", b"".join(heads), encode(VERSION.fields[4][1], cover))
