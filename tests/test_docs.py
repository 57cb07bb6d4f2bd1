"""What is written about the variables is what the programs read."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLE = (ROOT / ".env.example").read_text()
COMPOSE = ("docker-compose.yml", "docker-compose.prod.yml")
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
    ends = ("API_KEY", "BASE_URL")
    keys = {f"{name}_{end}" for name in providers for end in ends}

    composed = set(re.findall(r"\$\{([A-Z_]+)", compose_text()))
    unknown = named_in_example() - keys - composed

    assert {n for n in unknown if f'"{n}"' not in texts} == set()


def compose_text() -> str:
    return "".join((ROOT / name).read_text() for name in COMPOSE)


def test_every_variable_of_the_compose_files_is_in_the_example() -> None:
    assert set(re.findall(r"\$\{([A-Z_]+)", compose_text())) <= named_in_example()


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


def test_what_kubectl_is_given_holds_no_comment(tmp_path: Path) -> None:
    """It takes all of a line for the value: `APP_ENV` would not be production."""
    text = (ROOT / "docs" / "scaling.md").read_text()
    command = re.search(r"^(sed .*) > osmtalk\.env", text, re.MULTILINE)
    assert command
    (tmp_path / ".env").write_text(EXAMPLE)

    lines = subprocess.check_output(
        command[1], shell=True, cwd=tmp_path, text=True
    ).splitlines()

    assert {line.split("=")[0] for line in lines} == named_in_example()
    assert "APP_ENV=production" in lines
    assert not [line for line in lines if "#" in line or line.endswith(" ")]
