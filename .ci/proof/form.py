"""The shapes of docs/proof-format.md: strict CBOR with one encoding per value."""
import re
import unicodedata
from datetime import date

import cbor2


class Bad(Exception):
    """Bytes that are not what they should be, with the code of why."""

    def __init__(self, code="malformed"):
        super().__init__(code)
        self.code = code


# Shapes: each has read(value from CBOR) and write(value to CBOR).


class Number:
    def __init__(self, bits, allowed=None):
        self.bits, self.allowed = bits, allowed

    def read(self, raw):
        good = type(raw) is int and 0 <= raw < 2**self.bits and (self.allowed is None or raw in self.allowed)
        return take(good, raw)

    def write(self, value):
        return value


class Flag:
    def read(self, raw):
        return take(type(raw) is bool, raw)

    def write(self, value):
        return value


class Bytes:
    def __init__(self, size=None, limit=None):
        self.size, self.limit = size, limit

    def read(self, raw):
        good = type(raw) is bytes and (self.size is None or len(raw) == self.size)
        return take(good and (self.limit is None or len(raw) <= self.limit), raw)

    def write(self, value):
        return value


class Text:
    def __init__(self, limit):
        self.limit = limit

    def read(self, raw):
        return take(type(raw) is str and is_plain(raw) and len(raw.encode()) <= self.limit, raw)

    def write(self, value):
        return value


class Option:
    def __init__(self, inner):
        self.inner = inner

    def read(self, raw):
        return None if raw is None else self.inner.read(raw)

    def write(self, value):
        return None if value is None else self.inner.write(value)


class List:
    def __init__(self, inner, limit):
        self.inner, self.limit = inner, limit

    def read(self, raw):
        take(type(raw) is list and len(raw) <= self.limit, raw)
        return [self.inner.read(one) for one in raw]

    def write(self, value):
        return [self.inner.write(one) for one in value]


class Struct:
    """Fields by name. Nulls at the end are left out."""

    def __init__(self, *fields):
        self.fields = fields

    def read(self, raw):
        take(type(raw) is list and len(raw) <= len(self.fields) and (not raw or raw[-1] is not None), raw)
        full = raw + [None] * (len(self.fields) - len(raw))
        return {name: shape.read(one) for (name, shape), one in zip(self.fields, full)}

    def write(self, value):
        raw = [shape.write(value[name]) for name, shape in self.fields]
        while raw and raw[-1] is None:
            raw.pop()
        return raw


class Tuple(Struct):
    """Fields without names."""

    def __init__(self, *shapes):
        super().__init__(*enumerate(shapes))

    def read(self, raw):
        return list(super().read(raw).values())

    def write(self, value):
        return super().write(dict(enumerate(value)))


class Choice:
    def __init__(self, options):
        self.options = options

    def read(self, raw):
        take(type(raw) is list and len(raw) == 2 and type(raw[0]) is int and raw[0] in self.options, raw)
        return raw[0], self.options[raw[0]].read(raw[1])

    def write(self, value):
        return [value[0], self.options[value[0]].write(value[1])]


class Body:
    """The bytes of a body, or its length and hash."""

    def read(self, raw):
        return raw if type(raw) is bytes and len(raw) <= 47_104 else ABSENT.read(raw)

    def write(self, value):
        return value


def take(good, value):
    if not good:
        raise Bad()
    return value


def is_plain(text):
    """Whether a text holds nothing that moves a reader's cursor."""
    return not any(
        (unicodedata.category(c) == "Cc" and c not in "\n\t") or 0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069
        for c in text
    )


def decode(shape, data):
    """The value, if the bytes are its only encoding."""
    try:
        raw = cbor2.loads(data)
        value = shape.read(raw)
        again = cbor2.dumps(shape.write(value))
    except Bad:
        raise
    except (ValueError, TypeError, EOFError, OverflowError, RecursionError, MemoryError, cbor2.CBORError) as error:
        raise Bad() from error
    return take(again == data, value)


def encode(shape, value):
    return cbor2.dumps(shape.write(value))


U8, U16, U32, U64, FLAG = Number(8), Number(16), Number(32), Number(64), Flag()
ID, SIGNATURE = Bytes(size=32), Bytes(size=64)
ABSENT = Tuple(U32, ID)
COLLECTION, ROLE, KIND = Number(8, range(1, 6)), Number(8, range(1, 7)), Number(8, range(1, 4))
ENTRY_KIND, PHASE = Number(8, range(1, 12)), Number(8, range(1, 4))
POINT = Tuple(ID, U64, ID)
VERSION_NAME = Tuple(ID, ID, ID)

OUTER = Struct(("body", Bytes(limit=67_108_864)), ("signature", SIGNATURE))
FILE = Struct(
    ("magic", Text(32)), ("commons", ID), ("document", ID), ("exporter", ID), ("time", U64), ("chosen", List(ID, 1_024)),
    ("objects", List(Bytes(limit=196_736), 262_144)), ("runs", List(Bytes(limit=262_144), 16_384)),
    ("versions", List(Bytes(limit=10_485_760), 256)),
)
OBJECT = Struct(("tag", U8), ("bytes", Bytes(limit=196_608)), ("signature", SIGNATURE))

