"""Errors of the studio are in the language of the page that asks."""

import pytest


@pytest.mark.parametrize(
    ("languages", "expected"),
    [("en", "there is no such file"), ("zh-Hans", "没有这个文件"), ("", "there is no such file")],
)
def test_an_error_is_in_the_language_of_the_request(studio, languages, expected):
    answer = studio.get("/api/nothing", headers={"Accept-Language": languages})
    assert answer.status_code == 404
    assert answer.json()["error"]["given"] == expected
    assert answer.json()["error"]["where"] == "api/nothing"


def test_names_of_the_user_stay_as_they_are(studio):
    answer = studio.get("/api/jobs/done", headers={"Accept-Language": "zh"})
    error = answer.json()["error"]
    assert "done" in str(error)
