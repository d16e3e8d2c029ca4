"""Where the gateway is, which addresses are what, and the key before it becomes a header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedcli.errors import BadKey, ConfigError, Rejected
from seedcli.gateway.addresses import goes_direct, is_loopback_host, is_public
from seedcli.gateway.endpoint import DEFAULT_BASE_URL, parse_endpoint
from seedcli.gateway.key import body_without_key, check_key, forget_key, without_key
from seedcli.records import ApiKey


def test_the_default_is_the_documents_gateway() -> None:
    endpoint = parse_endpoint(DEFAULT_BASE_URL)
    assert endpoint.edit_url == "https://gateway.pixazo.ai/byteplus/v1/getEditImage"
    assert endpoint.poll_url == "https://gateway.pixazo.ai/ai-model-api-polling/getGenerationResults"
    assert (endpoint.origin, endpoint.host, endpoint.port) == (DEFAULT_BASE_URL, "gateway.pixazo.ai", 443)
    assert not endpoint.is_loopback


@pytest.mark.parametrize(
    ("text", "origin", "edit_url"),
    [
        (" https://a.example/ ", "https://a.example", "https://a.example/byteplus/v1/getEditImage"),
        (
            "https://a.example:8443/x/y/",
            "https://a.example:8443",
            "https://a.example:8443/x/y/byteplus/v1/getEditImage",
        ),
        ("HTTPS://A.Example", "https://a.example", "https://a.example/byteplus/v1/getEditImage"),
        (
            "http://localhost:8787",
            "http://localhost:8787",
            "http://localhost:8787/byteplus/v1/getEditImage",
        ),
        ("http://[::1]:1", "http://[::1]:1", "http://[::1]:1/byteplus/v1/getEditImage"),
        ("http://127.9.9.9", "http://127.9.9.9", "http://127.9.9.9/byteplus/v1/getEditImage"),
    ],
)
def test_other_gateways_are_taken(text: str, origin: str, edit_url: str) -> None:
    endpoint = parse_endpoint(text)
    assert (endpoint.origin, endpoint.edit_url) == (origin, edit_url)
    assert endpoint.is_loopback == text.startswith("http://")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gateway.pixazo.ai",
        "http://gateway.pixazo.ai",
        "http://10.0.0.1",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "ftp://a.example",
        "https://",
        "https://:443",
        "https://a.example?x=1",
        "https://a.example?",
        "https://a.example#x",
        "https://a.example:0",
        "https://a.example:99999",
        "https://a b.example",
        "https://a.example\\@b.example",
        "https://[::1",
        "https://ä.example",
        "https://a.example/\n",
    ],
)
def test_what_could_not_be_a_gateway_is_refused(text: str) -> None:
    if text.strip() == "https://a.example/":
        assert parse_endpoint(text).origin == "https://a.example"
        return
    with pytest.raises(ConfigError):
        parse_endpoint(text)


@pytest.mark.parametrize(
    "text",
    ["https://me:secret@a.example", "https://secret@a.example", "ftp://me:secret@x", "https://me:secret@a b"],
)
def test_a_password_in_a_base_url_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_endpoint(text)
    assert "secret" not in f"{caught.value} {caught.value.hint}"


@given(st.text())
def test_any_text_is_a_gateway_or_a_typed_error(text: str) -> None:
    try:
        endpoint = parse_endpoint(text)
    except ConfigError:
        return
    assert endpoint.origin.startswith("https://") or endpoint.is_loopback


LOOPBACK = [
    "localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]", "::ffff:127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK)
def test_the_loopback_is_known(host: str) -> None:
    assert is_loopback_host(host)


@pytest.mark.parametrize("host", ["localhost.example", "128.0.0.1", "::2", "", "127.1", "2130706433"])
def test_what_is_not_the_loopback_is_not_taken_for_it(host: str) -> None:
    assert not is_loopback_host(host)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::1", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_public_addresses_are_told_from_the_others(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("rules", "host", "port", "direct"),
    [
        (None, "a.example", 443, False),
        ("", "a.example", 443, False),
        (None, "localhost", 443, True),
        ("*", "a.example", 443, True),
        ("a.example", "a.example", 443, True),
        ("A.Example", "a.EXAMPLE.", 443, True),
        ("a.example", "b.a.example", 443, True),
        (".a.example", "b.a.example", 443, True),
        ("*.a.example", "b.a.example", 443, True),
        ("a.example", "xa.example", 443, False),
        ("x, a.example", "a.example", 443, True),
        ("x a.example", "a.example", 443, True),
        ("a.example:443", "a.example", 443, True),
        ("a.example:8443", "a.example", 443, False),
        ("10.0.0.0/8", "10.1.2.3", 443, True),
        ("10.0.0.0/8", "11.1.2.3", 443, False),
        ("10.0.0.0/8", "a.example", 443, False),
        ("10.1.2.3", "10.1.2.3", 443, True),
        ("10.1.2.3", "10.1.2.4", 443, False),
        ("10.0.0.1/8", "10.9.9.9", 443, True),
        ("10.0.0.0/99", "10.9.9.9", 443, False),
        ("fd00::/8", "fd12::1", 443, True),
        ("[fd00::]/8", "fd12::1", 443, True),
        ("fd12::1", "fd12::1", 443, True),
        ("[fd12::1]:443", "fd12::1", 443, True),
        ("[fd12::1]:80", "fd12::1", 443, False),
        ("10.0.0.0/8", "::ffff:10.0.0.1", 443, True),
        (".", "a.example", 443, False),
    ],
)
def test_no_proxy_is_read_as_curl_and_others_read_it(
    rules: str | None, host: str, port: int, direct: bool
) -> None:
    assert goes_direct(host, port, rules) is direct


@given(st.text(), st.text())
def test_any_no_proxy_is_survived(host: str, rules: str) -> None:
    assert goes_direct(host, 443, rules) in (True, False)


def test_a_key_is_trimmed() -> None:
    assert check_key("  abc123\r\n").reveal() == "abc123"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "secret key",
        "secret\x00key",
        "secretschlüssel",
        "secret\x7f",
        "secret" * 100,
        "secret\u200bkey",
        "secret\nkey",
    ],
)
def test_a_key_that_could_not_be_a_header_is_refused_unshown(text: str) -> None:
    with pytest.raises(BadKey) as caught:
        check_key(text)
    assert "secret" not in f"{caught.value} {caught.value.hint}"


def test_a_key_is_taken_out_of_texts_in_every_spelling() -> None:
    key = ApiKey("abc/def+ghi=jkl")
    text = "abc/def+ghi=jkl abc\\/def+ghi=jkl abc%2Fdef%2bghi%3Djkl abc/def\\u002Bghi\\u003djkl"
    assert without_key(text, key) == " ".join([key.masked] * 4)
    assert body_without_key(text.encode(), key) == b" ".join([b"****"] * 4)
    assert without_key("a word", ApiKey("a")) == "a word"
    error = forget_key(Rejected("x abc/def+ghi=jkl"), key)
    assert "abc/" not in str(error) and error.hint is None
