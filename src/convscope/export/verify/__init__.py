"""Verification of ONNX files, also of strangers: by their golden pair, and against a model.

`verify_file` reads and runs a file in a child process with limits. What a model is and where
images come from belongs to `convscope.verifying`; writing ONNX to `export.onnx`.
"""

from convscope.export.verify.compare import Image, Reference, Verification, verify_file

__all__ = ["Image", "Reference", "Verification", "verify_file"]
