"""What the parts of a file mean: entries, papers and releases of docs/proof-format.md."""
from datetime import date, timedelta

from crypto import Refused, demand
from epochs import Governance
from form import BODIES, Bad, decode
from keys import Keys
from lines import Branches
from parts import hash_of_cover
from statement import VERDICTS, WORDS, read_review

CREATE, REVIEW, RELEASE, RETRACT, ACKNOWLEDGE = 1, 6, 7, 8, 9


class Court:
    """What the parts of a file mean."""

    def __init__(self, file, things, runs, versions):
        self.file, self.versions = file, versions
        self.governance = Governance(file, things)
        self.epochs = self.governance.epochs
        self.keys = Keys(self.epochs[-1].charter, things)
        said = {entry.id: entry for run in runs for entry in run.entries if entry.body is not None}
        self.said = dict(sorted(said.items()))
        demand(len(self.epochs) <= 4_096 and len(said) <= 16_384, "too-large")
        self.branches = Branches(runs, things, self.said, self.epochs, self.keys)
        self.judge_chosen()

    def judge_chosen(self):
        without = {epoch.hash for epoch in self.epochs if not epoch.decided}
        demand(all(digest in without for digest in self.file["chosen"]), "not-chosen")
        maker = self.keys.nodes.get(self.file["exporter"])
        active = maker is not None and maker.pins is None and maker.organisation in self.epochs[-1].active
        demand(active, "exporter")
        self.maker = maker.organisation

    # Entries

    def admit(self, entry):
        epoch = self.governance.epoch(entry.epoch)
        node, person = self.keys.nodes.get(entry.log_name[0]), self.keys.people.get(entry.person)
        demand(epoch is not None and node is not None, "unknown")
        refuse = "not-admitted/"
        demand(not self.branches.lines.falls(entry), refuse + "epoch-went-back")
        covered = self.branches.is_covered(entry)
        collection = entry.log_name[1]
        demand(collection in node.may or (covered and collection in node.ever), refuse + "out-of-scope")
        demand(node.organisation in epoch.active, refuse + "not-a-member")
        demand(not self.is_cut(entry, node.organisation), refuse + "beyond-pin")
        place = (entry.log, entry.seq, entry.id)
        end = self.keys.ends.get((node.organisation, entry.log))
        kept = node.pins is None or any(pin.within(*place) for pin in node.pins)
        kept = kept and (end is None or end.within(*place))
        demand(kept or covered, refuse + "beyond-pin")
        demand(person is not None, "unknown")
        demand(person.organisation == node.organisation, refuse + "not-the-person")
        kept = person.pins is None or any(pin.within(*place) for pin in person.pins)
        demand(kept or covered, refuse + "beyond-pin")
        roles = set(person.may) | (set(person.ever) if covered else set())
        writes = any(role in epoch.charter["writers"] for role in roles)
        permitted = {1: writes, 2: writes, 5: writes, 7: writes, 10: writes, 3: writes or 6 in roles,
                     8: writes or 6 in roles, 11: writes or 5 in roles}.get(entry.kind, True)
        demand(permitted, refuse + "role-forbids")
        self.branches.check_branch(entry, person, covered)

    def is_cut(self, entry, organisation):
        for epoch in self.epochs:
            if not epoch.cuts:
                continue
            later = epoch.number > entry.epoch
            pin = epoch.pins.get(entry.log)
            if pin is not None:
                if not pin.within(entry.log, entry.seq, entry.id) and not (entry.seq > pin.seq and not later):
                    return True
            elif later and (epoch.lost_writers or organisation in epoch.left):
                return True
        return False

    # Papers

    def hear(self):
        for entry in self.said.values():
            self.admit(entry)
        created = self.said.get(self.file["document"])
        demand(created is not None and created.kind == CREATE, "not-created")
        try:
            self.kind = decode(BODIES[CREATE], created.body)["kind"]
        except Bad as bad:
            raise Refused("not-created") from bad
        demand(created.log_name[1] == self.kind, "not-created")
        self.creator = self.keys.nodes[created.log_name[0]].organisation
        self.reviews, self.releases, self.retractions, self.acknowledged = {}, {}, {}, {}
        for entry in self.said.values():
            if entry is not created:
                self.read(entry)
        for entry, retraction in self.acknowledged.values():
            demand(retraction in self.retractions, "foreign")

    def read(self, entry):
        demand(entry.kind in (REVIEW, RELEASE, RETRACT, ACKNOWLEDGE), "foreign")
        try:
            body = decode(BODIES[entry.kind], entry.body)
            if entry.kind == REVIEW:
                body = read_review(body, entry, self.file["commons"])
        except Bad as bad:
            code = bad.code if bad.code == "bad-signature" else "bad-body"
            raise Refused(f"not-admitted/{code}") from bad
        if entry.kind == ACKNOWLEDGE:
            self.acknowledged[entry.id] = (entry, body["retraction"])
            return
        demand(body["document"] == self.file["document"], "foreign")
        demand(entry.log_name[1] == self.kind, "not-admitted/wrong-document")
        table = {REVIEW: self.reviews, RELEASE: self.releases, RETRACT: self.retractions}[entry.kind]
        table[entry.id] = (entry, body)

    # Releases

    def judge(self):
        demand(len(self.releases) <= 256, "too-large")
        found, used, withdrawn = {}, set(), set()
        for id, (entry, body) in self.releases.items():
            self.judge_release(entry, body)
            used.add(body["version"])
            retraction = self.retraction_of(entry)
            withdrawn.add(retraction)
            found[id] = self.describe(entry, body, retraction)
        demand(all(name in used for name in self.versions), "surplus")
        demand(all(body["version"] in used for _, body in self.reviews.values()), "foreign")
        demand(all(id in withdrawn for id in self.retractions), "not-retracted")
        demand(found, "no-release")

        ranks = self.ranks()
        return [found[id] for id in sorted(found, key=lambda id: (id in ranks, ranks.get(id, ()), id))]

    def ranks(self):
        """Of the releases that repeat nothing: how many come before each, and whether it is the creator's."""
        own = {id: self.keys.people[entry.person].organisation == self.creator
               for id, (entry, _) in self.releases.items()}
        creators = {body["version"] for id, (_, body) in self.releases.items() if own[id]}
        line, nearest = {}, {}
        for start in sorted(self.releases):
            chain, at = [], start
            while at in self.releases and at not in nearest:
                chain.append(at)
                at = self.releases[at][1]["previous"]
            before = nearest.get(at)
            for id in reversed(chain):
                version, seen = self.releases[id][1]["version"], before
                repeated = not own[id] and version in creators
                while seen is not None and not repeated:
                    repeated = self.releases[seen][1]["version"] == version
                    seen = line[seen][1]
                if not repeated:
                    line[id] = (0 if before is None else line[before][0] + 1, before)
                    before = id
                nearest[id] = before
        return {id: (depth, own[id]) for id, (depth, _) in line.items()}

    def judge_release(self, entry, body):
        cover, name = body["cover"], body["version"]
        fits = cover["kind"] == self.kind and hash_of_cover(body["heads"], cover) == name[2]
        demand(fits, "not-released/wrong-kind")
        listed, broken = self.listed(body)
        policy = self.epochs[entry.epoch].policy(self.kind)
        lacks = self.count(self.epochs[entry.epoch], policy, cover, listed) + broken
        for index in range(1, len(self.epochs)):
            epoch, before = self.epochs[index], self.epochs[index - 1]
            changed = epoch.number > entry.epoch and epoch.policy(self.kind) != before.policy(self.kind)
            if changed and not self.branches.is_covered(entry, self.epochs[:index]):
                lacks += ["under-policy" for _ in self.count(epoch, epoch.policy(self.kind), cover, listed)]
        demand(not lacks, f"not-released/{lacks[0] if lacks else ''}")
        version = self.versions.get(name)
        demand(version is not None, "no-content")
        same = (version["cover"], version["heads"], version["document"], version["commons"]) == (
            cover, body["heads"], self.file["document"], self.file["commons"])
        demand(same, "other-content")
        demand(all(key in self.keys.people for key in cover["contributors"]), "unknown")

    def listed(self, body):
        found, broken = {}, []
        for id in body["reviews"]:
            if id not in self.reviews:
                broken.append("review-missing")
            elif self.reviews[id][1]["version"] != body["version"]:
                broken.append("other-version")
            else:
                review = self.reviews[id][1]
                found.setdefault(review["reviewer"], []).append((review["number"], review["verdict"], id))
        for reviews in found.values():
            reviews.sort(reverse=True)
            broken += ["replaced" for _ in reviews[1:]]
        return [self.reviews[found[key][0][2]][1] for key in sorted(found)], broken

    def discount(self, epoch, policy, cover, review):
        person = self.keys.people.get(review["reviewer"])
        asked = {role for roles, _ in policy["requirements"] for role in roles}
        if person is None or review["role"] not in person.may + person.ever:
            return "the role was never given"
        if person.organisation not in epoch.active:
            return "no active member"
        if review["role"] not in asked:
            return "the role is not asked for"
        if review["verdict"] == 0 and review["reviewer"] in cover["contributors"] and not policy["authors"]:
            return "contributed to this version"
        return None

    def count(self, epoch, policy, cover, reviews):
        lacks, counted = [], []
        for review in reviews:
            if self.discount(epoch, policy, cover, review) is not None or review["verdict"] == 1:
                continue
            if review["verdict"] == 2:
                lacks += ["declined"] if policy["declines"] else []
            else:
                counted.append(review)
        for roles, count in policy["requirements"]:
            if sum(review["role"] in roles for review in counted) < count:
                lacks.append("approvals")
        organisations = {self.keys.people[review["reviewer"]].organisation for review in counted}
        if len(organisations) < policy["organisations"]:
            lacks.append("organisations")
        return lacks

    def retraction_of(self, release):
        version = self.releases[release.id][1]["version"]
        same = {id for id, (_, body) in self.releases.items() if body["version"] == version}
        counting = [(entry.time, id) for id, (entry, body) in self.retractions.items()
                    if same & set(body["releases"]) and self.may_retract(release, entry)]
        return min(counting)[1] if counting else None

    def may_retract(self, release, entry):
        by = self.keys.people[entry.person].organisation
        own = by in (self.creator, self.keys.people[release.person].organisation)
        orphaned = self.creator not in self.epochs[-1].active
        binding = [epoch for index, epoch in enumerate(self.epochs)
                   if epoch.number == entry.epoch
                   or (epoch.number > entry.epoch and not self.branches.is_covered(entry, self.epochs[:index]))]
        return own or all(
            by in [organisation for organisation, _ in epoch.charter["electors"]]
            and (orphaned or epoch.policy(self.kind)["electors"]) for epoch in binding)

    def who(self, key):
        person = self.keys.people.get(key)
        if person is None:
            return key.hex()
        return f"{person.name} ({self.name(person.organisation)})"

    def name(self, organisation):
        for member in self.epochs[-1].charter["members"]:
            if member["organisation"] == organisation:
                return member["name"]
        return organisation.hex()

    def describe(self, entry, body, retraction):
        epoch = self.epochs[entry.epoch]
        reviews = {id: review for id, (_, review) in self.reviews.items() if review["version"] == body["version"]}
        latest = {}
        for id, review in reviews.items():
            rank = (review["number"], review["verdict"], id)
            latest[review["reviewer"]] = max(rank, latest.get(review["reviewer"], rank))
        shown = set(body["reviews"]) | {id for _, _, id in latest.values()}
        months = epoch.policy(self.kind)["months"]
        day = day_of(entry.time)
        days = [] if months is None else [later(day, months)]
        if body["cover"]["due"] is not None:
            days.append(date(1970, 1, 1) + timedelta(days=body["cover"]["due"]))
        acknowledged = {self.name(self.keys.people[ack.person].organisation)
                        for ack, named in self.acknowledged.values() if named == retraction}
        told = None if retraction is None else {
            "id": retraction.hex(), "time": self.retractions[retraction][0].time,
            "by": self.who(self.retractions[retraction][0].person),
            "reason": self.retractions[retraction][1]["reason"], "acknowledged": sorted(acknowledged),
        }
        return {
            "id": entry.id.hex(), "title": body["cover"]["title"], "blake3": body["version"][0].hex(),
            "sha256": body["version"][1].hex(), "epoch": entry.epoch, "time": entry.time,
            "by": self.who(entry.person), "due": min(days).isoformat() if days else None,
            "contributors": [self.who(key) for key in body["cover"]["contributors"]],
            "retraction": told,
            "reviews": sorted(({
                "id": id.hex(), "by": self.who(review["reviewer"]), "role": WORDS[review["role"]],
                "verdict": [word for word, rank in VERDICTS.items() if rank == review["verdict"]][0],
                "conflicts": review["conflicts"], "listed": id in body["reviews"],
            } for id, review in reviews.items() if id in shown), key=lambda review: review["id"]),
        }


def day_of(time):
    return date(1970, 1, 1) + timedelta(days=min(time // 86_400_000, 2_932_896))


def later(day, months):
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    if year > 9_999:
        return date(9999, 12, 31)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    return date(year, month, day.day)
