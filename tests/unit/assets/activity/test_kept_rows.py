"""What stays of a month when its catalogue lists other items than before, or cannot be read."""

from assets.scenes.fetch import MonthOfScenes, no_longer_found

LOOK = "S2B_20241213T081911_R078"
OTHER = "S2A_20241208T081911_R078"


def row(look: str, *items: str, state: str = "valid") -> dict:
    return {"acquisition_id": look, "item_ids": list(items), "state": state, "superseded_by": None}


def found(*rows: dict, listed: set[str], failed: set[str] = frozenset()) -> MonthOfScenes:
    return MonthOfScenes(list(rows), [], [], [], set(failed), listed)


def test_a_look_that_is_listed_is_told_anew_and_a_forgotten_one_stays() -> None:
    stored = [row(LOOK, "a"), row(OTHER, "b")]
    now = found(row(LOOK, "a"), listed={"a"})
    assert no_longer_found(stored, now) == [stored[1]]


def test_the_same_look_from_other_items_takes_its_place_and_the_old_row_stays_as_superseded() -> (
    None
):
    now = found(row(LOOK, "new"), listed={"new"})
    (old,) = no_longer_found([row(LOOK, "old")], now)
    assert old["acquisition_id"] == f"{LOOK}~old"
    assert (old["state"], old["superseded_by"]) == ("superseded", LOOK)
    assert "new" in old["reason"]
    again = no_longer_found([row(LOOK, "new"), old], now)
    assert again == [old], "and so it is at the next run"


def test_every_key_is_there_once_whatever_the_catalogue_lists() -> None:
    stored = [row(LOOK, "a"), row(f"{LOOK}~b", "b", state="superseded"), row(OTHER, "c")]
    for listed in ({"a"}, {"b"}, {"a", "b"}, {"x"}, {"x", "c"}, set()):
        rows = [row(LOOK, *sorted(listed - {"c"}))] if listed - {"c"} else []
        kept = no_longer_found(stored, found(*rows, listed=listed))
        keys = [one["acquisition_id"] for one in (*rows, *kept)]
        assert len(keys) == len(set(keys))


def test_a_look_whose_pixels_cannot_be_read_again_stays_as_it_was() -> None:
    stored = [row(LOOK, "a"), row(OTHER, "b")]
    now = found(row(OTHER, "b"), listed={"a", "b"}, failed={"a"})
    assert no_longer_found(stored, now) == [stored[0]]


def test_what_was_refused_is_told_by_the_search_alone() -> None:
    stored = [row("refused~a", "a", state="refused")]
    assert no_longer_found(stored, found(listed=set())) == []
