"""File formats of published data sets (IDX, CIFAR binary), their download and their cache."""
