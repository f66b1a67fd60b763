from hypothesis import given
from hypothesis import strategies as st

from safesend.ledger.history import BUCKETS, Switch, bucket_width, leads_to_host

DATES = st.floats(min_value=0, max_value=4e9, allow_nan=False)


def pieces(first, last):
    width = bucket_width(first, last)
    return int((last - first // width * width) / width) + 1


@given(first=DATES, length=st.floats(min_value=0, max_value=4e9, allow_nan=False))
def test_no_timeline_is_longer_than_can_be_drawn(first, length):
    """
    Whatever the dates are, there are few pieces, and the last date is in one of them.
    """
    assert 1 <= pieces(first, first + length) <= BUCKETS + 1


def test_pieces_of_time_are_as_people_count_them():
    """
    Seconds, minutes, hours, days and weeks; short ones for what was soon over.
    """
    assert bucket_width(0, 0) == 1
    assert bucket_width(0, 120) == 1
    assert bucket_width(0, 121) == 2
    assert bucket_width(0, 7200) == 60
    assert bucket_width(0, 86_400) == 900
    assert bucket_width(0, 120 * 604_800) == 604_800
    assert bucket_width(0, 121 * 604_800) == 2 * 604_800


def test_a_switch_names_no_mail_host():
    """
    It may be one person's own; whose mail a route is shows which carrier took over.
    """
    host = "mx://?helo=h > mx:mail.ada-lovelace.example:ab12"
    back = Switch(0.0, "smtp://a, smtp://b", host, "", "")
    assert (back.left, back.to) == ("smtp://a, smtp://b", "mx://?helo=h")
    left = Switch(0.0, host, "", "", "")
    assert (left.left, left.to) == ("mx://?helo=h", "")


def test_a_route_to_a_mail_host_is_told_from_one_to_a_server_of_ones_own():
    """
    By how it begins, or by what follows a carrier's label.
    """
    assert leads_to_host("mx:mail.ada-lovelace.example:ab12")
    assert leads_to_host("mx://?helo=h > mx:mail.ada-lovelace.example")
    assert not leads_to_host("smtp://relay.example.org:587")