MEMBER = Struct(
    ("organisation", ID), ("name", Text(200)), ("kind", Number(8, range(1, 7))), ("root", ID), ("next", ID),
    ("standing", Number(8, range(1, 4))), ("former", List(Tuple(ID, ID, Option(ID)), 8)), ("elector", ID),
)
POLICY = Struct(
    ("kind", KIND), ("requirements", List(Tuple(List(ROLE, 8), U8), 8)), ("organisations", U8), ("authors", FLAG),
    ("declines", FLAG), ("months", Option(U16)), ("electors", FLAG),
)
CHARTER = Struct(
    ("number", U64), ("parent", Option(ID)), ("salt", Bytes(size=16)), ("name", Text(200)), ("purpose", Text(4_000)),
    ("members", List(MEMBER, 1_024)), ("electors", List(Tuple(ID, ID), 13)), ("quorum", U8), ("writers", List(ROLE, 8)),
    ("rules", Tuple(U16, U16)), ("pins", List(POINT, 1_024)), ("policies", Option(List(POLICY, 16))),
    ("disclosure", Option(Tuple(U16, U8, U8))),
)
PROPOSAL = Struct(("charter", CHARTER), ("by", ID), ("commons", Option(ID)))
VOTE = Struct(
    ("commons", ID), ("parent", Option(ID)), ("round", U32), ("phase", PHASE), ("proposal", ID), ("elector", ID),
    ("lock", Option(U32)), ("attested", Option(ID)),
)
ADDRESSES = List(Text(256), 8)
ACTIONS = Choice({
    1: Struct(("key", ID), ("next", ID)),
    2: Struct(("key", ID)),
    3: Struct(("key", ID), ("last", Option(ID))),
    4: Struct(("key", ID), ("peer", ID), ("collections", List(COLLECTION, 16)), ("addresses", ADDRESSES),
              ("consent", SIGNATURE)),
    5: Struct(("key", ID), ("addresses", ADDRESSES)),
    6: Struct(("key", ID), ("name", Text(200)), ("roles", List(ROLE, 8)), ("consent", SIGNATURE)),
    7: Struct(("key", ID), ("pins", List(POINT, 1_024))),
    8: Struct(("ends", List(POINT, 1_024))),
})
KEY_EVENT = Struct(
    ("commons", ID), ("organisation", ID), ("signer", ID), ("seq", U64), ("prev", Option(ID)), ("action", ACTIONS),
)
ATTESTATION = Struct(
    ("commons", ID), ("epoch", ID), ("elector", ID), ("seq", U64), ("prev", Option(ID)), ("points", List(POINT, 1_024)),
)
FORK = Struct(("commons", ID), ("one", Bytes(limit=196_608)), ("other", Bytes(limit=196_608)))

PACKED = Struct(
    ("epoch", U64), ("deps", List(ID, 64)), ("time", U64), ("person", ID), ("kind", ENTRY_KIND), ("body", Body()),
)
RUN = Struct(
    ("log", Tuple(ID, COLLECTION, U8)), ("first", U64), ("prev", Option(ID)), ("entries", List(PACKED, 256)),
    ("signature", SIGNATURE),
)

HEADS = List(ID, 64)
CODE = Text(100)
DEFINITION = Struct(
    ("kind", Number(8, range(1, 6))), ("calendar", Number(8, range(1, 3))), ("direction", Option(Number(8, range(1, 3)))),
    ("extremes", FLAG), ("threshold", Option(U16)), ("stratifiers", List(Tuple(CODE, List(CODE, 100)), 8)),
    ("numerator", Option(CODE)), ("denominator", Option(CODE)), ("per", U32),
)
COVER = Struct(
    ("kind", KIND), ("title", Text(1_200)), ("language", Text(140)), ("summary", Text(8_000)), ("audience", Text(2_000)),
    ("conditions", List(Text(2_000), 16)), ("due", Option(U32)), ("supersedes", Option(ID)),
    ("contributors", List(ID, 512)), ("measure", Option(DEFINITION)),
)
VERSION = Struct(
    ("form", U8), ("commons", ID), ("document", ID), ("heads", HEADS), ("cover", COVER),
    ("particulars", List(Tuple(Text(256), Text(8_192)), 512)), ("text", Text(10_485_760)),
)


class Named(Tuple):
    """A version name, to be compared and sorted."""

    def read(self, raw):
        return tuple(super().read(raw))


