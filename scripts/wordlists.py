#!/usr/bin/env python3
"""Writes text_markers' word lists as C++ from the lists that Debian packages install.

    scripts/wordlists.py OUTPUT

and the bad words of text_markers/bad_words/ beside them. A list keeps the words made of letters alone, in lower case and NFC, in the package's order; bad words and stop words
of the language models' filters are left out (docs/marking-texts.md). tests/text_markers/wordlist_test.cpp pins what
comes out by its hash, so another version of a package cannot change a release unnoticed.
"""
import pathlib
import sys
import unicodedata

PACKAGES = pathlib.Path("/usr/lib/python3/dist-packages")
# name, language, file, whose work it is
LISTS = [
    ("eff-large", "en", "xkcdpass/static/eff-long", "EFF large word list, CC BY 3.0 US (Debian: xkcdpass)"),
    ("eff-short", "en", "xkcdpass/static/eff-short", "EFF short word list, CC BY 3.0 US (Debian: xkcdpass)"),
    ("bip39-english", "en", "mnemonic/wordlist/english.txt", "BIP-39 English, MIT (Debian: python3-mnemonic)"),
    ("bip39-french", "fr", "mnemonic/wordlist/french.txt", "BIP-39 French, MIT (Debian: python3-mnemonic)"),
    ("bip39-italian", "it", "mnemonic/wordlist/italian.txt", "BIP-39 Italian, MIT (Debian: python3-mnemonic)"),
    ("bip39-japanese", "ja", "mnemonic/wordlist/japanese.txt", "BIP-39 Japanese, MIT (Debian: python3-mnemonic)"),
    ("bip39-korean", "ko", "mnemonic/wordlist/korean.txt", "BIP-39 Korean, MIT (Debian: python3-mnemonic)"),
    ("bip39-chinese", "zh", "mnemonic/wordlist/chinese_simplified.txt",
     "BIP-39 simplified Chinese, MIT (Debian: python3-mnemonic)"),
    ("bip39-spanish", "es", "mnemonic/wordlist/spanish.txt", "BIP-39 Spanish, MIT (Debian: python3-mnemonic)"),
]
# What the C4 filter takes for bad words (LDNOOBW), by language.
BAD_WORDS = pathlib.Path(__file__).resolve().parent.parent / "text_markers" / "bad_words"
# Words the Gopher filter counts as stop words: a sentence must not change that count.
STOP = {"the", "be", "to", "of", "and", "that", "have", "with"}


def bad_words():
    """Language to its list."""
    lists = {}
    for path in sorted(BAD_WORDS.glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        lists[path.stem] = [line for line in lines if line and not line.startswith("#")]
    return lists


def words_of(path, bad):
    """Words of one list, in order, without doubles and without bad ones."""
    kept = {}
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        fields = line.split()
        if not fields:
            continue
        word = unicodedata.normalize("NFC", fields[-1]).lower()
        if word.isalpha() and word not in bad and word not in STOP:
            kept[word] = None
    return list(kept)


def main(output):
    text = '// Made by scripts/wordlists.py.\n#include "text_markers/wordlist.h"\n\nnamespace wardmark {\nnamespace {\n'
    rows = ""
    lists = bad_words()
    for number, (name, language, file, source) in enumerate(LISTS):
        words = words_of(PACKAGES / file, set(lists.get(language, [])))
        text += f"constexpr std::string_view kWords{number}[] = {{\n"
        text += "".join(f'"{word}",\n' for word in words) + "};\n"
        rows += f'    {{"{name}", "{language}", "{source}", kWords{number}}},\n'
    text += f"constexpr Wordlist kLists[] = {{\n{rows}}};\n}}  // namespace\n\n"
    text += "std::span<const Wordlist> wordlists() { return kLists; }\n\n"
    text += "std::span<const std::string_view> bad_words(std::string_view language) {\n"
    for language, words in lists.items():
        quoted = ",\n".join(f'"{word}"' for word in words)
        text += f'  static constexpr std::string_view {language}[] = {{{quoted}}};\n'
        text += f'  if (language == "{language}") return {language};\n'
    text += "  return {};\n}\n\n}  // namespace wardmark\n"
    pathlib.Path(output).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
