"""Which language is chosen, and from where."""

import pytest

from convscope.errors import InputError
from convscope.lang.choice import choose_language, parse_language


@pytest.mark.parametrize(
    ("text", "language"),
    [("en", "en"), ("zh", "zh"), ("zh_CN.UTF-8", "zh"), ("zh-Hant", "zh"), ("ZH_TW", "zh"),
     ("en_GB.UTF-8", "en"), ("zh-Hans-CN", "zh")],
)  # fmt: skip
def test_names_of_languages_and_locales(text, language):
    assert parse_language(text) == language


@pytest.mark.parametrize("text", ["fr", "", "chinese", "e"])
def test_another_language_is_an_error(text):
    with pytest.raises(InputError, match="no language"):
        parse_language(text)


@pytest.mark.parametrize(
    ("words", "environment", "expected"),
    [
        (["show", "lenet5"], {}, ("en", ["show", "lenet5"])),
        (["--lang", "zh", "show"], {}, ("zh", ["show"])),
        (["show", "--lang=zh", "lenet5"], {}, ("zh", ["show", "lenet5"])),
        (["show", "--lang", "en"], {"CONVSCOPE_LANG": "zh"}, ("en", ["show"])),
        (["show"], {"CONVSCOPE_LANG": "zh", "LANG": "en_US.UTF-8"}, ("zh", ["show"])),
        (["show"], {"CONVSCOPE_LANG": "", "LANG": "zh_CN.UTF-8"}, ("zh", ["show"])),
        (["show"], {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, ("en", ["show"])),
        (["show"], {"LC_MESSAGES": "zh_TW.UTF-8", "LANG": "en_US"}, ("zh", ["show"])),
        (["show", "--", "--lang", "zh"], {}, ("en", ["show", "--", "--lang", "zh"])),
    ],
)
def test_the_option_comes_before_the_variable_and_the_locale(words, environment, expected):
    assert choose_language(words, environment) == expected


@pytest.mark.parametrize(
    ("words", "environment"),
    [(["--lang"], {}), (["--lang", "fr"], {}), ([], {"CONVSCOPE_LANG": "klingon"})],
)
def test_a_wrong_language_is_named(words, environment):
    with pytest.raises(InputError, match="language"):
        choose_language(words, environment)