NAME = Named(ID, ID, ID)
BODIES = {
    1: Struct(("kind", KIND)),
    6: Struct(("document", ID), ("envelope", Struct(("statement", Bytes(limit=24_576)), ("signature", SIGNATURE)))),
    7: Struct(("document", ID), ("version", NAME), ("heads", HEADS), ("cover", COVER), ("reviews", List(ID, 64)),
              ("previous", Option(ID))),
    8: Struct(("document", ID), ("releases", List(ID, 256)), ("reason", Text(4_000)), ("instead", Option(ID))),
    9: Struct(("retraction", ID)),
}
STATEMENT_KEYS = ("commons", "document", "cover", "reviewer", "role", "verdict", "number", "comment", "conflicts",
                  "checklist", "time")

TEXTS = {
    "audience": 500, "call": 1_000, "conflicts": 2_000, "funding": 2_000, "stage": 100, "author/": 300, "condition/": 300,
    "contact/": 300, "evidence/": 2_000, "recommendation//statement": 2_000, "recommendation//evidence": 2_000,
    "attachment//alt": 1_000, "attachment//media-type": 100, "population": 2_000, "numerator": 2_000, "denominator": 2_000,
    "unit": 100, "stratum/": 300,
}
MEASURE_KINDS = ("proportion", "rate", "count", "between", "continuous")
CALENDARS = ("month", "quarter")
DIRECTIONS = ("increase", "decrease")
CHOICES = {
    "measure-kind": MEASURE_KINDS, "calendar": CALENDARS, "direction": DIRECTIONS, "extremes": ("open", "sensitive"),
    "life-domain": ("illness work", "everyday life work", "biographical work"),
    "recommendation//strength": ("strong", "conditional"),
    "recommendation//certainty": ("high", "moderate", "low", "very low"),
}
IDS = ("supersedes", "translation-of", "attachment//hash")


def particulars_fit(name, value):
    """Whether a particular has a name and a value of the table."""
    first, slash, rest = name.partition("/")
    item, second, part = rest.partition("/")
    if slash and not re.fullmatch(r"[A-Za-z0-9._:-]{1,100}", item):
        return False
    if second and (not part or "/" in part):
        return False
    general = first + slash + (second + part if second else "")
    if general in TEXTS:
        return bool(value.strip()) and len(value) <= TEXTS[general]
    if general in CHOICES:
        return value in CHOICES[general]
    if general in IDS:
        return re.fullmatch(r"[0-9a-f]{64}", value) is not None
    if general == "review-due":
        return is_day(value)
    if general == "ages":
        return are_ages(value)
    if general == "licence":
        return re.fullmatch(r"[A-Za-z0-9.+-]{1,64}", value) is not None
    if general in ("numerator-quantity", "denominator-quantity"):
        return re.fullmatch(r"[A-Za-z0-9._:-]{1,100}", value) is not None
    if general in ("per", "threshold"):
        most = 1_000_000 if general == "per" else 1_000
        return re.fullmatch(r"[1-9][0-9]{0,6}", value) is not None and int(value) <= most
    if general == "target":
        return re.fullmatch(r"[0-9]{1,12}([.][0-9]{1,12})?", value) is not None
    if general == "attachment//size":
        return re.fullmatch(r"0|[1-9][0-9]{0,19}", value) is not None and int(value) < 2**64
    return False


def definition_of(given):
    """What particulars define of a measure, if they say all of it."""
    kind, calendar = given.get("measure-kind"), given.get("calendar")
    first, second = given.get("numerator-quantity"), given.get("denominator-quantity")
    if kind is None or calendar is None or (second is not None and (kind == "count" or first == second)):
        return None
    strata = {}
    for name in sorted(name[8:] for name in given if name.startswith("stratum/")):
        stratifier, colon, code = name.partition(":")
        if not (stratifier and colon and code):
            return None
        strata.setdefault(stratifier, []).append(code)
    if len(strata) > 8 or any(len(codes) > 100 for codes in strata.values()):
        return None
    usual = {"proportion": 100, "rate": 1_000}.get(kind, 1)
    direction, threshold, per = given.get("direction"), given.get("threshold"), given.get("per")
    return {
        "kind": MEASURE_KINDS.index(kind) + 1, "calendar": CALENDARS.index(calendar) + 1,
        "direction": None if direction is None else DIRECTIONS.index(direction) + 1,
        "extremes": given.get("extremes") == "sensitive", "threshold": None if threshold is None else int(threshold),
        "stratifiers": [[code, sorted(codes)] for code, codes in sorted(strata.items())],
        "numerator": first, "denominator": second, "per": usual if per is None else int(per),
    }


def is_day(value):
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is None:
        return False
    try:
        return date.fromisoformat(value).year >= 1970
    except ValueError:
        return False


def are_ages(value):
    first, dash, last = value.partition("-")
    ends = [text for text in (first, last) if text]
    numbers = all(re.fullmatch(r"0|[1-9][0-9]{0,2}", text) and int(text) <= 255 for text in ends)
    return bool(dash) and bool(ends) and numbers and (len(ends) < 2 or int(first) <= int(last))
