"""Sample inputs: a digit, a photo, and small folders of photos to train on. No torch.

All of them are in the package. The photos are stored once, as shards that `data pack` wrote;
`files/NOTICE.md` states their authors and licences.
"""

from convscope.samples.write import SAMPLES, Written, sample, write_sample

__all__ = ["SAMPLES", "Written", "sample", "write_sample"]
