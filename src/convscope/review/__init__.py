"""A model's predictions for single images of a data set, and what follows from them.

Label doubts (confident learning) and the files behind the studio's Evaluate view belong here;
metrics belong to `convscope.evaluate`, lists of corrections to `convscope.data.corrections`.
"""
