"""Which keys speak for whom, by docs/proof-format.md."""
from crypto import domain_hash
from parts import Point


class Key:
    def __init__(self, organisation, name, may, pins):
        self.organisation, self.name, self.may, self.pins, self.ever = organisation, name, list(may), pins, []


UNCUT = object()


class Keys:
    def __init__(self, charter, things):
        self.nodes, self.people, self.ends, self.roots = {}, {}, {}, {}
        self.chains = {}
        for thing in sorted((one for one in things if one.tag == 3), key=lambda one: one.id):
            place = (thing.value["organisation"], thing.value["signer"])
            self.chains.setdefault(place, {}).setdefault(thing.value["seq"], []).append(thing)
        for member in charter["members"]:
            self.member(member)
        for member in charter["members"]:
            self.remember(member)

    def chain(self, organisation, signer, cut):
        counted = []
        is_root = self.roots.get(organisation) == signer
        for seq, events in sorted(self.chains.get((organisation, signer), {}).items()):
            last = counted[-1].id if counted else None
            if len(events) != 1 or seq != len(counted) or seq >= 4_096 or (cut is not UNCUT and cut == last):
                break
            value = events[0].value
            if value["prev"] != last or (value["action"][0] <= 3) != is_root:
                break
            counted.append(events[0])
        return counted

    def member(self, member):
        organisation, admins, seen = member["organisation"], {}, set()
        parts = [(root, following, last) for root, following, last in member["former"]]
        for root, following, cut in parts + [(member["root"], member["next"], UNCUT)]:
            while root not in seen:
                seen.add(root)
                self.roots[organisation] = root
                rotation = self.walk(organisation, root, following, cut, admins)
                if rotation is None:
                    break
                root, following = rotation
        events = [event for admin in sorted(admins) for event in self.chain(organisation, admin, admins[admin])]
        for event in events:
            self.delegate(organisation, event.value["action"])
        for event in events:
            self.amend(organisation, event.value["action"])

    def walk(self, organisation, root, following, cut, admins):
        for event in self.chain(organisation, root, cut):
            number, fields = event.value["action"]
            if number == 1 and domain_hash("commons root key commitment 1", fields["key"]) == following:
                return None if cut is not UNCUT and cut == event.id else (fields["key"], fields["next"])
            if number == 2:
                admins.setdefault(fields["key"], UNCUT)
            if number == 3:
                admins[fields["key"]] = fields["last"]
        return None

    def delegate(self, organisation, action):
        number, fields = action
        if number == 4:
            self.nodes.setdefault(fields["key"], Key(organisation, None, fields["collections"], None))
        if number == 6:
            self.people.setdefault(fields["key"], Key(organisation, fields["name"], fields["roles"], None))

    def amend(self, organisation, action):
        number, fields = action
        if number == 7:
            for known in (self.nodes.get(fields["key"]), self.people.get(fields["key"])):
                if known is not None and known.organisation == organisation and known.pins is None:
                    known.pins = [Point(point) for point in fields["pins"]]
        if number == 8:
            for point in fields["ends"]:
                self.ends.setdefault((organisation, point[0]), Point(point))

    def remember(self, member):
        organisation = member["organisation"]
        roots = [(root, following) for root, following, _ in member["former"]] + [(member["root"], member["next"])]
        seen, admins = set(), set()

        def events(signer):
            chain = self.chains.get((organisation, signer), {})
            return [event.value["action"] for _, there in sorted(chain.items()) for event in there]

        while roots:
            root, following = roots.pop()
            if (root, following) in seen:
                continue
            seen.add((root, following))
            for number, fields in events(root):
                if number == 1 and domain_hash("commons root key commitment 1", fields["key"]) == following:
                    roots.append((fields["key"], fields["next"]))
                if number == 2:
                    admins.add(fields["key"])
        for number, fields in (action for admin in sorted(admins) for action in events(admin)):
            if number in (4, 6):
                table = self.nodes if number == 4 else self.people
                given = fields["collections"] if number == 4 else fields["roles"]
                known = table.setdefault(fields["key"], Key(organisation, fields.get("name"), [], []))
                if known.organisation == organisation:
                    known.ever += given

    def end_of(self, node, log):
        key = self.nodes.get(node)
        if key is None:
            return None
        revoked = [pin for pin in key.pins or [] if pin.log == log][:1]
        ended = [self.ends[(key.organisation, log)]] if (key.organisation, log) in self.ends else []
        return min(revoked + ended, key=lambda point: point.seq, default=None)
