"""Names of folders that mean a split, and names that do not."""

import pytest

from convscope.data.folder.split_names import is_neutral, split_of_name, splits_of_names

NAMES = {
    "train": """train Train TRAIN training Training trn train_set training_set Training-Set
        trainset TrainSet train-set train_images trainImages images_train img_train seg_train
        train2017 2017_train train_1 01-train train1 train(2) train_data data_train trainval
        Training_Data full_train""",
    "val": """val Val valid Valid VALID validation Validation validation_set valset dev dev-set
        Development val2017 val_images imgs-val seg_val validset""",
    "test": """test Test TESTING testing test_set testset Test-Set tst eval Eval evaluation
        holdout hold-out hold_out Holdout test1 seg_test test_images test2014 TestData""",
}


@pytest.mark.parametrize(
    ("name", "split"), [(name, split) for split, names in NAMES.items() for name in names.split()]
)
def test_names_of_splits(name, split):
    assert split_of_name(name) == split
    assert split_of_name(name.upper()) == split


@pytest.mark.parametrize("name", ["Training Set", "test images", "validation set 2", " train "])
def test_spaces_do_not_count(name):
    assert split_of_name(name) in ("train", "val", "test")


@pytest.mark.parametrize(
    "name",
    [
        *("cat", "trainer", "train-station", "steam_train", "trains", "contest", "latest", "x"),
        *("testament", "evaluate_me", "value", "valley", "device", "devil", "猫", "images", "data"),
        *("1", "2017", "seg_pred", "test_train", "retest", "attest"),
        *("", "train.cat", "test-multiple_fruits"),
    ],
)
def test_other_names(name):
    assert split_of_name(name) is None


def test_a_word_shared_by_several_splits_does_not_count():
    assert splits_of_names(["pets_train", "pets_test", "other"]) == {
        "pets_train": "train",
        "pets_test": "test",
    }
    assert splits_of_names(["steam_train", "bullet_train", "plane"]) == {}
    assert splits_of_names(["toy_train", "toy_plane"]) == {}
    assert splits_of_names(["train", "Test", "papers"]) == {"train": "train", "Test": "test"}


def test_neutral_names():
    assert all(is_neutral(name) for name in ("images", "Data", "image_set", "dataset-2"))
    assert not any(is_neutral(name) for name in ("cat", "train", "2017", "", "cat_images"))
