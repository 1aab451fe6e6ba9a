"""Own data sets in arrays: IDX files, and NumPy's .npy and .npz files, kept in memory.

Names decide which array holds which part; nothing is unpickled, and sizes are checked on the
headers before memory is allocated. Published sets with known checksums belong to `data.formats`.
"""
