"""``when``: all fields must match, a list means any of, ranges are plain."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.core.model.policy import Test, When
from router.intake.files.problems import did_you_mean, listed
from router.intake.normalise.places.state import state_codes
from router.intake.normalise.vocabulary import read_product
from router.intake.policy import scalars
from router.intake.policy.codes import country_hint, is_country
from router.intake.policy.fields import (
    LEAD_FIELDS,
    MEMBER_FIELDS,
    SCORE_FIELDS,
    FieldForm,
    form_of,
)
from router.intake.policy.names import Draft
from router.intake.policy.scalars import WHOLE, Range
from router.intake.policy.tree import Entry, Mapping, Scalar, Tree

PLURALS = {
    "market": "markets",
    "product": "products",
    "band": "bands",
    "territory": "territories",
    "pool": "pools",
}


def read_when(draft: Draft, tree: Tree | None, fields: dict[str, FieldForm] = LEAD_FIELDS) -> When:
    """The tests of a ``when``; empty when absent, which always holds."""
    mapping = draft.read.mapping(tree, None, "`when`")
    entries = mapping.entries if mapping else ()
    countries = _countries(draft, mapping)
    tests = [_read_test(draft, entry, fields, countries) for entry in entries]
    return tuple(test for test in tests if test is not None)


def _countries(draft: Draft, mapping: Mapping | None) -> tuple[str, ...]:
    """The countries that a ``when`` names: a state is one of theirs."""
    tree = mapping.get("country") if mapping else None
    items = draft.read.one_or_more(tree)
    texts = [item.text for item in items if isinstance(item, Scalar)]
    return tuple(text for text in texts if is_country(text))


def _read_test(
    draft: Draft, entry: Entry, fields: dict[str, FieldForm], countries: tuple[str, ...]
) -> Test | None:
    form = form_of(entry.key, fields)
    if form is None:
        draft.read.problems.error(entry.spot, entry.value.path, _unknown(entry, fields))
        return None
    if isinstance(entry.value, Mapping):
        draft.read.wrong(entry.value, f"`{entry.key}` takes a value or a list of values")
        return None
    items = draft.read.one_or_more(entry.value)
    if not items or (isinstance(entry.value, Scalar) and entry.value.is_null):
        draft.read.wrong(entry.value, f"`{entry.key}` has no value, so it would never match")
        return None
    return _Values(draft, entry.key, form, countries).test(items)


def _unknown(entry: Entry, fields: dict[str, FieldForm]) -> str:
    key = entry.key
    if isinstance(entry.value, Mapping) and entry.value.entries:
        inner = f"{key}.{entry.value.entries[0].key}"
        if form_of(inner, fields):
            return f"write `{inner}: …` in one word"
    if fields is SCORE_FIELDS and key in LEAD_FIELDS:
        return f"`{key}` follows from the score, so a line of the score cannot ask for it"
    hint = did_you_mean(key, fields) or f"; fields are: {listed(fields, limit=60)}."
    own = "" if fields is MEMBER_FIELDS else f" A field of your own forms is `custom.{key}`"
    return f"there is no field `{key}`{hint}{own}"


@dataclass(slots=True)
class _Values:
    """Gathers the values of one field."""

    draft: Draft
    name: str
    form: FieldForm
    countries: tuple[str, ...]
    values: dict[str, None] = field(default_factory=dict)
    prefixes: dict[str, None] = field(default_factory=dict)
    ranges: dict[Range, None] = field(default_factory=dict)

    def test(self, items: tuple[Tree, ...]) -> Test:
        """The test that any of ``items`` fulfils."""
        for item in items:
            text = self.draft.read.text(item, f"a value of `{self.name}`")
            if text:
                self._add(item, text)
        return Test(self.name, tuple(self.values), tuple(self.prefixes), tuple(self.ranges))

    def _add(self, item: Tree, text: str) -> None:
        match self.form.kind:
            case "number" | "money":
                unit = self.draft.read.money if self.form.kind == "money" else WHOLE
                if bounds := self.draft.read.bounds(item, item.path, text, unit):
                    self.ranges[bounds] = None
                if self.form.kind == "money":
                    self.draft.read.note_money(item)
            case "truth":
                truth = self.draft.read.truth(item, f"`{self.name}`")
                self.values["true" if truth else "false"] = None
            case "country":
                self._add_country(item, text)
            case "state":
                self._add_state(item, text)
            case "free":
                self._add_free(item, text)
            case "ref":
                self._add_reference(item, text)
            case "text":
                self._add_text(item, text)

    def _add_free(self, item: Tree, text: str) -> None:
        if bounds := scalars.number_range(text):
            self.ranges[bounds] = None
        self._add_text(item, text)

    def _add_country(self, item: Tree, text: str) -> None:
        if is_country(text):
            self.values[text.casefold()] = None
        else:
            self.draft.read.wrong(item, f"there is no country `{text}`{country_hint(text)}")

    def _add_state(self, item: Tree, text: str) -> None:
        """Every spelling that a lead's state may have when it is this one."""
        if text.endswith("*"):
            self._add_text(item, text)
            return
        for code in state_codes(text, self.countries):
            self.values[code.casefold()] = None

    def _add_reference(self, item: Tree, text: str) -> None:
        what = self.form.ref
        names = self.draft.names.of(what)
        self.values[text.casefold()] = None
        if what == "product":
            # Forms write "GTX Pro" and "GTXPro"; the price list knows neither case nor spaces.
            names = tuple(_product_key(name) for name in names)
            self.values[_product_key(text)] = None
            text = _product_key(text)
        if names or what != "product":
            self.draft.read.known(item, text, names, what, PLURALS[what])

    def _add_text(self, item: Tree, text: str) -> None:
        if text.endswith("*") and len(text) > 1:
            self.prefixes[self._spelled(text.removesuffix("*"))] = None
            return
        folded = self._spelled(text)
        self.values[folded] = None
        if self.form.known and folded not in self.form.known:
            hint = did_you_mean(folded, self.form.known)
            hint = hint or f"; it is one of: {listed(self.form.known, limit=20)}"
            message = f"`{self.name}` is never `{text}`{hint}"
            self.draft.read.wrong(item, message)
        elif self.form.usual and folded not in self.form.usual:
            message = (
                f"`{self.name}` is hardly ever `{text}`; intake sets: {listed(self.form.usual)}"
            )
            self.draft.read.doubtful(item, message)

    def _spelled(self, text: str) -> str:
        spelled = self.form.spell(text) if self.form.spell else None
        return (spelled or text).casefold()


def _product_key(name: str) -> str:
    return read_product(name) or name
