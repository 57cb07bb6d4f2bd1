"""What is written about the variables is what the programs read."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLE = (ROOT / ".env.example").read_text()
READERS = ("osmtalk/settings.py", "bot/config.py", "launcher/options.py")


def named_in_example() -> set[str]:
    return set(re.findall(r"^([A-Z][A-Z0-9_]+)=", EXAMPLE, re.MULTILINE))


def test_every_variable_of_the_settings_is_in_the_example() -> None:
    text = (ROOT / "osmtalk" / "settings.py").read_text()
    read = set(re.findall(r'env_[a-z]+\(\s*"([A-Z][A-Z0-9_]+)"', text))

    assert read - named_in_example() == set()


def test_every_variable_of_the_example_is_read_somewhere() -> None:
    texts = "".join((ROOT / name).read_text() for name in READERS)
    providers = {"DEEPGRAM", "OPENAI", "ELEVENLABS", "GROQ", "SARVAM", "CARTESIA"}
    keys = {f"{name}_API_KEY" for name in providers}

    assert {n for n in named_in_example() - keys if f'"{n}"' not in texts} == set()


def test_every_line_of_the_example_says_what_it_is_for() -> None:
    before = ""
    for line in EXAMPLE.splitlines():
        if re.match(r"[A-Z]", line) and "API_KEY" not in line and "MINIO_" not in line:
            assert "#" in line or before.startswith("# "), line
        before = line


def test_a_line_without_a_value_has_its_comment_above() -> None:
    """Docker Compose would read `NAME=   # comment` as a value that begins with #."""
    wrong = re.findall(r"^([A-Z][A-Z0-9_]+)=[ \t]+#", EXAMPLE, re.MULTILINE)

    assert wrong == []
