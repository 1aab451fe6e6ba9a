"""A photo or drawing of a handwritten digit -> an image as those of MNIST.

The steps are those of the modules: `prepared` (whether there is anything to do), `contrast`
(difference from the background), `shapes` (connected ink, and the shapes that form one digit),
`digit` (size and centre as in MNIST). What needs a network does not belong here. Imports no torch.
"""
