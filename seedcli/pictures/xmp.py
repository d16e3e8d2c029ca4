"""XMP packets: our own description put into one, and read back (ISO 16684-1)."""

from __future__ import annotations

import json

from seedcli.records import JsonObject

NAMESPACE = "urn:seedcli:record:1"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_BEGIN, _END = "<!--seedcli-->", "<!--/seedcli-->"
_MAX_PACKET = 4 * 1024 * 1024
# The IPTC's word for a picture that a model made from another picture.
_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


def packet(
    record: JsonObject, *, creator: str, created: str, prompt: str, within: bytes | None = None
) -> bytes:
    """A packet that carries `record`; put into the packet `within`, where one is there already."""
    ours = _description(record, creator=creator, created=created, prompt=prompt)
    existing = _without_ours(_text(within or b""))
    at = existing.rfind("</rdf:RDF>")
    if at >= 0:
        return f"{existing[:at]}{ours}\n{existing[at:]}".encode()
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        f'<rdf:RDF xmlns:rdf="{_RDF}">{ours}\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>'
    ).encode()


def _without_ours(text: str) -> str:
    start = text.find(_BEGIN)
    end = text.find(_END, start)
    return text if start < 0 or end < 0 else text[:start].rstrip() + text[end + len(_END) :]


def _description(record: JsonObject, *, creator: str, created: str, prompt: str) -> str:
    """Standard properties for other programs, and the whole record for our own reading back."""
    from xml.sax.saxutils import quoteattr  # loads urllib.request: 16 ms that few edits need

    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return (
        f"\n{_BEGIN}"
        f'<rdf:Description rdf:about="" xmlns:rdf="{_RDF}" xmlns:seedcli="{NAMESPACE}"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        f" xmp:CreatorTool={quoteattr(creator)} xmp:MetadataDate={quoteattr(created)}"
        f' Iptc4xmpExt:DigitalSourceType="{_SOURCE_TYPE}">'
        f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{_escaped(prompt)}</rdf:li></rdf:Alt>'
        "</dc:description>"
        f"<seedcli:record>{_escaped(text)}</seedcli:record>"
        f"</rdf:Description>{_END}"
    )


def _escaped(text: str) -> str:
    """XML has no place for most control characters and for surrogates; JSON's own escapes stay."""
    from xml.sax.saxutils import escape

    allowed = "".join(
        char
        if char in "\t\n\r"
        or (char >= " " and not "\ud800" <= char <= "\udfff" and char not in "\ufffe\uffff")
        else "\ufffd"
        for char in text
    )
    return escape(allowed).replace("\r", "&#13;")


def record_in(content: bytes) -> JsonObject | None:
    """The record that `packet` put in, None where there is none that can be read.

    It is searched for without an XML parser, since the file may come from anywhere. Programs
    that rewrite packets keep the element or turn it into an attribute.
    """
    if len(content) > _MAX_PACKET:
        return None
    text = _text(content)
    for begin, end in (("<seedcli:record>", "</seedcli:record>"), ('seedcli:record="', '"')):
        _, found, rest = text.partition(begin)
        if found:
            return parse_record(_unescaped(rest.partition(end)[0]))
    return None


def parse_record(text: str) -> JsonObject | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _unescaped(text: str) -> str:
    import html

    return html.unescape(text)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
