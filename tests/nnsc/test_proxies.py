"""Who asks is told rightly behind proxies, and cannot be made up."""

import pytest

from nnsc.proxies import client_address


@pytest.mark.parametrize(
    "proxies, forwarded, address",
    [
        (0, None, "127.0.0.1"),
        (0, "203.0.113.7", "127.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "10.0.0.1, 203.0.113.7", "203.0.113.7"),
        (1, "203.0.113.7:51413", "203.0.113.7"),
        (1, "[2001:db8::7]:51413", "2001:db8::7"),
        (1, "2001:DB8:0::7", "2001:db8::7"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (2, "10.0.0.1, 203.0.113.7, 198.51.100.1", "203.0.113.7"),
        # Straight to the inner proxy, past the outer one.
        (2, "203.0.113.7", "203.0.113.7"),
        (1, None, ""),
        (1, "", ""),
        (1, "unknown", ""),
        (1, "1.2.3.4'; DROP TABLE", ""),
        (1, "x" * 10_000, ""),
    ],
)
def test_it_is_the_address_that_our_outermost_proxy_saw(
    rf, settings, proxies, forwarded, address
):
    settings.PROXIES = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}

    assert client_address(rf.get("/", headers=headers)) == address
