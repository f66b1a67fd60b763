"""Functions that are replaced for a while, and put back."""

from __future__ import annotations

from typing import Any

from safesend.testing.guard.patches import Patches


def _family() -> tuple[Any, Any, list[str]]:
    said: list[str] = []

    class Base:
        def speak(self) -> str:
            return "base"

    class Child(Base):
        def speak(self) -> str:
            return "child " + super().speak()

    return Base, Child, said


def test_a_function_is_called_through_and_comes_back() -> None:
    """What it returns stays the same, and so does its name."""
    base, child, said = _family()
    before = base.speak
    patches = Patches()
    patches.around(
        base, "speak", lambda original, own: said.append("!") or original(own)
    )
    patches.around(base, "silent", lambda original: original())
    assert base().speak() == "base"
    assert (said, base.speak.__name__) == (["!"], "speak")
    patches.undo()
    assert base.speak is before
    patches.undo()
    assert child().speak() == "child base"


def test_descendants_are_included_born_or_unborn() -> None:
    """Each class that defines the function itself, once, also under two parents."""
    base, child, said = _family()
    bare = type("Bare", (base,), {})
    both = type("Both", (child, bare), {})
    patches = Patches()

    def around(original: Any, own: Any) -> Any:
        said.append(type(own).__name__)
        return original(own)

    patches.around_family(base, {"speak": around})
    late = type("Late", (bare,), {"speak": lambda self: "late"})
    assert both().speak() == "child base"
    assert late().speak() == "late"
    assert said == ["Both", "Both", "Late"]  # once in each class that defines it
    patches.undo()
    assert "__init_subclass__" not in vars(base)
    assert (late().speak(), len(said)) == ("late", 3)


def test_a_class_that_minds_its_descendants_is_left_alone() -> None:
    """One that has an `__init_subclass__` keeps it, and born ones are watched."""

    class Proud:
        heirs: list[str] = []  # noqa: RUF012 - it is counted

        def __init_subclass__(cls) -> None:
            Proud.heirs.append(cls.__name__)

        def speak(self) -> str:
            return "proud"

    patches = Patches()
    patches.around_family(Proud, {"speak": lambda original, own: original(own) + "!"})
    heir: Any = type("Heir", (Proud,), {})
    assert (heir().speak(), Proud.heirs) == ("proud!", ["Heir"])
    patches.undo()
    assert heir().speak() == "proud"


def test_what_somebody_else_put_there_stays() -> None:
    """A fixture of the whole session may have replaced it in the meantime."""
    base, _, _ = _family()
    patches = Patches()
    patches.around(base, "speak", lambda original, own: original(own))
    base.speak = theirs = lambda self: "theirs"
    patches.undo()
    assert base.speak is theirs


def test_what_is_to_be_done_later_is_done_backwards() -> None:
    """The last first, and once."""
    said: list[int] = []
    patches = Patches()
    for number in range(3):
        patches.later(lambda number=number: said.append(number))
    patches.undo()
    patches.undo()
    assert said == [2, 1, 0]
