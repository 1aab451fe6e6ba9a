"""Share of planted wrong labels that `data doubts` ranks first, on MNIST.

python benchmarks/label_doubts.py MODEL [--share 0.01] [--seeds 3]

MODEL is a run on MNIST. In its test split, which it was not trained on, a share of the labels is
changed to another class, chosen at random. Recall at N: the planted labels among the first N of the
list, as a share; N is the number of planted labels, and twice that.
"""

import argparse

import numpy as np

import convscope
from convscope.review.answers import answers
from convscope.review.confident import doubts


def planted(labels: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return labels of which a share is wrong, and the indices of these."""
    random = np.random.RandomState(seed)
    wrong = random.choice(len(labels), round(share * len(labels)), replace=False)
    changed = labels.copy()
    changed[wrong] = (labels[wrong] + random.randint(1, 10, len(wrong))) % 10
    return changed, wrong


def main() -> None:
    """Print recall for each seed, and the mean."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    result = answers(convscope.open(arguments.model), "mnist", split="test")
    print(f"accuracy {result.evaluation.accuracy:.2%}, {arguments.share:.1%} planted")
    rows = []
    for seed in range(arguments.seeds):
        labels, wrong = planted(result.labels_N, arguments.share, seed)
        ranked = doubts(result.probabilities_NK, labels)
        by_margin = np.lexsort((-ranked.margin_N, ranked.likely_N == labels))
        num = len(wrong)
        row = [
            np.isin(wrong, order[: factor * num]).mean()
            for order in (ranked.order_N, by_margin)
            for factor in (1, 2)
        ]
        rows.append(row)
        right = (ranked.suggested_N[wrong] == result.labels_N[wrong]).mean()
        print(
            f"seed {seed}: {num} planted, about {ranked.num_wrong:.0f} estimated; recall at "
            f"{num} {row[0]:.1%}, at {2 * num} {row[1]:.1%} (doubted ones first, by margin: "
            f"{row[2]:.1%} and {row[3]:.1%}); the suggestion is the right class for {right:.1%}"
        )
    mean = np.mean(rows, axis=0)
    print(f"mean: recall at N {mean[0]:.1%}, at 2 N {mean[1]:.1%}")


if __name__ == "__main__":
    main()
