"""Which checks are asked, and when."""

import inspect

from safesend.preflight.programme import EARLY, LATE
from safesend.preflight.titles import OFFLINE, TITLES


def test_each_check_has_one_place():
    """
    What asks DNS is either early or late; P7 and P8 look at servers.
    """
    assert not EARLY.keys() & LATE.keys()
    assert {*EARLY, *LATE, *OFFLINE, "P7", "P8"} == {*TITLES}


def test_all_are_asked_alike():
    """
    A question and a resolver, and nothing else that must be given.
    """
    for ask in (*EARLY.values(), *LATE.values()):
        needed = [
            name
            for name, one in inspect.signature(ask).parameters.items()
            if one.default is inspect.Parameter.empty
        ]
        assert needed == ["question", "resolver"]
        assert inspect.iscoroutinefunction(ask)
