"""Academic degrees, which follow names and look like initials, but belong to no name."""

from collections.abc import Sequence

PERSONS = ("PER", "person")
_WRITTEN = """
    AB BA BArch BBA BCom BComm BDS BE BEd BEng BMus BPharm BPhil BS BSc BSW BTech DBA DD DDS DLitt DMus DPhil DSc DVM EdD JD LLB LLD
    LLM MA MArch MBA MBBS MCom MD MDiv MEd MEng MFA MMus MPA MPH MPharm MPhil MRes MS MSc MSW MTech PharmD PhD PsyD ScD
"""
_DEGREES = frozenset(_WRITTEN.split())


def is_degree(tokens: Sequence[str]) -> bool:
    """Whether tokens are an academic degree such as `Ph.D.`, `PhD`, `D. Phil` or `M.A.`, or a lone initial such as `D.`

    Capitals alone, without a period, may be a name (`YO-YO MA`).
    """
    text = "".join(tokens)
    bare = text.replace(".", "")
    marked = "." in text or not text.isupper()
    return marked and (bare in _DEGREES or (len(tokens) == 1 and len(bare) == 1 and bare.isupper()))


def without_degrees(name: Sequence[str]) -> Sequence[str]:
    """A person's name without degrees at its end; nothing if it is a degree itself."""
    if is_degree(name):
        return ()
    for length in (2, 1):
        if len(name) > length + 1 and is_degree(name[-length:]) and len("".join(name[-length:]).replace(".", "")) > 1:
            return without_degrees(name[:-length])
    return name
